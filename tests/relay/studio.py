"""Stream servers on real sockets that fail when they are told to, and the sounds that they send."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

from broadcast_server.relay.guard import Guard
from broadcast_server.relay.source import Source, SourceKind

HERE = Guard(private=(ip_network("127.0.0.0/8"),))
TONES_HZ = {"first": 500, "second": 1500, "third": 2500}
BYTES_PER_S = 8000
BURST_S = 2.0
STEP_S = 0.05
SEGMENT_S = 2
WINDOW = 4


class Mood(StrEnum):
    """What a station does from now on, to those who listen and to those who come."""

    PLAY = "play"
    END = "end"
    RESET = "reset"
    SILENT = "silent"
    STALL = "stall"
    """The connection stands; nothing is sent, not even an answer."""
    TRICKLE = "trickle"
    """A byte now and then."""
    HTML = "html"
    HTML_AS_SOUND = "html_as_sound"
    GARBAGE = "garbage"
    MISSING = "missing"
    BUSY = "busy"
    REDIRECT = "redirect"
    """To `Studio.elsewhere`."""
    EMPTY = "empty"


class Tapes:
    """Sounds by ffmpeg, made once: each tone for a minute, and silence."""

    def __init__(self, folder: Path) -> None:
        self.mp3: Mapping[str, bytes] = {
            name: self._mp3(f"sine={hertz}:d=60", folder / f"{name}.mp3") for name, hertz in TONES_HZ.items()
        }
        self.silence = self._mp3("anullsrc=d=60", folder / "silence.mp3")
        self.segments = self._segments(folder)

    @staticmethod
    def _mp3(graph: str, file: Path) -> bytes:
        ffmpeg("-f", "lavfi", "-i", graph, "-t", "60", "-ar", "48000", "-ac", "1", "-b:a", "64k", str(file))
        return file.read_bytes()

    @staticmethod
    def _segments(folder: Path) -> list[bytes]:
        sound = ("-f", "lavfi", "-i", f"sine={TONES_HZ['first']}:d=90", "-c:a", "aac", "-b:a", "64k")
        hls = ("-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_list_size", "0", str(folder / "x.m3u8"))
        ffmpeg(*sound, *hls)
        return [file.read_bytes() for file in sorted(folder.glob("x*.ts"), key=lambda file: int(file.stem[1:]))]


def ffmpeg(*words: str) -> None:
    """A run that must succeed."""
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *words], check=True, timeout=60)


class Studio:
    """One server with a station for each tone at `/first` … as an endless MP3, and at `/first.m3u8` as HLS."""

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes
        self.mp3 = dict(tapes.mp3)
        """What each station plays, over and over."""
        self.moods = dict.fromkeys(TONES_HZ, Mood.PLAY)
        self.elsewhere = ""
        self.asked: list[str] = []
        """Every path, in the order in which it was asked for."""
        self.listeners = 0
        self.heads: list[bytes] = []
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Studio:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._began_s = self._now_s()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def source(self, name: str, kind: SourceKind = SourceKind.HTTP, host: str = "127.0.0.1") -> Source:
        """The station of that tone."""
        ending = ".m3u8" if kind is SourceKind.HLS else ""
        return Source(name, name, kind, f"http://{host}:{self.port}/{name}{ending}")

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                path = head.split()[1].decode()
                self.asked.append(path)
                await self._answer(path, writer)
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        name = path.strip("/").partition(".")[0].partition("-")[0]
        mood = self.moods[name]
        if mood in (Mood.STALL, Mood.TRICKLE):
            await self._withhold(mood, writer)
        elif mood is Mood.REDIRECT:
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {self.elsewhere}\r\nContent-Length: 0\r\n\r\n".encode())
        elif mood in _ANSWERS:
            writer.write(_ANSWERS[mood])
        elif path.endswith(".m3u8"):
            self._say(writer, "application/vnd.apple.mpegurl", self._playlist(name).encode())
        elif path.endswith(".ts"):
            self._say(writer, "video/mp2t", self._tapes.segments[int(path[:-3].partition("-")[2])])
        else:
            await self._stream(name, writer)
        await writer.drain()

    async def _withhold(self, mood: Mood, writer: asyncio.StreamWriter) -> None:
        while True:
            await asyncio.sleep(0.5)
            if mood is Mood.TRICKLE:
                writer.write(b"H")

    @staticmethod
    def _say(writer: asyncio.StreamWriter, kind: str, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)

    async def _stream(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.listeners += 1
        try:
            writer.write(b"ICY 200 OK\r\nicy-name: x\r\nContent-Type: audio/mpeg\r\n\r\n")
            sent, began_s = 0, self._now_s() - BURST_S
            while (mood := self.moods[name]) in (Mood.PLAY, Mood.SILENT, Mood.STALL):
                due = int((self._now_s() - began_s) * BYTES_PER_S)
                tape = self._tapes.silence if mood is Mood.SILENT else self.mp3[name]
                if mood is not Mood.STALL:
                    writer.write(bytes(tape[at % len(tape)] for at in range(sent, due)))
                    await writer.drain()
                sent = due
                await asyncio.sleep(STEP_S)
            if mood is Mood.RESET:
                writer.transport.abort()
        finally:
            self.listeners -= 1

    def _playlist(self, name: str) -> str:
        frozen = self.moods[name] is Mood.SILENT  # a playlist that does not grow any more
        if not frozen:
            self._grown_s = self._now_s()
        newest = int((self._grown_s - self._began_s) / SEGMENT_S) + WINDOW
        lines = [f"#EXTM3U\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n#EXT-X-MEDIA-SEQUENCE:{newest - WINDOW}"]
        lines += [f"#EXTINF:{SEGMENT_S},\n{name}-{number}.ts" for number in range(newest - WINDOW, newest)]
        return "\n".join(lines)

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def _answer(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


_PAGE = b"<!DOCTYPE html><html><body>Dich vu tam ngung</body></html>" * 20
_ANSWERS = {
    Mood.HTML: _answer("200 OK", "text/html; charset=utf-8", _PAGE),
    Mood.HTML_AS_SOUND: _answer("200 OK", "audio/mpeg", _PAGE),
    Mood.GARBAGE: _answer("200 OK", "audio/mpeg", bytes(range(256)) * 200),
    Mood.MISSING: _answer("404 Not Found", "text/plain", b"no"),
    Mood.BUSY: _answer("503 Service Unavailable", "text/plain", b"full"),
    Mood.EMPTY: _answer("200 OK", "audio/mpeg", b""),
    Mood.END: b"",
    Mood.RESET: b"",
}


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing about what it serves."""

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def served(folder: Path, by: type[Quiet] = Quiet) -> Iterator[str]:
    """The folder by HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(by, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def put(folder: Path, name: str, tone: str, seconds: float, age_s: float) -> Path:
    """A finished file."""
    file = folder / name
    ffmpeg("-f", "lavfi", "-i", f"sine={TONES_HZ[tone]}:d={seconds}", str(file))
    aged(file, age_s)
    return file


def aged(file: Path, age_s: float) -> None:
    os.utime(file, (time.time() - age_s,) * 2)
