"""Takes the body of one request in, batch by batch: what was made durable is counted, whatever happens to the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from broadcast_server.library.turns import Stalled, TakenOver, Turn
from broadcast_server.library.tus import Checksum
from broadcast_server.problem import Problem

BATCH = 1_000_000
"""After so many bytes what has come is made durable,"""
BATCH_S = 5.0
"""or after so many seconds: the most that a power cut costs an upload."""
PATIENCE_S = 60.0
"""How long a line may say nothing."""

Keep = Callable[[int, Sequence[bytes], int], Awaitable[None]]
"""Make these bytes, at that place, durable; from then on so many bytes of the upload count."""


class LineCut(Exception):
    """The line broke."""


class Receiver:
    """One request that adds to an upload of `size` bytes from `at` on."""

    def __init__(self, turn: Turn, at: int, size: int, checksum: Checksum | None, keep: Keep) -> None:
        self._turn, self._size, self._checksum, self._keep = turn, size, checksum, keep
        self._at = self._counted = at
        self._batch: list[bytes] = []
        self._gathered, self._since = 0, asyncio.get_running_loop().time()

    async def receive(self, chunks: AsyncIterator[bytes]) -> int:
        """Where it ended; Problem 400, 408, 409, 413, 460 or 507. After a break all that came is kept, unless a
        checksum was to say whether it is right."""
        try:
            while chunk := await self._turn.next(chunks, PATIENCE_S):
                await self._take(chunk)
        except (TakenOver, Stalled, LineCut, asyncio.CancelledError) as end:
            if self._checksum is None:
                await self._flush()
            if isinstance(end, asyncio.CancelledError):
                raise
            raise _broken_off(end) from end
        await self._flush()
        if self._checksum is not None:
            self._checksum.check()
            await self._keep(self._counted, (), self._at)
        return self._at

    async def _take(self, chunk: bytes) -> None:
        self._batch.append(chunk)
        self._gathered += len(chunk)
        if self._at + self._gathered > self._size:
            vi, en = "Gửi nhiều hơn độ dài đã báo của tệp.", "More was sent than the declared length of the file."
            raise Problem(413, "beyond_upload_length", vi, en, size=self._size)
        if self._checksum is not None:
            self._checksum.update(chunk)
        if self._gathered >= BATCH or asyncio.get_running_loop().time() - self._since >= BATCH_S:
            await self._flush()

    async def _flush(self) -> None:
        if self._gathered:
            end = self._at + self._gathered
            await self._keep(self._at, self._batch, end if self._checksum is None else self._at)
            self._at, self._batch, self._gathered = end, [], 0
        self._since = asyncio.get_running_loop().time()


def _broken_off(end: Exception) -> Problem:
    if isinstance(end, TakenOver):
        vi, en = "Tệp này đang được gửi tiếp ở một kết nối khác.", "This upload goes on over another connection."
        return Problem(409, "upload_taken_over", vi, en)
    if isinstance(end, Stalled):
        vi, en = "Đường truyền im quá lâu. Hãy gửi tiếp.", "The line was silent for too long. Go on."
        return Problem(408, "upload_stalled", vi, en)
    vi, en = "Mất kết nối khi đang gửi. Hãy gửi tiếp.", "The connection was lost while sending. Go on."
    return Problem(400, "upload_cut", vi, en)
