"""A phone that speaks live: logs in, opens its WebSockets as the app does, and sends sound at a microphone's pace.

`python talker.py HOST PORT NAME PASSWORD` reads one JSON object a line: `sound` (a file of s16le at 48 kHz),
`chunk_ms`, `codec`, `lines`. When all is said it answers with one: when the first sample was spoken (monotonic µs),
what the station said every second, and what it said at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast_server.live.opus import OpusEncoder
from tests.bench.rig.presser import Line

BYTES_A_MS = 96


class Lines:
    """WebSockets that all carry the same numbered pieces, as the app's do: what one holds up, another has brought."""

    def __init__(self, url: str, headers: dict[str, str], codec: str) -> None:
        self._url, self._headers, self._codec = url, headers, codec
        self._lines: list[ClientConnection] = []
        self._waiting: list[asyncio.Queue[bytes]] = []
        self._sending: list[asyncio.Task[None]] = []
        self.order = ""

    async def open(self, count: int) -> ClientConnection:
        """All of them; the first, on which words are said."""
        first, opened = await self._add({"type": "open", "title": "Chủ tịch nói", "numbered": True})
        assert opened["type"] == "open", opened
        self.order = opened["order"]
        for _ in range(count - 1):
            _, said = await self._add({"type": "join", "order": self.order})
            assert said["type"] == "joined", said
        return first

    def send(self, piece: bytes) -> None:
        """At once, on each."""
        for queue in self._waiting:
            queue.put_nowait(piece)

    async def close(self) -> None:
        """Those that are left."""
        for task in self._sending:
            task.cancel()
        for line in self._lines:
            await line.close()

    async def _add(self, first: dict[str, Any]) -> tuple[ClientConnection, dict[str, Any]]:
        line = await connect(self._url, additional_headers=self._headers, proxy=None, compression=None)
        await line.send(json.dumps({**first, "codec": self._codec}))
        said = json.loads(await line.recv())
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._lines.append(line)
        self._waiting.append(queue)
        self._sending.append(asyncio.create_task(_empty(queue, line)))
        return line, said


async def _empty(queue: asyncio.Queue[bytes], line: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await line.send(await queue.get())


EXTENDED_MS = 300_000
"""After so long the speaker asks for more time."""


async def speak(url: str, headers: dict[str, str], call: dict[str, Any], pcm: bytes) -> dict[str, Any]:
    """Open, say it all, close."""
    pieces = _pieces(pcm, call["chunk_ms"], call["codec"])
    lines = Lines(url, headers, call["codec"])
    first = await lines.open(call["lines"])
    states: list[dict[str, Any]] = []
    hearing = asyncio.create_task(_hear(first, states))
    began = time.monotonic()
    for number, piece in enumerate(pieces):
        if number * call["chunk_ms"] == EXTENDED_MS:
            await first.send('{"type":"extend"}')  # ten minutes and a goodbye are more than ten minutes
        await asyncio.sleep(began + (number + 1) * call["chunk_ms"] / 1000 - time.monotonic())
        lines.send(number.to_bytes(4) + piece)
    await first.send('{"type":"close"}')
    await hearing
    await lines.close()
    return {
        "order": lines.order,
        "began_us": round(began * 1e6),
        "states": [one for one in states if one["type"] == "state"],
        "closed": states[-1],
    }


def _pieces(pcm: bytes, chunk_ms: int, codec: str) -> Iterator[bytes]:
    """Each is whole when its last sample has been spoken."""
    size = chunk_ms * BYTES_A_MS
    encode = OpusEncoder().encode if codec == "opus" else bytes
    for at in range(0, len(pcm), size):
        yield encode(pcm[at : at + size])


async def _hear(line: ClientConnection, states: list[dict[str, Any]]) -> None:
    async for text in line:
        states.append(json.loads(text))


def main() -> None:
    """Until the end of the input."""
    host, port, name, password = sys.argv[1:]
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(15))  # a phone has a processor of its own
    phone = Line(host, int(port))
    phone.log_in(name, password)
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        pcm = Path(call["sound"]).read_bytes()
        said = asyncio.run(speak(f"ws://{host}:{port}/api/v1/live", phone.headers(), call, pcm))
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
