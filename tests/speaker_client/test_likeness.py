"""The correlator, and how it is fooled by nothing that a sensor can be."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence

import pytest

from audio_library.chimes import siren
from speaker_client.contour import FRAME_BYTES, Contour, levels
from speaker_client.frames import BLOCK_BYTES, BLOCK_US
from speaker_client.likeness import AFTER, BEFORE, LATEST, LATEST_ON_A_LINE, Likeness, compare
from speaker_client.protocol.ids import LoudspeakerNumber
from tests.speaker_client.sound_of_tests import syllables

WINDOW = 600


def heard(sound: Sequence[float], lag: int, gain: float = 0.5, hiss: float = 0.0, seed: int = 9) -> list[float]:
    """What is captured beside the first 6 s of a sound that begins after a second of silence."""
    dice, silence = random.Random(seed), [0.0] * 100
    everything = [*silence, *silence, *sound]
    start = 100 - lag
    return [
        (gain * everything[start + n] if 0 <= start + n < len(everything) else 0.0) + hiss * dice.random()
        for n in range(-BEFORE, WINDOW + AFTER)
    ]


def judged(sound: Sequence[float], captured: Sequence[float]) -> Likeness:
    found = compare([*[0.0] * 100, *sound][:WINDOW], captured)
    assert found is not None
    return found


def test_ours_is_known_by_its_edges_and_measured() -> None:
    ours = syllables(1)
    found = judged(ours, heard(ours, 12, hiss=0.002))
    assert found.sounded
    assert (found.lag, found.confidence > 0.98) == (12, True)
    assert -22 < found.level_db < -13


def test_what_was_played_softly_is_no_fault_where_it_is_heard_as_softly() -> None:
    """Early in the morning, by the volume of the hour."""
    soft = syllables(1, level=0.01)
    found = judged(soft, heard(soft, 12, gain=0.2))
    assert (found.faint, found.sounded, found.silent) == (True, False, False)
    for hiss in (0.0005, 0.02):
        drowned = judged(soft, heard(soft, 12, gain=0.02, hiss=hiss))
        assert (drowned.sounded, drowned.silent) == (False, False)
    loud = judged(syllables(1), heard(syllables(1), 12, gain=0.005))
    assert (loud.faint, loud.silent) == (True, True), "crosstalk"


def test_ours_is_known_in_noise_nearly_as_loud() -> None:
    ours = syllables(2)
    found = judged(ours, heard(ours, 5, hiss=0.08))
    assert (found.sounded, found.lag) == (True, 5)


def flat() -> list[float]:
    """A wail that is never louder or softer, after half a second of silence."""
    return [*[0.0] * 50, *[0.25] * 1000]


def ours_crying() -> list[float]:
    """The station's own siren, round after round, after half a second of silence."""
    once = levels(array("h", [round(sample * 32767) for sample in siren()]).tobytes())
    return [*[0.0] * 50, *once * 3]


def switched_on(lag: int) -> list[float]:
    """A hum that begins when ours should."""
    return heard([0.2] * 1000, lag)


def test_a_flat_wail_is_known_by_nothing_but_its_beginning_and_that_is_no_proof() -> None:
    for captured in (heard(flat(), 3, hiss=0.01), switched_on(3), [0.2] * (BEFORE + WINDOW + AFTER)):
        found = judged(flat(), captured)
        assert (found.sounded, found.silent) == (False, False)
    assert judged(flat(), heard([], 0, hiss=0.0001)).silent


@pytest.mark.parametrize("later", range(0, 800, 90))
def test_our_siren_proves_itself_in_every_six_seconds_of_it(later: int) -> None:
    ours = ours_crying()[later:]
    assert judged(ours, heard(ours, 3, hiss=0.05)).sounded
    for captured in (
        heard([], 0, hiss=0.0001),
        [0.2] * (BEFORE + WINDOW + AFTER),
        switched_on(3),
        switched_on(53),
        heard(ours, 40),
        heard(ours, 120),
        heard(flat(), 3, hiss=0.01),
    ):
        assert not judged(ours, captured).sounded


def test_words_after_a_flat_wail_prove_it() -> None:
    ours = [*flat()[:150], *syllables(4)]
    assert judged(ours, heard(ours, 3, hiss=0.01)).sounded
    assert not judged(ours, switched_on(3)).sounded


