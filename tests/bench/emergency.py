"""From the press of an emergency to the first sample that is not silent, at each of 21 loudspeakers, by one clock.

A whole station: HTTP with a logged-in session, audit, outbox on disk, a real Mosquitto, seven boxes with a program at
their output that stamps what arrives. Boxes and presser are behind a mobile link each (`tests/link`). Every press is
stopped again, which gives the second figure. Each tenth press is a double tap. The last ones find the broker killed.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.bench.figure import percentile, report
from tests.bench.rig.linked_village import LinkedVillage
from tests.link.net import PROFILES, star
from tests.speaker_client.heard import utc_offset_us
from tests.village.outside_broker import NAME as BROKER

ENDS = 8
PATIENCE_S = 10.0
SOUNDS_S = 0.4
QUIET_S = 0.5
DEAD_PRESSES = 5
REPORTS_S = 3
DOUBLE_TAP_EACH = 10
WHOLE_S = 30.0
"""Longer than siren and words together."""
WHOLE_EACH = 10
AUDIBLE = 328
"""-40 dBFS: what a coder leaves of silence is not speech."""
TEXT = (
    "Tin số {number}. Nước sông Chu đang lên nhanh. Bà con thôn một và thôn hai lên nhà văn hóa ngay, "
    "mang theo thuốc men và giấy tờ."
)
SETTLE_S = 45
"""Until the boxes' clocks are in step and every box has hailed: a village is not at its best just after it began."""


@dataclass
class Press:
    """What came of one press: for each loudspeaker when it began (ms after the request), how long until silence.

    `torn` counts loudspeakers whose sound was silent for a moment in between. Stages are of the box that was last: when
    the station had it, when that box had it on disk, when it says it sounded.
    """

    begun_ms: list[float] = field(default_factory=list)
    missed: int = 0
    torn: int = 0
    silent_ms: float = 0.0
    stages_ms: dict[str, float] = field(default_factory=dict)

    @property
    def last_ms(self) -> float:
        """When the last loudspeaker began."""
        return max(self.begun_ms, default=PATIENCE_S * 1000)


