"""A store whose disk rots: what comes in again is looked at, and what has turned is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio_library.content import ContentId, FolderStore
from audio_library.intake import take_in
from audio_library.sound import Intake


def rot(store: FolderStore, content: ContentId) -> None:
    """One bit turns."""
    place = store.path(content)
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(data)
    assert not store.is_intact(content)


def test_what_is_held_and_intact_is_not_written_again_and_what_is_rotten_is(store: FolderStore, tmp_path: Path) -> None:
    file = tmp_path / "sound"
    file.write_bytes(b"kinh moi ba con" * 1000)
    content = store.put(file)
    before = store.path(content).stat().st_ino
    assert store.put(file) == content
    assert store.path(content).stat().st_ino == before
    rot(store, content)
    assert store.put(file) == content
    assert store.is_intact(content)
    assert store.path(content).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("part", ["content", "original"])
def test_a_rotten_sound_is_healed_by_the_same_upload(store: FolderStore, voice: Path, part: str) -> None:
    made = take_in(voice, store)
    rot(store, getattr(made, part))
    assert take_in(voice, store) == made
    assert _is_intact(store, made)


def _is_intact(store: FolderStore, made: Intake) -> bool:
    return store.is_intact(made.content) and store.is_intact(made.original)
