"""From the mouth to the loudspeakers: how much later a voice sounds, how far apart the boxes are, what is made up.

A whole station: a logged-in phone that speaks into the real WebSocket, a real Mosquitto, seven boxes with a program at
their output that stamps what arrives. Phone and boxes are behind a mobile link each (`tests/link`). Every second of the
voice bears a mark that is looked for in what each box sounded. Then the same voice goes through Snapcast, at the
smallest buffer with which it still plays, and through Icecast with ffmpeg, on the same links.
"""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from deploy.village import HORNS
from speaker_client.protocol.live import FRAME_US
from tests.bench.figure import percentile, report
from tests.bench.rig.linked_village import LinkedVillage
from tests.bench.rig.marks import delays, recorded, voice
from tests.bench.rig.peers import Peers, Played
from tests.link.net import PROFILES, Net, star
from tests.live.road import app_lines

ENDS = 8
SETTLE_S = 45
"""Until the boxes' clocks are in step and every box has hailed."""
REPORTS_S = 12
SNAPCAST_BUFFERS_MS = (100, 150, 200, 250, 300, 400, 600, 1000)
PLAYS = 0.85
"""With this share of the marks heard, a peer is taken to play."""
TRY_S = 20


@dataclass
class Heard:
    """What was found of a voice: for each box the delay of each mark (ms, None where it was not found).

    What the boxes report: frames in all, frames made up, blocks that were not ready. What the phone was told.
    """

    delays_ms: Sequence[Sequence[float | None]]
    frames: int = 0
    concealed: int = 0
    underruns: int = 0
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def every_ms(self) -> list[float]:
        """All delays that were found."""
        return [delay for delay in chain(*self.delays_ms) if delay is not None]

    @property
    def spreads_ms(self) -> list[float]:
        """Of each mark, how far the last box was behind the first."""
        marks = [[delay for delay in one if delay is not None] for one in zip(*self.delays_ms, strict=True)]
        return [max(one) - min(one) for one in marks if len(one) > 1]

    @property
    def lost(self) -> int:
        """Marks that a box did not sound."""
        return sum(delay is None for delay in chain(*self.delays_ms))

    @property
    def share(self) -> float:
        """Of the marks that were heard."""
        return len(self.every_ms) / max(1, len(self.every_ms) + self.lost)


@contextmanager
def ground(profile: str) -> Iterator[tuple[Net, Path]]:
    """Links of that kind, and a folder that everybody may read."""
    with tempfile.TemporaryDirectory() as folder, star(ENDS, PROFILES[profile]) as net, net.entered(0):
        Path(folder).chmod(0o755)
        yield net, Path(folder)


def ours(net: Net, folder: Path, seconds: int, speaking: dict[str, Any]) -> Heard:
    """A voice of that length through a village."""
    village = LinkedVillage(folder / "village", net)
    try:
        village.found("talker", shelf=False)
        time.sleep(SETTLE_S)
        village.stand_alone()
        said = village.tell({"sound": str(_sound(folder, seconds)), **speaking})
        time.sleep(REPORTS_S)
        heard = Heard([delays(recorded(box, HORNS), said["began_us"], seconds) for box in village.heard], said=said)
        _take_reports(village, heard)
    finally:
        village.stop()
    return heard


def _sound(folder: Path, seconds: int) -> Path:
    path = folder / f"voice-{seconds}.raw"
    voice(seconds).tofile(path)
    return path


def _take_reports(village: LinkedVillage, heard: Heard) -> None:
    """What each box said at the end of the voice."""
    with closing(sqlite3.connect(f"file:{village.village.station}/station.db?mode=ro", uri=True)) as database:
        rows = database.execute("select report from airings where order_id = ?", (heard.said["order"],)).fetchall()
    told = [json.loads(text) for (text,) in rows if text]
    assert len(told) == ENDS - 1, f"of {ENDS - 1} boxes {len(told)} have reported"
    for ended in told:
        heard.frames += ended["duration_us"] // FRAME_US
        heard.concealed += ended["concealed"]
        heard.underruns += ended["underruns"]


def snapcast(net: Net, folder: Path, seconds: int) -> tuple[int, Heard]:
    """The smallest buffer (ms) with which it plays, and how."""
    for buffer_ms in SNAPCAST_BUFFERS_MS:
        tried = _heard(Peers(net, folder / "tried", ENDS - 1, _sound(folder, TRY_S), TRY_S).snapcast(buffer_ms))
        print(f"Snapcast at {buffer_ms} ms: {tried.share:.0%} of the marks heard", file=sys.stderr)
        if tried.share >= PLAYS:
            break
    peers = Peers(net, folder / "peers", ENDS - 1, _sound(folder, seconds), seconds)
    return buffer_ms, _heard(peers.snapcast(buffer_ms))


def icecast(net: Net, folder: Path, seconds: int, tuned: bool) -> Heard:
    """As it comes, or with everything turned down that holds sound up."""
    return _heard(Peers(net, folder / "peers", ENDS - 1, _sound(folder, seconds), seconds).icecast(tuned))


def _heard(played: Played) -> Heard:
    return Heard(played.delays_ms, underruns=played.underruns)


