"""A stretch of a recording, cut from its original: the right stretch, levelled anew, rising and falling as asked."""

from __future__ import annotations

import audioop
from array import array
from pathlib import Path

import pytest

from audio_library.content import FolderStore
from audio_library.cutting import Cut
from audio_library.intake import take_in
from audio_library.refusal import Refusal
from audio_library.worker import IntakeWorker
from tests.audio_library.recordings import convert, heard, lavfi, meter, residue

SECOND = 48_000


@pytest.fixture
def stairs(tmp_path: Path) -> Path:
    """A second of silence, then 300, 600 and 900 Hz for two seconds each."""
    tones = ";".join(f"sine=frequency={hertz}:duration=2[t{hertz}]" for hertz in (300, 600, 900))
    whole = f"{tones};[t300][t600][t900]concat=n=3:v=0:a=1,adelay=1000"
    return lavfi(whole, tmp_path / "stairs.wav")


def hertz(samples: array[int]) -> float:
    """How high a pure tone is."""
    return audioop.cross(samples.tobytes(), 2) / 2 / (len(samples) / SECOND)


def loudness(samples: array[int]) -> int:
    return audioop.rms(samples.tobytes(), 2)


def test_a_cut_is_that_stretch_of_what_was_kept(stairs: Path, store: FolderStore) -> None:
    whole = take_in(stairs, store)
    assert whole.trimmed_start_us > 800_000, "times are those of what is heard, not of the upload"
    lost = 1_000_000 - whole.trimmed_start_us
    cut = take_in(stairs, store, cuts=[Cut(lost + 2_500_000, lost + 3_500_000)])
    samples = heard(store.path(cut.content))
    assert cut.duration_us == len(samples) * 1_000_000 // SECOND == 1_000_000
    assert hertz(samples[2_400:-2_400]) == pytest.approx(600, rel=0.02)
    assert (cut.original, cut.original_size) == (whole.original, whole.original_size)
    assert cut.content != whole.content
    measured, peak = meter(store.path(cut.content))
    assert abs(measured + 16) <= 1
    assert peak <= -1.5
    assert len(cut.peaks) == 1_000
    assert residue(store) == []


def test_it_rises_and_falls_on_a_straight_line(stairs: Path, store: FolderStore) -> None:
    samples = heard(store.path(take_in(stairs, store, cuts=[Cut(2_300_000, 4_000_000, 500_000, 1_000_000)]).content))
    full = loudness(samples[24_000 + 2_400 : 24_000 + 7_200])
    assert loudness(samples[:480]) < full * 0.05
    assert loudness(samples[11_000:13_000]) == pytest.approx(full / 2, rel=0.1)
    assert loudness(samples[-25_000:-23_000]) == pytest.approx(full / 2, rel=0.1)
    assert loudness(samples[-480:]) < full * 0.05


def test_a_cut_of_a_cut_is_in_the_time_of_the_first(stairs: Path, store: FolderStore) -> None:
    first = Cut(2_000_000, 6_000_000)
    cut = take_in(stairs, store, cuts=[first, Cut(2_300_000, 3_300_000)])
    assert hertz(heard(store.path(cut.content))[2_400:-2_400]) == pytest.approx(900, rel=0.02)
    assert cut.duration_us == 1_000_000


def test_equal_cuts_are_one_content_and_others_are_not(stairs: Path, store: FolderStore) -> None:
    whole, cut = take_in(stairs, store), take_in(stairs, store, cuts=[Cut(0, 2_000_000)])
    assert take_in(stairs, store, cuts=[Cut(0, 2_000_000)]) == cut
    assert take_in(stairs, store, cuts=[Cut(0, 2_000_000, 100_000)]).content != cut.content
    assert take_in(stairs, store) == whole


async def test_the_worker_cuts_too(stairs: Path, store: FolderStore) -> None:
    cut = Cut(0, 2_000_000, 0, 200_000)
    assert await IntakeWorker(store.root).take_in(stairs, cuts=[cut.to_wire()]) == take_in(stairs, store, cuts=[cut])


def test_what_is_left_must_be_heard(stairs: Path, store: FolderStore, tmp_path: Path) -> None:
    gap = convert(stairs, tmp_path / "gap.wav", "-af", "volume=0:enable='between(t,2,5)'")
    for cut, code in ((Cut(5_900_000, 6_300_000), "too_short"), (Cut(1_500_000, 3_000_000), "silent")):
        with pytest.raises(Refusal) as refused:
            take_in(gap, store, cuts=[cut])
        assert refused.value.code == code
    assert residue(store) == []
