"""Uploads made to harm or merely broken, each with the code of the refusal that it must get."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.audio_library.recordings import convert, lavfi


@dataclass(frozen=True)
class Hostile:
    """One upload. `code` None means that it is harmless and must be taken."""

    name: str
    data: bytes
    code: str | None


def playlists(port: int, secret: Path, host: str = "127.0.0.1") -> Iterator[Hostile]:
    """Files that point at a port that listens, or at another machine, and at a secret of this one."""
    web, local = f"http://{host}:{port}/x", f"file://{secret}"
    texts = {
        "hls-web.mp3": f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{web}.mp3\n#EXT-X-ENDLIST\n",
        "hls-file.mp3": f"#EXTM3U\n#EXTINF:10.0,\n{local}\n#EXT-X-ENDLIST\n",
        "hls-concat.m4a": f"#EXTM3U\n#EXTINF:10,\nconcat:{web}|{local}\n#EXT-X-ENDLIST\n",
        "hls-bom.wav": f"\ufeff#EXTM3U\n#EXTINF:10,\n{web}\n",
        "hls-spaces.ogg": f"   \n\n#EXTM3U\n#EXTINF:1,\n{web}\n",
        "plain-m3u.mp3": f"{web}\n",
        "local-path.mp3": f"{local}\n",
        "concat.mp3": f"ffconcat version 1.0\nfile '{secret}'\n",
        "concat-bare.mp3": f"file '{web}'\n",
        "pls.mp3": f"[playlist]\nFile1={web}\nNumberOfEntries=1\n",
        "asx.mp3": f'<asx version="3.0"><entry><ref href="{web}"/></entry></asx>',
        "dash.m4a": f'<?xml version="1.0"?><MPD><BaseURL>{web}</BaseURL></MPD>',
        "mpd.m4a": f"<MPD><BaseURL>{web}</BaseURL></MPD>",
        "smil.mp3": f'<smil><body><audio src="{web}"/></body></smil>',
        "xspf.mp3": f'<?xml version="1.0"?><playlist><location>{web}</location></playlist>',
        "sdp.wav": f"v=0\r\no=- 0 0 IN IP4 {host}\r\nc=IN IP4 {host}\r\nm=audio 5004 RTP/AVP 0\r\n",
        "rtsptext.mp3": f"RTSPtext\nrtsp://{host}:{port}/x\n",
        "reference.mp3": f"[Reference]\nRef1={web}\n",
    }
    for name, text in texts.items():
        yield Hostile(name, text.encode(), "playlist")


def strangers() -> Iterator[Hostile]:
    """Files that are no sound at all."""
    nothing = {
        "text.mp3": "Xin chào bà con".encode(),
        "page.mp3": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "script.wav": b"#!/bin/sh\nrm -rf /\n",
        "picture.mp3": b"\x89PNG\r\n\x1a\n" + bytes(2_000),
        "photo.m4a": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2_000),
        "document.mp3": b"%PDF-1.7\n" + bytes(500),
        "program.ogg": b"\x7fELF\x02\x01\x01" + bytes(500),
        "zeros.wav": bytes(50_000),
        "one-byte.mp3": b"\xff",
        "avi.wav": b"RIFF\x10\x00\x00\x00AVI LIST" + bytes(100),
        "midi.mp3": b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60" + bytes(50),
        "subtitles.mp3": b"1\n00:00:00,000 --> 00:00:05,000\nHello\n",
        "subfile.mp3": b"subfile,,start,0,end,100,,:/etc/passwd\n",
        "json.mp3": b'{"a": "http://127.0.0.1/"}',
    }
    for name, data in nothing.items():
        yield Hostile(name, data, "not_audio")
    yield Hostile("empty.mp3", b"", "empty")
    yield Hostile("tag-only.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10), "truncated")
    yield Hostile("tag-promises-more.mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100), "truncated")
    yield Hostile("tag-then-text.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"hello " * 900, "unreadable")


def archives() -> Iterator[Hostile]:
    packed, rolled = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.wav", bytes(10_000_000))
    with tarfile.open(fileobj=rolled, mode="w:gz") as bundle:
        bundle.addfile(tarfile.TarInfo("../../etc/cron.d/x"))
    yield Hostile("bomb.mp3", packed.getvalue(), "archive")
    yield Hostile("bundle.mp3", rolled.getvalue(), "archive")
    yield Hostile("seven.mp3", b"7z\xbc\xaf\x27\x1c" + bytes(50), "archive")
    yield Hostile("rar.mp3", b"Rar!\x1a\x07\x01" + bytes(50), "archive")


def wav_header(*, channels: int, rate: int, bits: int, length: int, form: int = 1) -> bytes:
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", form, channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + length)
        + b"WAVEfmt \x10\x00\x00\x00"
        + head
        + b"data"
        + struct.pack("<I", length)
    )


THOUSAND = 1000
"""Streams: what ffmpeg can write at most."""
SIDE = 20_000


def cover(side: int) -> bytes:
    """An ID3 tag with a picture of so many points each way, all black: 200 kB that are 50 MB when they are opened."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 1)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)
    picture = b"\0image/png\0\x03\0" + png
    frame = b"APIC" + struct.pack(">IH", len(picture), 0) + picture
    return b"ID3\x03\0\0" + bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bombs(folder: Path, voice: Path) -> Iterator[Hostile]:
    """Small files that want to become large."""
    noise = bytes(range(256)) * 400
    yield Hostile("255-channels.wav", wav_header(channels=255, rate=30_000, bits=8, length=102_000) + noise, "bomb")
    yield Hostile("5-MHz.wav", wav_header(channels=1, rate=5_000_000, bits=16, length=102_400) + noise, "bomb")
    yield Hostile("2-Hz.wav", wav_header(channels=1, rate=2, bits=16, length=102_400) + noise, "unreadable")
    yield Hostile("no-channels.wav", wav_header(channels=0, rate=8_000, bits=16, length=102_400) + noise, "unreadable")
    yield Hostile(
        "claims-2-GB.wav", wav_header(channels=1, rate=8_000, bits=8, length=2_000_000_000) + noise, "truncated"
    )
    hours = lavfi("anullsrc=r=8000:cl=mono:d=10000", folder / "hours.flac", "-c:a", "flac")
    yield Hostile("hours-of-nothing.flac", hours.read_bytes(), "too_long")
    many = [word for _ in range(THOUSAND) for word in ("-map", "0:a")]
    streams = convert(voice, folder / "streams.mov", *many, "-t", "0.02", "-c:a", "copy")
    yield Hostile("1000-streams.m4a", streams.read_bytes(), "bomb")
    film = lavfi("testsrc=size=64x64:d=1", folder / "film.mp4", "-c:v", "mpeg4")
    yield Hostile("film-without-sound.m4a", film.read_bytes(), "no_audio_track")
    odd = convert(voice, folder / "odd.wav", "-c:a", "adpcm_swf", "-ar", "22050", "-ac", "1")
    yield Hostile("odd-codec.wav", odd.read_bytes(), "unsupported")