class Trial:
    """Presses, one after the other."""

    def __init__(self, stage: LinkedVillage) -> None:
        self._stage = stage

    def press(self, double_tap: bool) -> Press:
        """Press, wait for all, stop, wait for silence."""
        form = {"template": "siren", "key": uuid.uuid4().hex}
        call = self._stage.call("/emergencies", form)
        sent_us, order = call["sent_us"], call["said"]
        if double_tap:
            assert self._stage.call("/emergencies", form)["said"]["id"] == order["id"]
        self._until(lambda: all(self._begun(sent_us)), PATIENCE_S)
        time.sleep(SOUNDS_S)
        result = Press(stages_ms={"answered": (call["answered_us"] - sent_us) / 1000})
        stopped_us = self._stage.call("/stop", {})["sent_us"]
        self._until(lambda: self._now_us() - self._last_heard_us() > QUIET_S * 1e6, PATIENCE_S)
        result.silent_ms = (self._last_heard_us() - stopped_us) / 1000
        for starts in self._begun(sent_us):
            result.missed += not starts
            result.torn += max(0, len(starts) - 1)
            if len(starts) != 1:
                told = [(at - sent_us) // 1000 for at in starts]
                print(f"a loudspeaker began at {told} ms; stopped at {(stopped_us - sent_us) // 1000}", file=sys.stderr)
            result.begun_ms += [(at - sent_us) / 1000 for at in starts[:1]]
        result.stages_ms |= self._stages(order["id"], sent_us)
        return result

    def say(self, number: int, lead: str, whole: bool) -> Press:
        """Press a text that was never said before and wait until it is heard everywhere; `whole`: until it is over.

        `missed` counts the clusters that did not play all of it then.
        """
        self._stage.hear_above(AUDIBLE)
        try:
            form = {"text": TEXT.format(number=number), "lead": lead, "rounds": 1, "key": uuid.uuid4().hex}
            call = self._stage.call("/emergencies", form)
            sent_us, order = call["sent_us"], call["said"]
            self._until(lambda: all(self._begun(sent_us)), PATIENCE_S)
            result = Press([(at - sent_us) / 1000 for starts in self._begun(sent_us) for at in starts[:1]])
            result.stages_ms = {"answered": (call["answered_us"] - sent_us) / 1000}
            result.missed = sum(not starts for starts in self._begun(sent_us))
            if whole:
                result.missed += self._not_played(order["id"])
            result.stages_ms |= self._stages(order["id"], sent_us)
            self._stage.call("/stop", {})
            self._until(lambda: self._now_us() - self._last_heard_us() > QUIET_S * 1e6, PATIENCE_S)
        finally:
            self._stage.hear_above(0)
        return result

    def _not_played(self, order: str) -> int:
        found: dict[str, Any] = {}

        def over() -> bool:
            found.update(self._stage.village.api("GET", f"/orders/{order}"))
            return bool(found["over"])

        self._until(over, WHOLE_S)
        missing = [one for one in found["clusters"] if one["state"] != "PLAYED"]
        ends = self._ends() if missing else {}
        for one in missing:
            end = ends.get(one["airing_id"], {})
            said = " ".join(f"{name} {end.get(name)}" for name in ("reason", "concealed", "underruns"))
            first = next(iter(end.get("segments", ())), None)
            where = f"{one['cluster']} {one['state']}"
            print(f"not played whole: {where} {said} first segment {first}: {one['en']}", file=sys.stderr)
        return len(missing)

    def _ends(self) -> dict[str, dict[str, Any]]:
        """By airing, what its box last wrote of its end."""
        file = next(self._stage.village.station.glob("*.db"))
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            bodies = [json.loads(text)["body"] for (text,) in database.execute("select text from reports order by n")]
        return {body["airing"]: body for body in bodies if body["kind"] == "airing_ended"}

    def doubled(self) -> int:
        """How often a box reports that it played a stretch of the same order twice."""
        time.sleep(REPORTS_S)
        file = next(self._stage.village.station.glob("*.db"))
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            bodies = [json.loads(text)["body"] for (text,) in database.execute("select text from reports")]
        heard = [body["segments"] for body in bodies if body["kind"] == "airing_ended"]
        return sum(later[0] < earlier[1] for one in heard for earlier, later in pairwise(one))

    def _stages(self, order: str, sent_us: int) -> dict[str, float]:
        """By the station's log, when each thing was done on the box that was last to do it."""
        found: dict[str, Any] = self._stage.village.api("GET", f"/orders/{order}")
        offset_us = utc_offset_us()
        told = [one for cluster in found["clusters"] for one in cluster["loudspeakers"]]
        stages = {"station": found["made_us"] - offset_us - sent_us}
        for step, name in (("acknowledged", "durable"), ("playing", "sounds")):
            times = [one[step] for one in told if one[step] is not None]
            if times:
                stages[name] = max(times) - offset_us - sent_us
        return {name: us / 1000 for name, us in stages.items()}

    def _begun(self, since_us: int) -> list[list[int]]:
        self._stage.listen()
        return [[at for at in one if at >= since_us] for box in self._stage.ears for one in box.begun]

    def _last_heard_us(self) -> int:
        self._stage.listen()
        return max(at for box in self._stage.ears for at in box.last_us)

    @staticmethod
    def _now_us() -> int:
        return time.monotonic_ns() // 1000

    @staticmethod
    def _until(enough: Any, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not enough() and time.monotonic() < deadline:
            time.sleep(0.05)


@contextmanager
def stage(profile: str) -> Iterator[LinkedVillage]:
    """A village behind links, ready to be alarmed."""
    with tempfile.TemporaryDirectory() as folder, star(ENDS, PROFILES[profile]) as net, net.entered(0):
        village = LinkedVillage(Path(folder), net)
        try:
            village.found()
            time.sleep(SETTLE_S)
            yield village
        finally:
            village.stop()


def presses(trial: Trial, count: int, what: str) -> list[Press]:
    """So many, told as they go."""
    done = []
    for number in range(count):
        done.append(trial.press(number % DOUBLE_TAP_EACH == DOUBLE_TAP_EACH - 1))
        said = " ".join(f"{name} {ms:.0f}" for name, ms in done[-1].stages_ms.items())
        print(
            f"{what} {number + 1}: last {done[-1].last_ms:.0f} ms, stop {done[-1].silent_ms:.0f} ({said})",
            file=sys.stderr,
        )
    return done


def texts(trial: Trial, count: int) -> tuple[list[Press], list[Press]]:
    """So many texts whose words sound at once, and a tenth of that behind the siren; some heard to their end."""
    bare, led = [], []
    for number in range(count):
        bare.append(trial.say(number, "none", number % WHOLE_EACH == 0))
        if number % WHOLE_EACH == WHOLE_EACH - 1:
            led.append(trial.say(count + number, "siren", whole=True))
        said = " ".join(f"{name} {ms:.0f}" for name, ms in bare[-1].stages_ms.items())
        print(f"text {number + 1}: last {bare[-1].last_ms:.0f} ms ({said})", file=sys.stderr)
    return bare, led


def main() -> None:
    """Measure on both links, and with the broker dead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=1000)
    parser.add_argument("--weak", type=int, default=200)
    parser.add_argument("--fresh", type=int, default=100, help="texts that were never said before")
    arguments = parser.parse_args()
    with stage("4g") as village:
        trial = Trial(village)
        good = presses(trial, arguments.presses, "4g")
        bare, led = texts(trial, arguments.fresh)
        village.village.kill(BROKER)
        dead = presses(trial, DEAD_PRESSES, "4g, broker dead")
        doubled = trial.doubled()
    weak = []
    if arguments.weak:
        with stage("4g-weak") as village:
            trial = Trial(village)
            weak = presses(trial, arguments.weak, "4g-weak")
            doubled += trial.doubled()
    report({**figures(good, dead, weak, doubled), **fresh_figures(bare, led)})


def figures(
    good: Sequence[Press], dead: Sequence[Press], weak: Sequence[Press], doubled: int
) -> dict[str, float | int | None]:
    """The figures beside their goals."""
    last = [press.last_ms for press in good]
    everything = [*good, *dead, *weak]
    stages = {
        f"stage_{name}_p50_ms": percentile([press.stages_ms[name] for press in good if name in press.stages_ms], 0.5)
        for name in ("station", "answered", "durable", "sounds")
    }
    return {
        "presses": len(good),
        "weak_presses": len(weak),
        "last_of_21_p50_ms": percentile(last, 0.50),
        "last_of_21_p50_goal_ms": 90,
        "last_of_21_p99_ms": percentile(last, 0.99),
        "last_of_21_p99_goal_ms": 150,
        "each_p50_ms": percentile([ms for press in good for ms in press.begun_ms], 0.50),
        "weak_last_of_21_p50_ms": percentile([press.last_ms for press in weak], 0.50) if weak else None,
        "weak_last_of_21_p99_ms": percentile([press.last_ms for press in weak], 0.99) if weak else None,
        "weak_last_of_21_p99_goal_ms": 300,
        "missed": sum(press.missed for press in everything),
        "doubled": doubled,
        "torn": sum(press.torn for press in everything),
        "broker_dead_max_s": max(press.last_ms for press in dead) / 1000,
        "broker_dead_goal_max_s": 5,
        "stop_p99_ms": percentile([press.silent_ms for press in good], 0.99),
        "stop_p99_goal_ms": 150,
        **stages,
    }


def fresh_figures(bare: Sequence[Press], led: Sequence[Press]) -> dict[str, float | int | None]:
    """`fresh_text` is the strict figure: nothing sounds before the words, and the clock runs from the press to the
    first audible sample of the new speech itself at the last loudspeaker. Behind the siren the emergency is heard from
    `fresh_text_led` on, and the words when the siren ends; `fresh_text_missed` counts loudspeakers that heard nothing
    and clusters that did not play the whole."""
    last, first = [press.last_ms for press in bare], [press.last_ms for press in led]
    stages = {
        f"fresh_text_{name}_p50_ms": percentile([press.stages_ms[name] for press in bare], 0.5) if bare else None
        for name in ("station", "answered")
    }
    return {
        "fresh_texts": len(bare),
        "fresh_text_p50_ms": percentile(last, 0.50) if bare else None,
        "fresh_text_p99_ms": percentile(last, 0.99) if bare else None,
        "fresh_text_p99_goal_ms": 400,
        "fresh_text_led_max_ms": max(first) if led else None,
        "fresh_text_missed": sum(press.missed for press in (*bare, *led)),
        **stages,
    }


if __name__ == "__main__":
    main()
