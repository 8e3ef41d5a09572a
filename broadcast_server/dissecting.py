"""Documents are opened and told apart beside the requests, one at a time."""

from __future__ import annotations

import asyncio

from audio_library.extraction.extract import Extract, extract
from audio_library.refusal import Refusal
from broadcast_server.document_view import DocumentJson, Wish, document_json
from broadcast_server.library.incoming import refused
from broadcast_server.problem import Problem

MOST_WAITING = 8
AGAIN_AFTER_S = 10


class Dissecting:
    """Opens documents; whoever has to wait too long is told to come again."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def file(self, data: bytes, wish: Wish) -> DocumentJson:
        """The parts of a file. Problem 422 with the code of the Refusal, 503 `documents_busy`."""
        return await self._in_turn(data, wish)

    async def text(self, text: str, wish: Wish) -> DocumentJson:
        """The parts of a text that was pasted; 503 `documents_busy`."""
        return await self._in_turn(text, wish)

    async def _in_turn(self, given: bytes | str, wish: Wish) -> DocumentJson:
        if self._waiting >= MOST_WAITING:
            vi = "Máy chủ đang mở nhiều văn bản khác. Xin thử lại sau ít giây."
            en = "The server is opening other documents. Try again in some seconds."
            raise Problem(503, "documents_busy", vi, en, retry_after_s=AGAIN_AFTER_S)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(_dissected, given, wish)
        except Refusal as refusal:
            raise refused(refusal) from refusal
        finally:
            self._waiting -= 1


def _dissected(given: bytes | str, wish: Wish) -> DocumentJson:
    return document_json(extract(given) if isinstance(given, bytes) else Extract(given), wish)
