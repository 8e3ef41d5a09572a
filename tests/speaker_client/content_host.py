"""A station's content endpoint on a real socket that can cut, stall and lie."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from dataclasses import dataclass, field

from audio_library.content import ContentId
from speaker_client.cache import Need


@dataclass
class Mood:
    """How the host answers: `cut_at` bytes of the body then a reset, `rate` bytes a second, headers that lie."""

    cut_at: int | None = None
    rate: int | None = None
    stall_at: int | None = None
    status: int | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    body: bytes | None = None
    endless: bool = False
    deaf_to_ranges: bool = False


class Host:
    """Serves one content; `sent` counts body bytes, `asked` the ranges that were asked for."""

    def __init__(self, size: int = 3_000_000) -> None:
        self.data = hashlib.shake_256(b"bulletin").digest(size)
        self.need = Need(ContentId(hashlib.sha256(self.data).hexdigest()), size, 0)
        self.others: dict[str, bytes] = {}
        self.mood = Mood()
        self.sent = 0
        self.asked: list[str] = []
        self.port = 0
        self._closing = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Host:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._server.close()
        await asyncio.gather(*self._serving)

    def also(self, seed: bytes, size: int, due_us: int) -> Need:
        """One more content."""
        data = hashlib.shake_256(seed).digest(size)
        content = ContentId(hashlib.sha256(data).hexdigest())
        self.others[content] = data
        return Need(content, size, due_us)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await self._request(reader):
                await self._answer(request, writer)
        writer.transport.abort()

    async def _request(self, reader: asyncio.StreamReader) -> str:
        """The next request's head; nothing once the host closes."""
        asked, closing = asyncio.create_task(reader.readuntil(b"\r\n\r\n")), asyncio.create_task(self._closing.wait())
        await asyncio.wait({asked, closing}, return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if self._closing.is_set():
            asked.cancel()
            return ""
        return (await asked).decode()

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        content = request.split()[1].rpartition("/")[2]
        data = self.mood.body or self.others.get(content, self.data)
        asked = re.search(r"(?im)^range: bytes=(\d+)-", request)
        start = int(asked[1]) if asked and not self.mood.deaf_to_ranges else 0
        self.asked.append(f"{content[:8]} {asked[1] if asked else '-'}")
        writer.write(self._head(content, data, start))
        await self._body(data[start:], writer)

    def _head(self, content: str, data: bytes, start: int) -> bytes:
        headers: dict[str, str | None] = {
            "Content-Type": "audio/ogg",
            "ETag": f'"{content}"',
            "Content-Length": str(len(data) - start),
            "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}" if start else None,
        } | self.mood.headers
        lines = [f"HTTP/1.1 {self.mood.status or (206 if start else 200)} OK"]
        lines += [f"{name}: {text}" for name, text in headers.items() if text is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _body(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        mood, at = self.mood, 0
        step = 16_384 if mood.rate is None else max(1, mood.rate // 20)
        while (at < len(data) or mood.endless) and not self._closing.is_set():
            if mood.stall_at == at:
                await self._closing.wait()
            if mood.cut_at == at:
                await asyncio.sleep(0.05)
                raise ConnectionAbortedError
            stops = [stop for stop in (mood.cut_at, mood.stall_at, len(data)) if stop and stop > at]
            end = min([at + step, *stops])
            writer.write(data[at:end] or b"x" * step)
            self.sent += end - at
            at = end
            await writer.drain()
            if mood.rate:
                await asyncio.sleep(0.05)
