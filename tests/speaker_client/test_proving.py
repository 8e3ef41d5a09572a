"""From the sound that really leaves a box to the words in its journal."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, process_time, sleep
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from audio_library import chimes
from speaker_client import measuring
from speaker_client.contour import Contour
from speaker_client.emission import Emission
from speaker_client.frames import BLOCK_BYTES, RATE
from speaker_client.health import Health
from speaker_client.measuring import Measuring
from speaker_client.output import NullSink, PacedOutput, Trouble
from speaker_client.output.realtime import monotonic_us
from speaker_client.protocol.ids import SECOND, LoudspeakerNumber
from speaker_client.protocol.report import AiringEnded, Evidence, Fault, Measured, Measurement, SensorKind
from speaker_client.proving import Proving
from speaker_client.sensor import CaptureSensor, SensorFault, SimulatedSensor
from speaker_client.sensor_choice import choose_sensor
from speaker_client.turntable import Turntable
from speaker_client.witness import Ear
from tests.speaker_client.orders import Box, airing, emergency
from tests.speaker_client.sound_of_tests import BULLETIN, Samples, as_wav, cue, loudspeakers, speech, syllables, until

HORNS = [LoudspeakerNumber(number) for number in (1, 2, 3)]


def bulletin(seconds: int) -> Samples:
    """Noise in syllables."""
    heights = np.repeat(syllables(5, seconds * 100, 1.0), RATE // 100)
    return np.asarray(speech(seconds) * heights, dtype=np.int16)


def measured(folder: Path, sensor: str) -> dict[tuple[int, ...], Measurement]:
    """What is said of a bulletin of 5 s that is put out in real time, by its end."""
    turntable = Turntable(loudspeakers(0, 0, 0), lambda _: None)
    emission = Emission(turntable, turntable.channels)
    chosen = choose_sensor(sensor, emission.contour, HORNS)
    assert chosen
    proving, output = Proving(chosen, emission, lambda _: None), PacedOutput(NullSink())
    start = monotonic_us() + SECOND
    turntable.arm(cue(as_wav(folder / "a.wav", bulletin(5)), at_us=start))
    turntable.release(BULLETIN)
    output.start(emission)
    found: dict[tuple[int, ...], Measurement] = {}
    end = monotonic() + 9
    while monotonic() < end:
        sleep(0.3)
        for said in proving.look(monotonic_us(), lambda mono: mono - start + SECOND):
            assert (said.airing, said.simulated) == (BULLETIN, True)
            found |= {one.loudspeakers: one for one in said.measurements}
    output.close()
    turntable.close()
    proving.close()
    return found


def test_what_left_in_real_time_is_found_with_its_level_and_time(tmp_path: Path) -> None:
    found = measured(tmp_path, "simulated:two-of-three")
    assert {numbers: one.sounded for numbers, one in found.items()} == {(1,): True, (2,): True, (3,): False}
    assert found[(1,)].confidence_pct > 70
    assert -3500 < found[(1,)].level_cb < -1000
    assert found[(3,)].level_cb < -3500
    assert 0 < (found[(1,)].at_us or 0) - SECOND < 100_000


def test_nothing_is_proven_by_a_liar(tmp_path: Path) -> None:
    found = measured(tmp_path, "simulated:lying")
    assert [one.sounded for one in found.values()] == [False] * 3
    assert all(one.level_cb > -1100 for one in found.values())


class InNoise(SimulatedSensor):
    """One that hears, beside what it hears, an unquiet street; or nothing but a tone switched on with ours."""

    def __init__(self, how: str, contour: Contour) -> None:
        super().__init__("honest" if how == "hum" else how, contour, [HORNS[0]])
        self._how, self._street = how, random.Random(7)

    def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        heard = super().levels(ear, first, end)
        if self._how == "hum":
            heard = [0.2 if frame >= 103 else 0.0 for frame in range(first, end)]
        return [level + 0.02 * self._street.random() for level in heard]


@pytest.mark.parametrize(("how", "proven"), [("honest", True), ("deaf", False), ("lying", False), ("hum", False)])
def test_an_alarm_of_nothing_but_our_siren_is_proven_by_who_hears_it_and_by_nobody_else(how: str, proven: bool) -> None:
    sound = chimes.pcm(chimes.siren())
    blocks = [sound[at : at + BLOCK_BYTES].ljust(BLOCK_BYTES, b"\0") for at in range(0, len(sound), BLOCK_BYTES)]
    leaving = {
        50 + n: SimpleNamespace(pcm=pcm, cue=SimpleNamespace(airing=BULLETIN), begin=0) for n, pcm in enumerate(blocks)
    }
    silence = SimpleNamespace(pcm=bytes(BLOCK_BYTES), cue=None)
    source = SimpleNamespace(render=lambda at_us: leaving.get(at_us // 20_000, silence), left=lambda at_us: None)
    emission: Any = Emission(source, 1)
    proving, found = Proving(InNoise(how, emission.contour), emission, lambda _: None), []
    for n in range(50 + len(blocks) + 100):
        emission.render(n * 20_000)
        emission.left(n * 20_000)
        if n % 25 == 24:
            found += [one.sounded for said in proving.look(n * 20_000, lambda mono: mono) for one in said.measurements]
    assert found == [proven]


def test_three_lines_cost_less_than_a_hundredth_of_a_processor() -> None:
    source = SimpleNamespace(render=lambda at_us: block, left=lambda at_us: None)
    block = SimpleNamespace(pcm=bytes(3 * BLOCK_BYTES), cue=SimpleNamespace(airing=BULLETIN), begin=0)
    emission: Any = Emission(source, 3)
    chosen = choose_sensor("simulated:deaf", emission.contour, HORNS)
    assert chosen
    proving = Proving(chosen, emission, lambda _: None)
    noise = np.random.default_rng(1).normal(0, 3000, (3000, 3 * BLOCK_BYTES // 2)).astype(np.int16)
    spent = 0.0
    for n in range(3000):
        block.pcm = noise[n].tobytes()
        emission.render(n * 20_000)
        emission.left(n * 20_000)
        if n % 25 == 24:
            began = process_time()
            proving.look(n * 20_000, lambda mono: mono)
            spent += process_time() - began
    assert spent / 60 < 0.01


def said(order: Any, number: int, *, sounded: bool, sensor: SensorKind = SensorKind.LINE_CURRENT) -> Measured:
    one = Measurement(
        loudspeakers=(LoudspeakerNumber(number),), sounded=sounded, level_cb=-1200, confidence_pct=93, at_us=5
    )
    return Measured(airing=airing(order), sensor=sensor, measurements=(one,))


@pytest.mark.parametrize(
    ("sensor", "sounded", "evidence"),
    [
        (SensorKind.LINE_CURRENT, True, Evidence.ELECTRICAL),
        (SensorKind.LINE_LOOPBACK, True, Evidence.ELECTRICAL),
        (SensorKind.MICROPHONE, True, Evidence.ACOUSTIC),
        (SensorKind.LINE_CURRENT, False, Evidence.CONSUMED),
    ],
)
def test_what_was_measured_raises_the_evidence_of_the_end_even_over_a_restart(
    tmp_path: Path, sensor: SensorKind, sounded: bool, evidence: Evidence
) -> None:
    box, order = Box(tmp_path), emergency(1, "1")
    box.hear(order)
    box.sounds(airing(order))
    box.conductor.measured(said(order, 1, sounded=sounded, sensor=sensor), box.time)
    box.conductor.measured(said(order, 2, sounded=False, sensor=sensor), box.time)
    box.start()
    box.sounds(airing(order))
    box.ends(airing(order), 75 * SECOND)
    (end,) = box.said(AiringEnded)
    assert end.evidence is evidence
    assert [one.measurements[0].sounded for one in box.said(Measured)] == [sounded, False]


def test_a_measurement_that_comes_after_the_end_is_written_down_too(tmp_path: Path) -> None:
    box, order = Box(tmp_path), emergency(1, "1")
    box.hear(order)
    box.sounds(airing(order))
    box.ends(airing(order), 75 * SECOND)
    box.conductor.measured(said(order, 1, sounded=True), box.time)
    assert [one.airing for one in box.said(Measured)] == [airing(order)]


def told(troubles: Sequence[Trouble]) -> list[Fault]:
    """What the box says of all these, in its words."""
    health = Health(lambda: None)
    for one in troubles:
        health.trouble(one)
    return health.unreported()


class FakeInput:
    """A PortAudio with one input that hears a tone of half the full scale on its second channel."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.here, self.running = True, threading.Event()

    def RawInputStream(self, **settings: Any) -> FakeInput:  # noqa: N802 - sounddevice's name
        if not self.here:
            raise self.PortAudioError("no default input device")
        self._callback: Callable[..., None] = settings["callback"]
        self._pcm = (b"\0\0\x00\x40" * (BLOCK_BYTES // 2))[: settings["channels"] * BLOCK_BYTES]
        return self

    def start(self) -> None:
        self.running.set()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self, ignore_errors: bool) -> None:
        self.running.clear()

    def _run(self) -> None:
        while self.running.is_set():
            self._callback(memoryview(self._pcm), 960, SimpleNamespace(currentTime=7.02, inputBufferAdcTime=7.0), None)
            sleep(0.02)


def test_an_input_of_the_sound_card_is_kept_as_levels_by_the_moment_of_its_capture() -> None:
    card = FakeInput()
    sensor = CaptureSensor(SensorKind.LINE_LOOPBACK, HORNS[:2], portaudio=card)
    assert not sensor.works()
    sensor.start()
    began = monotonic_us() // 10_000
    until(lambda: sensor.levels(frozenset({HORNS[1]}), began + 4, began + 5) == [pytest.approx(0.5, abs=0.001)])
    assert sensor.levels(frozenset({HORNS[0]}), began + 4, began + 5) == [0.0]
    assert sensor.works()
    sensor.close()
    assert not sensor.works()


def test_an_input_that_is_pulled_out_is_a_fault_and_proves_nothing_until_it_is_back() -> None:
    card, troubles = FakeInput(), list[Trouble]()
    card.here = False
    sensor = CaptureSensor(SensorKind.MICROPHONE, HORNS, portaudio=card)
    with pytest.raises(SensorFault, match="cannot be opened"):
        sensor.start()
    source: Any = SimpleNamespace()
    proving = Proving(sensor, Emission(source, 3), troubles.append)
    for second in range(45):
        assert proving.look(second * SECOND, lambda mono: mono) == []
        card.here = second > 5
    assert [(one.code, one.raised) for one in told(troubles)] == [("sensor_dead", True), ("sensor_dead", False)]
    proving.close()


class WildSensor(SimulatedSensor):
    """Its driver throws while it is `mad`, and `lets_go` only when it is set."""

    def __init__(self, emission: Emission) -> None:
        super().__init__("honest", emission.contour, HORNS)
        self.mad, self.lets_go, self.closed = False, threading.Event(), threading.Event()
        self.lets_go.set()

    def works(self) -> bool:
        self.lets_go.wait()
        return True

    def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        if self.mad:
            raise OSError("device reset")
        return super().levels(ear, first, end)

    def close(self) -> None:
        self.closed.set()


def emission_of(pcm: bytes) -> Emission:
    """What passes these blocks on, 20 ms of three channels each."""
    blocks = iter(range(0, len(pcm), 3 * BLOCK_BYTES))

    def render(_at_us: int) -> Any:
        at = next(blocks)
        return SimpleNamespace(
            pcm=pcm[at : at + 3 * BLOCK_BYTES], cue=SimpleNamespace(airing=BULLETIN), begin=0, end=960
        )

    source: Any = SimpleNamespace(render=render, left=lambda _at_us: None)
    return Emission(source, 3)


def test_a_sensor_that_throws_is_a_fault_and_costs_nothing_but_its_word() -> None:
    emission = emission_of(np.repeat(bulletin(75), 3).tobytes())
    sensor, troubles, found = WildSensor(emission), list[Trouble](), list[tuple[int, int]]()
    proving = Proving(sensor, emission, troubles.append)
    for block in range(3700):
        emission.render(block * 20_000)
        emission.left(block * 20_000)
        sensor.mad = block < 1000
        if block % 25 == 24:
            found += [(block, len(said.measurements)) for said in proving.look(block * 20_000, lambda mono: mono)]
    assert [(one.raised, "device reset" in one.detail) for one in told(troubles)] == [(True, True), (False, False)]
    assert [count for _, count in found] == [3]
    assert found[0][0] > 1000


def test_a_driver_that_hangs_is_a_fault_and_keeps_nobody_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "STUCK_US", 300_000)
    monkeypatch.setattr(measuring, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(measuring, "GOODBYE_S", 0.2)
    emission, troubles = emission_of(b""), list[Trouble]()
    sensor = WildSensor(emission)
    watched = Measuring(Proving(sensor, emission, troubles.append), lambda mono: mono, troubles.append)
    sensor.lets_go.clear()
    until(lambda: watched.news() == [] and len(told(troubles)) == 1)
    sensor.lets_go.set()
    until(lambda: watched.news() == [] and len(told(troubles)) == 2)
    assert [(one.code, one.raised) for one in told(troubles)] == [("sensor_dead", True), ("sensor_dead", False)]
    sensor.lets_go.clear()
    sleep(0.1)  # by now it hangs again
    began = monotonic()
    watched.close()
    assert monotonic() - began < 2
    assert not sensor.closed.is_set()
    sensor.lets_go.set()
    assert sensor.closed.wait(5)
