"""Hostile and broken uploads: each a clear refusal, nothing left behind, no word to the network."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio_library import measuring, room
from audio_library.content import FolderStore
from audio_library.intake import take_in
from audio_library.refusal import MAX_BYTES, Refusal
from tests.audio_library import hostile
from tests.audio_library.recordings import lavfi, residue


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """A port on loopback that nobody may knock at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def verdict(upload: hostile.Hostile, folder: Path, store: FolderStore) -> str | None:
    """The code of the refusal, None if it was taken in."""
    file = folder / upload.name
    file.write_bytes(upload.data)
    try:
        take_in(file, store)
    except Refusal as refusal:
        return refusal.code
    return None


def judged(uploads: Iterator[hostile.Hostile], folder: Path, store: FolderStore) -> tuple[int, dict[str, object]]:
    """How many there were, and those that got another verdict than they should, with (due, given)."""
    count, wrong = 0, {}
    held = folder / "uploads"
    held.mkdir()
    for upload in uploads:
        count += 1
        given = verdict(upload, held, store)
        if given != upload.code:
            wrong[upload.name] = (upload.code, given)
        assert residue(store) == []
    return count, wrong


def test_playlists_are_refused_and_reach_nothing(ear: socket.socket, tmp_path: Path, store: FolderStore) -> None:
    secret = tmp_path / "secret.mp3"
    secret.write_bytes(b"secret")
    count, wrong = judged(hostile.playlists(ear.getsockname()[1], secret), tmp_path, store)
    assert (count, wrong) == (18, {})
    assert list(store) == []
    with pytest.raises(BlockingIOError):
        ear.accept()


def test_what_is_not_sound_is_refused(tmp_path: Path, store: FolderStore) -> None:
    count, wrong = judged(hostile.strangers(), tmp_path, store)
    assert (count, wrong) == (18, {})
    assert list(store) == []


def test_archives_are_refused(tmp_path: Path, store: FolderStore) -> None:
    assert judged(hostile.archives(), tmp_path, store) == (4, {})


def test_bombs_are_refused(tmp_path: Path, store: FolderStore, voice: Path) -> None:
    assert judged(hostile.bombs(tmp_path, voice), tmp_path, store) == (9, {})
    assert list(store) == []


def test_length_is_bounded_even_where_nothing_declares_it(
    tmp_path: Path, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MAX_SECONDS", 20)
    flac = lavfi("anoisesrc=r=8000:a=0.1:d=30", tmp_path / "noise.flac", "-c:a", "flac").read_bytes()
    upload = hostile.Hostile("undeclared.flac", hostile.undeclared(flac), "too_long")
    assert judged(iter([upload]), tmp_path, store) == (1, {})


def test_silence_is_refused(tmp_path: Path, store: FolderStore) -> None:
    assert judged(hostile.silences(tmp_path), tmp_path, store) == (6, {})


def test_cut_recordings_are_refused(tmp_path: Path, store: FolderStore, voice: Path) -> None:
    assert judged(hostile.cuts(tmp_path, voice), tmp_path, store) == (30, {})
    assert list(store) == []


def test_odd_but_real_recordings_are_taken(tmp_path: Path, store: FolderStore, voice: Path) -> None:
    assert judged(hostile.harmless(voice, tmp_path), tmp_path, store) == (6, {})


def test_half_a_gigabyte_is_too_large_and_never_read(tmp_path: Path, store: FolderStore) -> None:
    file = tmp_path / "large.wav"
    with file.open("wb") as large:
        large.truncate(MAX_BYTES + 1)
    with pytest.raises(Refusal) as refused:
        take_in(file, store)
    assert refused.value.code == "too_large"


def test_a_long_recording_is_refused_before_it_fills_the_disk(
    tmp_path: Path, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty minutes are 5 MB as MP3 and 230 MB as samples."""
    words = ["-c:a", "libmp3lame", "-b:a", "16k"]
    upload = lavfi("sine=frequency=440:sample_rate=16000:duration=2400", tmp_path / "long.mp3", *words)
    monkeypatch.setattr(room, "RESERVE", shutil.disk_usage(tmp_path).free - 115_000_000)
    told: list[str] = []
    with pytest.raises(Refusal) as refused:
        take_in(upload, store, progress=lambda step, _: told.append(step))
    assert refused.value.code == "disk_full"
    assert "measure" not in told
    assert (residue(store), list(store)) == ([], [])


def test_a_disk_that_fills_up_meanwhile_ends_the_decoding(
    tmp_path: Path, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    flac = lavfi("anoisesrc=r=8000:a=0.1:d=120", tmp_path / "noise.flac", "-c:a", "flac").read_bytes()
    upload = tmp_path / "undeclared.flac"
    upload.write_bytes(hostile.undeclared(flac))
    told: list[str] = []

    def somebody_else_writes(step: str, _permille: int) -> None:
        told.append(step)
        if step == "measure":
            monkeypatch.setattr(room, "RESERVE", 1 << 60)

    with pytest.raises(Refusal) as refused:
        take_in(upload, store, progress=somebody_else_writes)
    assert refused.value.code == "disk_full"
    assert set(told) == {"receive", "probe", "measure"}
    assert (residue(store), list(store)) == ([], [])
