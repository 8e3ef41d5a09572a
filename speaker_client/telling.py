"""What the box tells the station of itself: every report until it is acknowledged, and a heartbeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from speaker_client.identity import Card
from speaker_client.listener import Listener
from speaker_client.memory import Memory
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.packing import pack
from speaker_client.protocol.report import Heartbeat, chain_hash
from speaker_client.protocol.signature import SigningKey
from speaker_client.reporter import unsent
from speaker_client.sync import Now
from speaker_client.uplink import StationRefused, StationUnreachable, Uplink
from speaker_client.waiting import not_reached, pause, reached, until

log = logging.getLogger(__name__)

GATHER_S = 0.2
"""From news in the journal to handing it in: an order taken and its first sample are one call, which is made when it
sounds. The fast answer to an order goes another way."""
LOOK_S = 5.0
QUIET_S = 300.0
"""Between heartbeats that tell nothing new; station and box know by the hails that the other is there."""
VOICE_BEAT_S = 1.0
"""How often the station is told how a live voice comes in, so that it gives it the lead it needs."""


class Reporting:
    """Hands in the journal's reports in order; `told` is set when there may be new ones, `back` when the station was
    reached again by another question, and `on_back` is called when it is by this one."""

    def __init__(
        self,
        uplink: Uplink,
        listener: Listener,
        memory: Memory,
        card: Card,
        key: SigningKey,
        now: Callable[[], Now],
        told: asyncio.Event,
        back: asyncio.Event,
        on_back: Callable[[], None],
    ) -> None:
        self._uplink, self._listener, self._memory = uplink, listener, memory
        self._card, self._key, self._now = card, key, now
        self._told, self._back, self._on_back = told, back, on_back

    async def report(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            self._told.clear()
            batch = unsent(self._memory, self._card.station, self._card.box)
            if batch is None:
                await until(self._told, 300.0)
                await asyncio.sleep(GATHER_S)
                continue
            try:
                ack = await self._uplink.hand_in(batch.seal([self._key]))
                if failures:
                    self._on_back()
                failures = reached(failures)
            except (StationUnreachable, StationRefused) as error:
                failures = not_reached("reports", error, failures)
                if isinstance(error, StationRefused):
                    self._listener.forked(error.more.get("fork"), chain_hash(batch.reports[-1]), self._now())
                await until(self._back, pause(failures))
                continue
            if not self._listener.acknowledgement(ack, self._now()):
                log.warning("the acknowledgement of reports is not the station's word on them")
                await asyncio.sleep(pause(3))


class Heartbeats:
    """Sends what `heartbeat` gives: by `publish`, which tells whether it went, else over HTTP.

    Sooner when `pulse` is set, every second while `hears_voice`, seldom while there is nothing new to tell and the
    station knows without it that we live and are reached, as `is_heard` says.
    """

    def __init__(
        self,
        uplink: Uplink,
        listener: Listener,
        key: SigningKey,
        heartbeat: Callable[[], Heartbeat],
        publish: Callable[[bytes], Awaitable[bool]],
        hears_voice: Callable[[], bool],
        is_heard: Callable[[], bool],
        pulse: asyncio.Event,
    ) -> None:
        self._uplink, self._listener, self._key, self._heartbeat = uplink, listener, key, heartbeat
        self._publish, self._hears_voice, self._is_heard, self._pulse = publish, hears_voice, is_heard, pulse

    async def beat(self) -> None:
        """Until cancelled."""
        beat = self._heartbeat()
        while True:
            told = await self._tell(beat.seal([self._key]))
            beat = await self._next(news_of(beat) if told else None)

    async def _tell(self, beat: Envelope) -> bool:
        """Whether it arrived."""
        if await self._publish(pack(beat.encode())):
            return True
        try:
            await self._uplink.heartbeat(beat)
        except (StationUnreachable, StationRefused) as error:
            log.debug("heartbeat not delivered: %s", error)
            return False
        return True

    async def _next(self, told: Heartbeat | None) -> Heartbeat:
        """The next, once it is due. That is looked at again and again: the road of the hails may close at any time."""
        clock = asyncio.get_running_loop().time
        began_s = clock()
        while not await until(self._pulse, VOICE_BEAT_S if self._hears_voice() else LOOK_S):
            rest_s = clock() - began_s
            if self._hears_voice() or rest_s >= QUIET_S:
                break
            config = self._listener.config
            if rest_s >= (config.heartbeat_us / SECOND if config else 55.0):
                beat = self._heartbeat()
                if not self._is_heard() or news_of(beat) != told:
                    return beat
        return self._heartbeat()


def news_of(beat: Heartbeat) -> Heartbeat:
    """What is worth telling in a heartbeat: all but the time at which it is said."""
    return beat.model_copy(update={"not_before_us": 0, "expires_us": 0, "clock_error_us": None})
