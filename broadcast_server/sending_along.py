"""The beginning of a sound that is new goes to the boxes with its order, so that no box has to ask for it first."""

from __future__ import annotations

from collections.abc import Container

from audio_library.content import ContentId
from broadcast_server.datagrams import Datagrams
from broadcast_server.doorkeeping import Doorkeeping
from speaker_client.protocol.datagram import pieces
from speaker_client.protocol.ids import ClusterId


class SendingAlong:
    """Content as datagrams."""

    def __init__(self, doors: Doorkeeping, datagrams: Datagrams) -> None:
        self._doors, self._datagrams = doors, datagrams

    def send(self, content: ContentId, data: bytes, clusters: Container[ClusterId]) -> None:
        """Once to every box of these clusters, without knowing whether it arrives: it is said before its order and
        again with it, and what is lost both times is fetched."""
        boxes = [box.id for box in self._doors.all() if box.cluster in clusters]
        for piece in pieces(content, data):
            for box in boxes:
                self._datagrams.send(box, piece)
