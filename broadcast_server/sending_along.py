"""The beginning of a sound that is new goes to the boxes with its order, so that no box has to ask for it first."""

from __future__ import annotations

import asyncio
from collections.abc import Container

from audio_library.content import ContentId
from broadcast_server.datagrams import Datagrams
from broadcast_server.doorkeeping import Doorkeeping
from speaker_client.protocol.datagram import pieces
from speaker_client.protocol.ids import ClusterId

ECHO_S = 0.03
"""Behind the order and its echoes, which nothing may hold up."""


class SendingAlong:
    """Content as datagrams."""

    def __init__(self, doors: Doorkeeping, datagrams: Datagrams) -> None:
        self._doors, self._datagrams = doors, datagrams

    def send(self, content: ContentId, data: bytes, clusters: Container[ClusterId]) -> None:
        """Once to every box of these clusters, without knowing whether it arrives: it is said before its order, with
        it and soon after it, and what is lost each time is fetched."""
        boxes = [box.id for box in self._doors.all() if box.cluster in clusters]
        for piece in pieces(content, data):
            for box in boxes:
                self._datagrams.send(box, piece)

    def send_again(self, content: ContentId, data: bytes, clusters: Container[ClusterId]) -> None:
        """The same now and a little later. A beginning is some 60 datagrams to a village: of a hundred that are lost
        one is lost twice, and whoever has to fetch it begins a quarter of a second late."""
        self.send(content, data, clusters)
        asyncio.get_running_loop().call_later(ECHO_S, self.send, content, data, clusters)
