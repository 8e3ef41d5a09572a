"""Content that the station sends along with an order, piece by piece as datagrams, so that nothing has to be asked for.

A piece proves nothing; the whole counts if it has the hash that a signed order names. What is lost is fetched as ever.
"""

from __future__ import annotations

from collections.abc import Container

from audio_library.content import ContentId
from speaker_client.protocol.datagram import PIECE_BYTES, read_piece

MOST_CONTENTS = 8
"""That nobody is known to need: a piece may come before its order."""
MOST_BYTES = 64 * 1024
"""Of one content: more than is ever sent so."""


class Pieces:
    """What has come so far, the newest contents and those that are needed. Of two that differ the first is kept."""

    def __init__(self) -> None:
        self._came: dict[ContentId, dict[int, bytes]] = {}

    def take(self, datagram: bytes, needed: Container[ContentId] = ()) -> ContentId | None:
        """The content that this is a piece of; None if it is none. Nothing that is `needed` makes room for it."""
        piece = read_piece(datagram)
        if piece is None or piece.at + len(piece.data) > MOST_BYTES:
            return None
        self._came.setdefault(piece.content, {}).setdefault(piece.at, piece.data)
        spare = [content for content in self._came if content not in needed]
        for content in spare[:-MOST_CONTENTS]:
            del self._came[content]
        return piece.content

    def whole(self, content: ContentId, size: int) -> bytes | None:
        """All of it, its hash still unchecked; None while something is missing.

        What cannot be a piece of so many bytes is dropped, so that it stands in no other's way.
        """
        came = self._came.get(content, {})
        for at in [at for at, data in came.items() if len(data) != min(PIECE_BYTES, size - at)]:
            del came[at]
        data = b"".join(came[at] for at in sorted(came))
        return data if len(data) == size else None

    def forget(self, content: ContentId) -> None:
        """It is here by now, or was not what it should be."""
        self._came.pop(content, None)