def silences(folder: Path) -> Iterator[Hostile]:
    mute = "anullsrc=r=44100:cl=stereo:d=3"
    for name, words in {
        "mute.wav": (),
        "mute.mp3": ("-c:a", "libmp3lame"),
        "mute.m4a": ("-c:a", "aac"),
        "mute.ogg": ("-c:a", "libvorbis"),
    }.items():
        yield Hostile(name, lavfi(mute, folder / name, *words).read_bytes(), "silent")
    faint = lavfi("anoisesrc=a=0.00005:d=3", folder / "faint.wav")
    yield Hostile("faint.wav", faint.read_bytes(), "silent")
    not_a_number = struct.pack("<f", float("nan")) * 48_000 * 2
    head = wav_header(channels=1, rate=48_000, bits=32, length=len(not_a_number), form=3)
    yield Hostile("not-a-number.wav", head + not_a_number, "unreadable")


def undeclared(flac: bytes) -> bytes:
    """The same FLAC with a header that does not say how long it is."""
    stream = bytearray(flac)
    stream[21] &= 0xF0
    stream[22:26] = bytes(4)
    return bytes(stream)


CUTS = (1, 50, 99)


def cuts(folder: Path, voice: Path) -> Iterator[Hostile]:
    """Whole recordings of every declaring container, cut at 1, 50 and 99 per cent."""
    whole = {
        "end.m4a": ("-c:a", "aac"),
        "start.m4a": ("-c:a", "aac", "-movflags", "+faststart"),
        "phone.3gp": ("-c:a", "aac", "-ar", "16000", "-ac", "1"),
        "cbr.mp3": ("-c:a", "libmp3lame", "-b:a", "96k"),
        "vbr.mp3": ("-c:a", "libmp3lame", "-q:a", "5"),
        "plain.wav": ("-c:a", "pcm_s16le"),
        "vorbis.ogg": ("-c:a", "libvorbis"),
        "chat.opus": ("-c:a", "libopus"),
        "browser.webm": ("-c:a", "libopus"),
        "studio.flac": ("-c:a", "flac"),
    }
    for name, words in whole.items():
        data = convert(voice, folder / name, *words).read_bytes()
        for percent in CUTS:
            yield Hostile(f"{percent}%-{name}", data[: len(data) * percent // 100], "truncated")


def harmless(voice: Path, folder: Path) -> Iterator[Hostile]:
    """Odd, but somebody's real recording."""
    mp3 = convert(voice, folder / "plain.mp3", "-c:a", "libmp3lame", "-b:a", "64k").read_bytes()
    wav = bytearray(voice.read_bytes())
    at = wav.index(b"data") + 4
    wav[at : at + 4] = b"\xff\xff\xff\xff"
    yield Hostile("no-power-left.wav", bytes(wav), None)
    yield Hostile("old-tag-behind.mp3", mp3 + b"TAG" + bytes(125), None)
    yield Hostile("../../etc/passwd\n;rm -rf $(HOME).mp3".replace("/", "\u2215"), mp3, None)
    yield Hostile("-i.mp3", mp3, None)
    bare = convert(voice, folder / "bare.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0").read_bytes()
    yield Hostile("cover-20k-x-20k.mp3", cover(SIDE) + bare, None)
    live = convert(voice, folder / "live.webm", "-c:a", "libopus", "-f", "webm", "-live", "1")
    yield Hostile("live.webm", live.read_bytes(), None)
