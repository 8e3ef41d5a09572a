"""Which ear is said to have heard an airing, when, and how often."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from speaker_client.contour import Contour
from speaker_client.frames import BLOCK_BYTES, BLOCK_FRAMES, BLOCK_US, FULL_SCALE
from speaker_client.likeness import FAINT_DB
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.sensor import Sensor, SimulatedSensor
from speaker_client.sensor_choice import choose_sensor
from speaker_client.witness import Ear, Finding, Witness
from tests.speaker_client.sound_of_tests import syllables

HORNS = [LoudspeakerNumber(number) for number in (1, 2, 3)]
AIRING = AiringId("1" * 32)
BEGIN = 1000
HALF = BLOCK_FRAMES // 2


def put_out(sound: Sequence[float], horns: Sequence[int] = (1, 2, 3)) -> Contour:
    """A contour of three horns on which this left, a level a frame."""
    contour = Contour(3)
    for at, (one, two) in enumerate(zip(sound[::2], sound[1::2], strict=False)):
        mono = array("h", [round(one * FULL_SCALE)]) * HALF + array("h", [round(two * FULL_SCALE)]) * HALF
        samples = array("h", bytes(3 * BLOCK_BYTES))
        for horn in horns:
            samples[horn - 1 :: 3] = mono
        contour.add(BEGIN * 10_000 + at * BLOCK_US, samples.tobytes())
    return contour


def watched(sensor: Sensor, contour: Contour, frames: int) -> list[tuple[int, Finding]]:
    """Everything that is found while this many frames leave, and after; each with the frame at which it was said."""
    witness, said = Witness(sensor.ears), []
    for now in range(BEGIN, BEGIN + frames + 400, 50):
        if now < BEGIN + frames:
            witness.left(AIRING, now, min(now + 50, BEGIN + frames))
        said += [(now, one) for one in witness.look(now, contour.stretch, sensor.levels)]
    return said


def verdicts(how: str, frames: int = 1600, kind: SensorKind | None = None) -> dict[tuple[int, ...], bool]:
    contour = put_out(syllables(3, frames))
    sensor = SimulatedSensor(how, contour, HORNS, kind)
    return {tuple(sorted(one.ear)): one.likeness.sounded for _, one in watched(sensor, contour, frames)}


@pytest.mark.parametrize(
    ("how", "sounded"),
    [
        ("honest", [True, True, True]),
        ("deaf", [False, False, False]),
        ("lying", [False, False, False]),
        ("two-of-three", [True, True, False]),
    ],
)
def test_every_line_is_judged_for_itself(how: str, sounded: list[bool]) -> None:
    assert verdicts(how) == {(number,): heard for number, heard in zip((1, 2, 3), sounded, strict=True)}


def test_a_microphone_speaks_for_the_cluster_only() -> None:
    assert verdicts("honest", kind=SensorKind.MICROPHONE) == {(1, 2, 3): True}
    assert verdicts("two-of-three", kind=SensorKind.MICROPHONE) == {(1, 2, 3): True}


def test_the_neighbours_horns_are_not_ours() -> None:
    assert verdicts("neighbour") == {(1, 2, 3): False}


def test_a_clear_case_is_said_once_after_three_seconds_with_its_place() -> None:
    contour = put_out(syllables(3, 3000))
    said = watched(SimulatedSensor("honest", contour, HORNS), contour, 3000)
    assert [one.ear for _, one in said] == [frozenset({n}) for n in HORNS]
    assert all(now <= BEGIN + 550 and one.from_frame == BEGIN + 3 for now, one in said)


def test_doubt_is_said_once_after_six_seconds_and_lifted_when_the_horn_comes_alive() -> None:
    contour = put_out(syllables(3, 3000))
    honest = SimulatedSensor("honest", contour, HORNS)

    class LooseContact(SimulatedSensor):
        def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
            return [
                level if frame >= BEGIN + 1200 else 0.0
                for frame, level in enumerate(honest.levels(ear, first, end), first)
            ]

    said = watched(LooseContact("honest", contour, HORNS[:1]), contour, 3000)
    assert [one.likeness.sounded for _, one in said] == [False, True]
    assert BEGIN + 600 < said[0][0] < BEGIN + 850
    assert said[1][1].from_frame == BEGIN + 1203


def test_one_that_is_too_short_is_in_doubt_only_where_nothing_came() -> None:
    contour = put_out(syllables(3, 100), horns=(1, 2))
    assert watched(SimulatedSensor("honest", contour, HORNS), contour, 100) == []
    said = watched(SimulatedSensor("deaf", contour, HORNS), contour, 100)
    assert [(one.ear, one.likeness.sounded) for _, one in said] == [(frozenset({n}), False) for n in HORNS[:2]]


def test_a_dead_line_that_hears_its_neighbours_is_dead() -> None:
    contour = put_out(syllables(3, 3000))
    said = watched(SimulatedSensor("two-of-three", contour, HORNS), contour, 3000)
    assert [(one.ear, one.likeness.sounded) for _, one in said] == [(frozenset({n}), n < 3) for n in HORNS]
    assert said[2][1].likeness.level_db > FAINT_DB, "loud enough to be taken for a horn"


def test_an_airing_that_goes_on_after_a_break_is_heard_again() -> None:
    contour = put_out(syllables(3, 700))
    sensor = SimulatedSensor("honest", contour, HORNS)
    witness = Witness(sensor.ears)
    witness.left(AIRING, BEGIN, BEGIN + 700)
    assert len(witness.look(BEGIN + 2000, contour.stretch, sensor.levels)) == 3
    witness.left(AIRING, BEGIN + 2000, BEGIN + 2100)
    assert witness.look(BEGIN + 2500, contour.stretch, sensor.levels) == []


@pytest.mark.parametrize("text", ["simulated", "simulated:drunk", "simulated:deaf:nose", "x", "none:1", ""])
def test_a_sensor_that_does_not_exist_is_refused_in_words(text: str) -> None:
    with pytest.raises(Exception, match="no such kind of sensor"):
        choose_sensor(text, Contour(3), HORNS)
