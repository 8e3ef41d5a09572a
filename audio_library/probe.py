"""What is this upload? A described sound, or a Refusal in plain words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audio_library import ffmpeg
from audio_library.refusal import MAX_BYTES, MAX_HOURS, Refusal
from audio_library.sandbox import Limits
from audio_library.wholeness import after_id3, is_cut

MAX_SECONDS: Final = MAX_HOURS * 3600
MOST_STREAMS: Final = 32
MOST_CHANNELS: Final = 16
RATES: Final = range(4_000, 384_001)
LIMITS: Final = Limits(wall_s=20, cpu_s=15)
_DESCRIPTION: Final = 2_000_000

_PLAYLISTS: Final = re.compile(
    rb"\s*(#EXTM3U|#EXT-X|#EXTINF|ffconcat|file\s+['\"]|\[playlist\]|\[reference\]|v=0\r?\n|rtsptext|https?://|file://"
    rb"|<\?xml|<asx|<smil|<mpd|<\?wpl|ref1=)",
    re.IGNORECASE,
)
_ARCHIVES: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)


@dataclass(frozen=True)
class Source:
    """An upload that may be decoded."""

    demuxer: str
    """The one ffmpeg demuxer that may open it."""
    codec: str
    declared_s: float | None
    """How long the container says the sound is; None if it does not say."""
    guessed_s: float | None
    """Good enough for a progress bar and for the room to ask for, never for a decision about the sound."""
    sample_rate: int
    channels: int


def probe(path: Path) -> Source:
    """Describe the upload by its content alone, whatever its name; Refusal if we do not take it."""
    size = path.stat().st_size
    if size == 0:
        raise Refusal("empty")
    if size > MAX_BYTES:
        raise Refusal("too_large", f"{size} bytes")
    demuxer = sniff(*_openings(path))
    source = _described(path, demuxer)
    if source.declared_s is not None and source.declared_s > MAX_SECONDS + 0.5:
        raise Refusal("too_long", f"{source.declared_s:.0f} s declared")
    return source


def _openings(path: Path) -> tuple[bytes, bytes]:
    """The first 4 KB of the file, and of what follows its ID3 tag if it has one."""
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0)
        file.seek(after_id3(file))
        return head, file.read(4096)


def sniff(head: bytes, after_tag: bytes = b"") -> str:
    """The demuxer for a file that begins so; Refusal for anything that is not sound."""
    if not head.strip(b"\0"):
        raise Refusal("not_audio", "only zeros")
    if _PLAYLISTS.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Refusal("playlist")
    if head.startswith(_ARCHIVES):
        raise Refusal("archive")
    body = after_tag if head.startswith(b"ID3") else head
    for demuxer, fits in _MAGIC:
        if fits(body):
            return demuxer
    if head.startswith(b"ID3"):
        return "mp3"  # some taggers pad with zeros before the first frame
    raise Refusal("not_audio", f"begins with {head[:16].hex()}")


def _is_mpeg_frame(head: bytes) -> bool:
    """Sync word, layer III or II, and neither a free bit rate nor a reserved sampling rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    layer, version, bitrate, rate = head[1] >> 1 & 3, head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    return layer in (1, 2) and version != 1 and bitrate not in (0, 15) and rate != 3


def _is_adts(head: bytes) -> bool:
    return len(head) >= 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < 13


_MAGIC: Final = (
    ("wav", lambda h: h[:4] in (b"RIFF", b"RF64") and h[8:12] == b"WAVE"),
    ("flac", lambda h: h[:4] == b"fLaC"),
    ("ogg", lambda h: h[:4] == b"OggS"),
    ("matroska", lambda h: h[:4] == b"\x1aE\xdf\xa3"),
    ("amr", lambda h: h[:6] == b"#!AMR\n" or h[:9] == b"#!AMR-WB\n"),
    ("mov", lambda h: h[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    ("aac", _is_adts),
    ("mp3", _is_mpeg_frame),
)


def _described(path: Path, demuxer: str) -> Source:
    try:
        told = _ask(path, demuxer)
    except ffmpeg.ToolFailed as failure:
        raise Refusal("truncated" if is_cut(path, demuxer) else "unreadable", failure.said[-200:]) from failure
    streams: list[dict[str, Any]] = told.get("streams", [])
    if len(streams) > MOST_STREAMS:
        raise Refusal("bomb", f"{len(streams)} streams")
    sounds = [stream for stream in streams if stream.get("codec_type") == "audio"]
    if is_cut(path, demuxer):
        raise Refusal("truncated")
    if not sounds:
        raise Refusal("no_audio_track" if streams else "unreadable")
    return _checked(sounds[0], demuxer, told.get("format", {}))


def _checked(sound: dict[str, Any], demuxer: str, container: dict[str, Any]) -> Source:
    channels, rate = int(sound.get("channels", 0)), int(sound.get("sample_rate", 0))
    if channels > MOST_CHANNELS or rate > RATES[-1]:
        raise Refusal("bomb", f"{channels} channels at {rate} Hz")
    codec = sound.get("codec_name", "unknown")
    if codec not in ffmpeg.CODECS.split(","):
        raise Refusal("unsupported", codec)
    if not channels or rate not in RATES:
        raise Refusal("unreadable", f"{channels} channels at {rate} Hz")
    told = sound.get("duration") or container.get("duration")
    guessed = float(told) if told else None
    return Source(demuxer, codec, guessed if demuxer in _OWN_WORD else None, guessed, rate, channels)


_OWN_WORD: Final = frozenset({"mov", "flac", "matroska", "ogg", "wav"})
"""Containers whose duration is declared; ffprobe guesses that of the others from the bit rate."""


def _ask(path: Path, demuxer: str) -> dict[str, Any]:
    with ffmpeg.running(ffmpeg.probe_argv(demuxer), LIMITS, file=path) as run:
        answer = run.stdout.read(_DESCRIPTION)
        if len(answer) == _DESCRIPTION:
            raise Refusal("bomb", "a description without end")
        run.finish()
    described: dict[str, Any] = json.loads(answer)
    return described
