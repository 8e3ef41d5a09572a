"""The box answers an order at once, by both fast roads; the report that lasts follows over HTTP."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from speaker_client.datagrams import Datagrams
from speaker_client.protocol.datagram import HEARD, Heard, datagram, fingerprint
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import MINUTE, BoxId, OrderId, StationId
from speaker_client.protocol.packing import pack
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.sync import Now

REMEMBERED = 64


class Answering:
    """Signs one answer an order. When the order comes again the same answer goes again, as a datagram alone."""

    def __init__(
        self,
        station: StationId,
        box: BoxId,
        key: SigningKey,
        datagrams: Datagrams | None,
        publish: Callable[[bytes], Awaitable[object]],
    ) -> None:
        self._station, self._box, self._key = station, box, key
        self._datagrams, self._publish = datagrams, publish
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._by_broker: asyncio.Queue[bytes] = asyncio.Queue()

    def answer(self, order: Envelope, now: Now) -> None:
        """The order is on the disk and obeyed."""
        what = fingerprint(order)
        if what not in self._answers:
            self._answers[what] = self._signed(order, what, now)
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
            self._by_broker.put_nowait(pack(self._answers[what]))
        said = datagram(HEARD, self._answers[what])
        if self._datagrams and said:
            self._datagrams.send(said)

    async def run(self) -> None:
        """Say by the broker what is to be said there, until cancelled."""
        while True:
            await self._publish(await self._by_broker.get())

    def _signed(self, order: Envelope, what: str, now: Now) -> bytes:
        at_us, known = now.utc_us or 0, payload_of(order).get("id")
        heard = Heard(
            station=self._station,
            audience=WHOLE_STATION,
            seq=1,
            not_before_us=at_us,
            expires_us=at_us + 10 * MINUTE,
            box=self._box,
            what=what,
            order=OrderId(known) if known else None,
        )
        return heard.seal([self._key]).encode()