def tell(name: str, heard: Heard) -> None:
    """What was found, for whoever reads along."""
    found, spreads = heard.every_ms, heard.spreads_ms
    shares = [f"p{share * 100:.0f} {percentile(found, share):.1f}" for share in (0.01, 0.5, 0.99) if found]
    apart = f"{percentile(spreads, 0.99):.2f}" if spreads else "?"
    lines = [
        f"delay {' '.join(shares)} ms, spread p99 {apart} ms, {heard.share:.1%} of the marks heard",
        f"{heard.concealed} of {heard.frames} frames made up, {heard.underruns} underruns",
    ]
    states = heard.said.get("states", [])
    for state in states[:: max(1, len(states) // 20)]:
        lines.append(str({name: state.get(name) for name in ("seconds", "delay_ms", "spare_ms", "gaps", "dropped")}))
    for line in lines:
        print(f"{name}: {line}", file=sys.stderr)


def stages(good: Heard, chunk_ms: int) -> dict[str, float | int | None]:
    """Where the median delay goes: what a listener hears is the sum of the first three.

    The station's share is what it leaves itself, the boxes' road and their outputs; of it `spare` was over.
    """
    states = good.said["states"]
    station_ms = percentile([state["delay_ms"] for state in states], 0.5)
    spare_ms = [state["spare_ms"] for state in states if state.get("spare_ms") is not None]
    return {
        "stage_piece_whole_ms": chunk_ms,
        "stage_phone_road_and_codecs_ms": percentile(good.every_ms, 0.5) - chunk_ms - station_ms,
        "stage_station_to_output_ms": station_ms,
        "stage_of_it_spare_p50_ms": percentile(spare_ms, 0.5) if spare_ms else None,
    }


def figures(good: Heard, weak: Heard | None) -> dict[str, float | int | None]:
    """Ours beside the goals."""
    return {
        "seconds": len(good.delays_ms[0]),
        "delay_p50_ms": percentile(good.every_ms, 0.50),
        "delay_p50_goal_ms": 150,
        "delay_p99_ms": percentile(good.every_ms, 0.99),
        "delay_p99_goal_ms": 200,
        "weak_delay_p50_ms": percentile(weak.every_ms, 0.50) if weak else None,
        "weak_delay_p50_goal_ms": 250,
        "weak_delay_p99_ms": percentile(weak.every_ms, 0.99) if weak else None,
        "weak_delay_p99_goal_ms": 350,
        "concealed_pct": 100 * good.concealed / max(1, good.frames),
        "concealed_goal_pct": 0.1,
        "weak_concealed_pct": 100 * weak.concealed / max(1, weak.frames) if weak else None,
        "spread_p99_ms": percentile(good.spreads_ms, 0.99),
        "spread_p99_goal_ms": 4,
        "weak_spread_p99_ms": percentile(weak.spreads_ms, 0.99) if weak else None,
        "weak_spread_p99_goal_ms": 8,
        "underruns": good.underruns,
        "underruns_goal": 0,
        "weak_underruns": weak.underruns if weak else None,
        "left_out_frames": good.said["closed"]["gaps"],
        "marks_lost": good.lost,
        "weak_marks_lost": weak.lost if weak else None,
    }


def peer_figures(net: Net, folder: Path, seconds: int) -> dict[str, float | int | None]:
    """The others', on these links."""
    buffer_ms, snap = snapcast(net, folder, seconds)
    tuned, default = (icecast(net, folder, seconds, tuned) for tuned in (True, False))
    for name, heard in (("Snapcast", snap), ("Icecast tuned", tuned), ("Icecast default", default)):
        tell(name, heard)
    return {
        "snapcast_buffer_ms": buffer_ms,
        "snapcast_delay_p50_ms": _p(snap.every_ms, 0.50),
        "snapcast_delay_p99_ms": _p(snap.every_ms, 0.99),
        "snapcast_spread_p99_ms": _p(snap.spreads_ms, 0.99),
        "snapcast_marks_lost_pct": 100 * (1 - snap.share),
        "icecast_tuned_delay_p50_ms": _p(tuned.every_ms, 0.50),
        "icecast_tuned_spread_p99_ms": _p(tuned.spreads_ms, 0.99),
        "icecast_default_delay_p50_ms": _p(default.every_ms, 0.50),
        "icecast_default_spread_p99_ms": _p(default.spreads_ms, 0.99),
    }


def _p(values: Sequence[float], share: float) -> float | None:
    return percentile(values, share) if values else None


def main() -> None:
    """Measure on both links, and the peers on the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--weak-seconds", type=int, default=120)
    parser.add_argument("--peer-seconds", type=int, default=60)
    parser.add_argument("--chunk-ms", type=int, default=10)
    parser.add_argument("--codec", choices=("opus", "pcm"), default="opus")
    parser.add_argument("--lines", type=int, default=app_lines(), help="WebSockets on which the phone says the same")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and all that was started is ended
    speaking = {"chunk_ms": arguments.chunk_ms, "codec": arguments.codec, "lines": arguments.lines}
    with ground("4g") as (net, folder):
        good = ours(net, folder, arguments.seconds, speaking)
        tell("4g", good)
        others = peer_figures(net, folder, arguments.peer_seconds) if arguments.peer_seconds else {}
    weak = None
    if arguments.weak_seconds:
        with ground("4g-weak") as (net, folder):
            weak = ours(net, folder, arguments.weak_seconds, speaking)
            tell("4g-weak", weak)
    report({**figures(good, weak), **others, **stages(good, arguments.chunk_ms)})


if __name__ == "__main__":
    main()
