"""WebSockets as we serve them: whoever takes nothing from us is not listened to."""

from __future__ import annotations

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class StationSocket(WebSocketsSansIOProtocol):
    """uvicorn's own, but answers to pings do not heap up for somebody who sends them and reads nothing."""

    def pause_writing(self) -> None:
        """What we have said already is not taken: read no more until it is."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It is: read again, unless a message waits to be taken by us."""
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        """The next message; that one was taken is no reason to read more of somebody who takes nothing."""
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message