@pytest.mark.parametrize("period", [40, 50, 100, 110])
def test_a_steady_beat_proves_nothing_since_the_next_clusters_is_the_same(period: int) -> None:
    beat = [*[0.3] * (period // 2), *[0.0] * (period - period // 2)] * 60
    middle, dice = beat[: WINDOW + 400], random.Random(1)
    for lag in range(-BEFORE, AFTER, 7):
        captured = [0.4 * beat[(n - lag) % period] + 0.0005 * dice.random() for n in range(-BEFORE, WINDOW + AFTER)]
        found = compare(middle[:WINDOW], captured)
        assert found is not None
        assert not found.sounded, lag


def test_a_sound_that_comes_a_second_late_is_ours_on_a_line_only() -> None:
    ours = [*[0.0] * 100, *syllables(1)][:WINDOW]
    for lag in (40, 70, 97):
        on_air, on_line = (compare(ours, heard(syllables(1), lag), latest) for latest in (LATEST, LATEST_ON_A_LINE))
        assert on_air is not None
        assert on_line is not None
        assert (on_air.sounded, on_line.sounded, on_line.lag) == (False, True, lag)


@pytest.mark.parametrize(
    ("name", "captured"),
    [
        ("deaf", heard([], 0, hiss=0.0001)),
        ("steady", [0.3] * (BEFORE + WINDOW + AFTER)),
        ("noise", heard([], 0, hiss=0.6)),
        ("crosstalk", heard(syllables(1), 2, gain=0.005)),
        ("the next cluster, 0.4 s away", heard(syllables(1), 40, gain=0.3, hiss=0.001)),
        ("the next cluster, 1.2 s away", heard(syllables(1), 120, gain=1.0, hiss=0.001)),
        ("the next cluster, ahead", heard(syllables(1), -20, gain=1.0, hiss=0.001)),
    ],
)
def test_what_is_not_ours_proves_nothing(name: str, captured: list[float]) -> None:
    assert not judged(syllables(1), captured).sounded, name


def test_another_bulletin_at_the_same_moment_is_not_ours() -> None:
    ours = syllables(1)
    likest = max(judged(ours, heard(syllables(seed), 10, gain=1.0)).confidence for seed in range(2, 80))
    assert likest < 0.5


def test_a_beat_that_repeats_does_not_make_a_later_copy_ours() -> None:
    beat = [level for n in range(40) for level in [*[0.1 + 0.002 * n] * 10, *[0.0] * 40]]
    ours = judged(beat, heard(beat, 5))
    assert (ours.sounded, ours.silent) == (False, False)
    assert not judged(beat, heard(beat, 52)).sounded


def test_too_short_a_stretch_is_no_proof_however_like_it_is() -> None:
    ours = syllables(1)
    captured = [*[0.0] * BEFORE, *ours[: 200 + AFTER]]
    found = compare(ours[:200], captured)
    assert found is not None
    assert (found.sounded, found.silent) == (False, False)


def test_what_nobody_could_hear_cannot_be_compared() -> None:
    hiss = [level / 1000 for level in syllables(1)[:WINDOW]]
    assert compare(hiss, heard(syllables(1), 5)) is None


def test_silence_cannot_be_compared() -> None:
    assert compare([0.0] * WINDOW, [0.1] * (BEFORE + WINDOW + AFTER)) is None


def test_a_contour_has_no_holes_where_blocks_come_unsteadily() -> None:
    contour, ear = Contour(2), [LoudspeakerNumber(2)]
    block = b"\0\0\x00\x40" * (BLOCK_BYTES // 2)
    for n in range(100):
        contour.add(n * BLOCK_US + (6_000 if n % 3 else 3_000), block)
    assert contour.stretch(ear, 0, 202) == [*[pytest.approx(0.5, abs=0.001)] * 200, 0.0, 0.0]
    assert contour.stretch([LoudspeakerNumber(1)], 0, 200) == [0.0] * 200


def test_a_contour_follows_sound_that_jumps_and_forgets_what_is_old() -> None:
    contour, ear = Contour(1), [LoudspeakerNumber(1)]
    loud = b"\x00\x40" * (FRAME_BYTES // 2)
    assert contour.add(1_000_000, loud) == (100, 101)
    assert contour.add(1_060_000, loud) == (106, 107)
    for n in range(5000):
        contour.add(2_000_000 + n * 10_000, loud)
    assert contour.stretch(ear, 100, 101) == [0.0]
    assert contour.stretch(ear, 5199, 5200) != [0.0]
