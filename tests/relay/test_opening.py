"""Telling a stream by its first bytes, wherever it was joined."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from broadcast_server.relay.opening import ENOUGH, demuxer_of, is_page
from tests.relay.studio import ffmpeg

FORMS = {
    "mp3": ("mp3", "-b:a", "64k"),
    "low.mp3": ("mp3", "-b:a", "24k", "-ar", "22050"),
    "mp2": ("mp3", "-b:a", "128k"),
    "aac": ("aac", "-b:a", "48k"),
    "ogg": ("ogg", "-c:a", "libopus"),
    "oga": ("ogg", "-c:a", "libvorbis"),
    "flac": ("flac",),
    "wav": ("wav",),
    "ts": ("mpegts", "-c:a", "aac"),
    "m4a": ("mov", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "webm": ("matroska", "-c:a", "libopus"),
}


@pytest.mark.parametrize("ending", FORMS)
def test_every_form_is_known(tmp_path: Path, ending: str) -> None:
    demuxer, *words = FORMS[ending]
    file = tmp_path / f"x.{ending}"
    ffmpeg("-f", "lavfi", "-i", "sine=500:d=5", *words, str(file))
    data = file.read_bytes()
    assert demuxer_of(data[:ENOUGH]) == demuxer
    if demuxer in ("mp3", "aac"):
        for start in random.Random(1).sample(range(len(data) // 2), 20):
            assert demuxer_of(data[start : start + 4096]) == demuxer


@pytest.mark.parametrize(
    "head",
    [b"", b"<html>" * 500, b"hello " * 500, bytes(4096), bytes(range(256)) * 16, b"#EXTM3U\n", b"PK\3\4" * 99,
     b"\xff" * 8000, b"\xff\xfb" * 4000, random.Random(2).randbytes(ENOUGH)],
)  # fmt: skip
def test_what_is_no_sound_is_not_taken(head: bytes) -> None:
    assert demuxer_of(head) is None


def test_pages() -> None:
    assert is_page("text/html")
    assert not is_page("audio/mpeg")
    assert not is_page("")
