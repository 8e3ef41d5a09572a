"""The beginning of a sound that is new goes to the boxes with its order, so that no box has to ask for it first."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence

from audio_library.content import ContentId
from broadcast_server.datagrams import Datagrams
from broadcast_server.doorkeeping import Doorkeeping
from speaker_client.protocol.datagram import pieces
from speaker_client.protocol.ids import BoxId, ClusterId

AGAIN_S = 0.02
"""Everything is said twice, this far apart: what is lost both times is fetched."""


class SendingAlong:
    """Content as datagrams."""

    def __init__(self, doors: Doorkeeping, datagrams: Datagrams) -> None:
        self._doors, self._datagrams = doors, datagrams

    def send(self, content: ContentId, data: bytes, clusters: Container[ClusterId]) -> None:
        """To every box of these clusters, without knowing whether it arrives."""
        boxes = [box.id for box in self._doors.all() if box.cluster in clusters]
        told = pieces(content, data)
        self._say(boxes, told)
        asyncio.get_running_loop().call_later(AGAIN_S, self._say, boxes, told)

    def _say(self, boxes: Sequence[BoxId], told: Sequence[bytes]) -> None:
        for piece in told:
            for box in boxes:
                self._datagrams.send(box, piece)
