"""Following an HLS playlist: its segments in order as one stream of bytes, each URL looked at by the guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from broadcast_server.relay.guard import Refused
from broadcast_server.relay.opening import is_page
from broadcast_server.relay.playlist import Piece, Playlist, Segment, read_playlist
from broadcast_server.relay.reaching import Answer, Reach
from broadcast_server.relay.reason import Failure, Reason

BEHIND = 3
"""So many segments before the newest it begins, as RFC 8216 asks of players."""
PATIENCE_S = 5.0
"""How long playlists or segments may fail before the source is given up."""
AGAIN_S = 0.5
LARGEST_SEGMENT = 30_000_000
_HOPELESS = (Reason.REFUSED_ADDRESS, Reason.NOT_AUDIO, Reason.ENCRYPTED, Reason.UNTRUSTED)


class Following:
    """One pull of one playlist."""

    def __init__(self, reach: Reach, url: str) -> None:
        self._reach, self._url = reach, url
        self._next: int | None = None
        self._head: Piece | None = None
        self._failing_s: float | None = None
        self._failure: Failure | None = None
        """Since when, and how, nothing has come any more."""

    @property
    def trouble(self) -> Failure | None:
        """What is borne with at the moment: why nothing has come since the last chunk, as far as it is known."""
        return self._failure

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The sound as it is published; Failure when it does not come any more. Ends where the playlist does."""
        while True:
            began_s = self._now_s()
            try:
                playlist = await self._read()
                news = self._news(playlist)
                for segment in news:
                    began_s = self._now_s()
                    async with aclosing(self._fetched(segment)) as chunks:
                        async for chunk in chunks:
                            self._failing_s = self._failure = None
                            yield chunk
                    self._next = segment.number + 1
            except (Failure, Refused) as failure:
                self._bear(_as_failure(failure), began_s)
                await asyncio.sleep(AGAIN_S)
                continue
            if playlist.ended and self._failure:
                raise self._failure
            if playlist.ended:
                return
            if not news:
                await asyncio.sleep(max(AGAIN_S, playlist.target_s / 3))

    async def _read(self) -> Playlist:
        """The playlist as it is now, of the variant that was chosen at first."""
        for _ in range(2):
            text, url = await self._reach.text(self._url)
            found = read_playlist(text, url)
            if isinstance(found, Playlist):
                return found
            self._url = found.url
        raise Failure(Reason.NOT_AUDIO, "playlists of playlists of playlists")

    def _news(self, playlist: Playlist) -> tuple[Segment, ...]:
        """What was not fetched yet; near the live edge if this is new, or was begun anew."""
        segments = playlist.segments
        if not segments:
            return ()
        if self._next is None or self._next > segments[-1].number + 1:
            return segments if playlist.ended else segments[-BEHIND:]
        return tuple(segment for segment in segments if segment.number >= self._next)

    async def _fetched(self, segment: Segment) -> AsyncGenerator[bytes]:
        self._next = segment.number + 1  # what breaks off in the middle is not fetched twice
        pieces = [segment.piece]
        if segment.head is not None and segment.head != self._head:
            pieces.insert(0, segment.head)
        for piece in pieces:
            async with self._reach.open(piece.url, piece.extent) as answer, aclosing(_bounded(answer)) as chunks:
                async for chunk in chunks:
                    yield chunk
            if piece is segment.head:
                self._head = piece

    def _bear(self, failure: Failure, began_s: float) -> None:
        """Go on a little: a segment may be missing, a playlist late."""
        if self._failing_s is None:
            self._failing_s = began_s
        self._failure = failure
        if failure.reason in _HOPELESS or self._now_s() - self._failing_s >= PATIENCE_S:
            raise failure

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def _as_failure(error: Failure | Refused) -> Failure:
    return error if isinstance(error, Failure) else Failure(Reason.REFUSED_ADDRESS, error.detail)


async def _bounded(answer: Answer) -> AsyncGenerator[bytes]:
    if is_page(answer.content_type):
        raise Failure(Reason.NOT_AUDIO, answer.content_type)
    size = 0
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size > LARGEST_SEGMENT:
                raise Failure(Reason.NOT_AUDIO, "a segment without end")
            yield chunk
