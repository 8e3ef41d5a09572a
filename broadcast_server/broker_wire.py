"""What one connection to the embedded broker reads and writes: bounded in size and in time, unlike amqtt's own."""

from __future__ import annotations

import asyncio
import logging

from amqtt.adapters import ReaderAdapter, StreamWriterAdapter
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler

from speaker_client.protocol.account import MESSAGE_LIMIT

log = logging.getLogger(__name__)

PACKET_LIMIT = MESSAGE_LIMIT + 512
"""Bytes after the fixed header: the largest message, its topic and a little more."""
BODY_S = 20.0
"""A packet that was begun must be whole by then."""
DRAIN_S = 10.0
"""A peer that reads nothing for so long while data waits is gone."""
LENGTH_DIGITS = 4


class PacketReader(ReaderAdapter):  # type: ignore[misc] # amqtt has no types
    """Hands out whole packets. One that is too large, or malformed in length, is the end of the connection."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._packet = b""
        self._at = 0
        self._ended = False

    def feed_eof(self) -> None:
        """Read no more; what follows looks like a closed connection."""
        self._ended = True

    async def read(self, n: int = -1) -> bytes:
        """Exactly `n` bytes; IncompleteReadError at the end."""
        if n == 0:
            return b""
        if self._at == len(self._packet):
            self._packet, self._at = await self._next(), 0
        piece = self._packet[self._at : self._at + n]
        self._at += len(piece)
        if len(piece) < n:
            raise asyncio.IncompleteReadError(piece, n)
        return piece

    async def _next(self) -> bytes:
        await asyncio.sleep(0)  # the packet before is dealt with before this one, or the end, is seen
        head = await self._exactly(1)
        length = 0
        for digit in range(LENGTH_DIGITS):
            byte = await self._exactly(1)
            head += byte
            length |= (byte[0] & 0x7F) << (7 * digit)
            if byte[0] < 0x80:
                return head + await self._body(length)
        self._ended = True
        return await self._exactly(1)

    async def _body(self, length: int) -> bytes:
        if length > PACKET_LIMIT:
            log.warning("a packet of %d bytes was refused and its connection closed", length)
            self._ended = True
        async with asyncio.timeout(BODY_S):
            return await self._exactly(length)

    async def _exactly(self, n: int) -> bytes:
        if self._ended:
            raise asyncio.IncompleteReadError(b"", n)
        return await self._stream.readexactly(n)


class PacketWriter(StreamWriterAdapter):  # type: ignore[misc] # amqtt has no types
    """Never waits for ever for a peer that does not read."""

    async def drain(self) -> None:
        """Wait until the peer has taken enough; ConnectionResetError when it takes nothing."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await super().drain()
        except TimeoutError:
            self._writer.transport.abort()
            raise ConnectionResetError("the peer does not read") from None

    async def close(self) -> None:
        """Close at once; what the peer has not taken by now is dropped."""
        self.is_closed = True
        transport = self._writer.transport
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()


class ConnectionHandler(BrokerProtocolHandler):  # type: ignore[misc] # amqtt has no types
    """amqtt's handler, which by itself lets a silent connection live for ever."""

    def handle_read_timeout(self) -> None:
        """Nothing within the keepalive: the connection is over, and its last will is due."""
        if self.reader is not None:
            self.reader.feed_eof()

    async def stop(self) -> None:
        """End the reading too: Python 3.11's wait_for may lose the cancellation that amqtt counts on."""
        self.handle_read_timeout()
        await super().stop()
