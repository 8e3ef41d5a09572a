"""Composition root of the box: real clock, disk, network and sound around the cores, their loops in one TaskGroup.

A task that fails ends the group and the process; the supervisor starts it again, and the journal knows
where it was.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from speaker_client.answering import Answering
from speaker_client.asking import Asking
from speaker_client.cache import Bounds, Cache
from speaker_client.clock import Clock, ClockKeeping
from speaker_client.conductor import Conductor
from speaker_client.datagrams import Datagrams
from speaker_client.deck import DeckEvent
from speaker_client.dimming import dimmed_cb
from speaker_client.emission import Emission
from speaker_client.floor import Floor
from speaker_client.hailing import Hailing
from speaker_client.health import Health, notify_supervisor
from speaker_client.holdings import CacheHoldings
from speaker_client.identity import Card, device_key, machine_boot
from speaker_client.inspecting import Inspecting
from speaker_client.join import first_config
from speaker_client.journal import SqliteJournal
from speaker_client.link import Link, alert_line, routine_line
from speaker_client.listener import Listener
from speaker_client.orders import Orders
from speaker_client.output import Trouble
from speaker_client.output_choice import choose
from speaker_client.playing import Playing, sound
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.datagram import HAILED, ORDER, PIECE
from speaker_client.protocol.envelope import Envelope, Malformed
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.live import MAGIC
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.patience import LinkState
from speaker_client.protocol.report import Booted, Heartbeat
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.proving import Proving
from speaker_client.reporter import Reporter
from speaker_client.sensor_choice import choose_sensor
from speaker_client.stock import Stock
from speaker_client.sync import recalled
from speaker_client.telling import Heartbeats, Reporting
from speaker_client.timekeeper import Timekeeper, mono_us
from speaker_client.tuner import Tuner
from speaker_client.turntable import Turntable
from speaker_client.upkeep import Upkeep, watch
from speaker_client.uplink import Uplink
from speaker_client.warming import warm

SOFTWARE = "tienglang-speaker 0.1.0"
ALERT_KEEPALIVE_S = 240
"""The other line tells sooner that the road is dead; this one only has to keep it open."""


class Agent:
    """One running box."""

    def __init__(self, folder: Path, card: Card, output: str, sensor: str = "none") -> None:
        began_mono_us = mono_us()
        self._card = card
        self._loop = asyncio.get_running_loop()
        self._stir, self._news, self._told, self._pulse, self._ailing = (asyncio.Event() for _ in range(5))
        self._back = asyncio.Event()
        self._messaged, self._doubted = asyncio.Event(), asyncio.Event()
        self._deck_events: asyncio.Queue[DeckEvent] = asyncio.Queue()
        self._boot = secrets.token_hex(8)
        self._machine_boot = machine_boot()
        self._key = device_key(folder)
        self._journal = SqliteJournal(folder / "journal.db")
        memory = self._journal.memory
        self._clock = Clock(recalled(memory.anchor, self._machine_boot, began_mono_us), self._machine_boot)
        now = self._clock.now
        self._reporter = Reporter(memory, card.box, self._boot)
        self._health = Health(lambda: self._loop.call_soon_threadsafe(self._ailing.set))
        config = first_config(self._journal, card)
        self._cache = Cache(folder / "content", _bounds(config))
        self._cache.scan()
        self._tuner = Tuner(on_live=self._doubted.set)
        self._turntable = Turntable(config.loudspeakers, self._from_deck, self._tuner, self._from_reader)
        emission = Emission(self._turntable, self._turntable.channels)
        chosen = choose_sensor(sensor, emission.contour, [one.number for one in config.loudspeakers])
        self._proving = Proving(chosen, emission, self._health.trouble) if chosen else None
        self._source = emission if chosen else self._turntable
        self._output = choose(output, self._turntable.channels, self._health.trouble, self._clock.utc_us)
        holdings = CacheHoldings(self._cache)
        self._floor = Floor(self._journal, self._turntable, holdings)
        self._conductor = Conductor(self._journal, self._floor, self._reporter)
        orders = Orders(
            self._journal, self._floor, self._conductor, self._reporter,
            lambda item: self._stock.arrivals.expect(item),
        )  # fmt: skip
        self._listener = Listener(
            card.identity(), self._journal, orders, self._reporter,
            self._configure, self._answer, self._doubted.set,
        )  # fmt: skip
        self._uplink = Uplink(card.server, card.identity(), card.access, self._health.trouble)
        timekeeper = Timekeeper(card.box, self._listener, self._uplink, card.time_port, now)
        self._clock_keeping = ClockKeeping(
            self._clock, timekeeper, self._listener, self._doubted, self._stir,
            self._ask_anew, self._news.set, self._tuner.keep_in_step, self._hears_voice,
        )  # fmt: skip
        self._hailing = Hailing(
            card.box, card.access, lambda: now().utc_us, self._pulse.set,
            linked=self._has_hints, on_deaf=self._doubted.set,
        )  # fmt: skip
        self._stock = Stock(
            self._cache, holdings, self._turntable, self._listener, memory, self._uplink.client, now, self._stir,
            lambda: self._hailing.heard,
        )  # fmt: skip
        self._inspecting = Inspecting(self._cache, self._listener, memory, now, self._on_damaged)
        self._stock.take()
        self._asking = Asking(
            self._uplink, self._listener, now, self._news, self._has_hints, self._stock.restock, self._on_back
        )
        self._reporting = Reporting(
            self._uplink, self._listener, memory, card, self._key, now, self._told, self._back, self._on_back
        )
        self._heartbeats = Heartbeats(
            self._uplink, self._listener, self._key, self._heartbeat, self._publish,
            self._hears_voice, self._is_heard, self._pulse,
        )  # fmt: skip
        self._playing = Playing(self._conductor, now, began_mono_us, self._stir, self._told)
        self._upkeep = Upkeep(self._journal, self._cache, self._listener, self._reporter, self._health, now, self._told)
        self._datagrams = self._make_datagrams()
        self._answering = Answering(card.station, card.box, self._key, self._datagrams, self._publish)
        self._lines = self._make_lines()
        self._link = self._lines[0] if self._lines else None

    async def run(self) -> None:
        """Live until cancelled."""
        self._journal.commit(
            self._reporter.lines([Booted(software=SOFTWARE, machine_boot=self._machine_boot)], self._clock.now())
        )
        warm()
        notify_supervisor("READY=1")
        try:
            async with asyncio.TaskGroup() as tasks:
                for loop in self._loops():
                    tasks.create_task(loop)
        finally:
            self._output.close()
            self._turntable.close()
            await self._uplink.close()
            self._journal.close()

    def _loops(self) -> Iterator[Coroutine[None, None, None]]:
        yield sound(self._output, self._source, self._health)
        yield self._playing.play()
        yield self._clock_keeping.keep_time()
        yield self._asking.pull()
        yield self._stock.fetcher.run()
        yield self._reporting.report()
        yield self._playing.hear_deck(self._deck_events)
        yield self._upkeep.tell_faults(self._ailing)
        yield self._heartbeats.beat()
        yield self._inspecting.inspect()
        yield self._upkeep.tidy()
        yield watch(self._turntable, self._output)
        yield self._dim_by_the_hour()
        for line in self._lines:
            yield line.run()
        yield self._answering.run()
        yield self._stock.after_messages(self._messaged)
        yield self._stock.make_durable()
        if self._datagrams:
            yield self._datagrams.run()
        if self._proving:
            yield self._playing.measure(self._proving, self._clock.utc_us, self._health.trouble)

    # -- the house ---------------------------------------------------------------------------------------

    def _configure(self, config: BoxConfig) -> None:
        self._turntable.configure(config.loudspeakers)
        self._cache.bounds = _bounds(config)

    async def _dim_by_the_hour(self) -> None:
        """Whatever the config and the clock say now, each second."""
        now_cb = 0
        while True:
            config = self._listener.config
            cb = dimmed_cb(config.hours_cb if config else (), self._clock.now().utc_us)
            if cb != now_cb:
                self._turntable.dim(cb)
                now_cb = cb
            await asyncio.sleep(1)

    def _from_deck(self, event: DeckEvent) -> None:
        self._loop.call_soon_threadsafe(self._deck_events.put_nowait, event)

    def _from_reader(self, damaged: Path) -> None:
        self._loop.call_soon_threadsafe(self._inspecting.suspect, damaged)

    def _on_damaged(self) -> None:
        """The fault is told before the content is here again."""
        self._upkeep.look_at_the_cache()
        self._stock.fetch_anew()

    # -- the station -------------------------------------------------------------------------------------

    def _ask_anew(self) -> None:
        """What was refused for its time is asked for again, and the station told at once where we are."""
        self._asking.anew()
        if self._datagrams:
            self._datagrams.renew()

    def _has_hints(self) -> bool:
        return self._link is not None and self._link.state is LinkState.ONLINE

    def _on_back(self) -> None:
        """The station answered one question again: whatever else waits to try it need not."""
        self._back.set()
        self._news.set()
        self._stock.fetcher.back()
        for line in self._lines:
            line.hurry()

    def _hears_voice(self) -> bool:
        return self._tuner.listening

    def _is_heard(self) -> bool:
        """By our hails; without the line to the broker more than that is to be shown to work."""
        return self._hailing.heard and self._has_hints()

    async def _publish(self, data: bytes) -> bool:
        return self._link is not None and await self._link.publish(data)

    def _heartbeat(self) -> Heartbeat:
        failing = self._journal.failing
        self._health.trouble(Trouble("disk_failing", failing, bool(failing)))
        memory, now = self._journal.memory, self._clock.now()
        plan = max((seq for (_, kind, _), seq in memory.streams.items() if kind == "plan"), default=0)
        return Heartbeat(
            station=self._card.station,
            audience=WHOLE_STATION,
            seq=memory.n,
            not_before_us=now.utc_us or 0,
            expires_us=(now.utc_us or 0) + 10 * MINUTE,
            boot=self._boot,
            n=memory.n,
            head=memory.head,
            plan=plan,
            on_air=self._floor.on_air,
            clock=now.trust,
            clock_error_us=now.error_us,
            missing=len(self._cache.missing()),
            faults=self._health.standing(),
            voice=self._tuner.how_it_comes(),
        )

    def _make_lines(self) -> list[Link]:
        """The line for hints and heartbeats, and one that carries nothing but alarms and stops."""
        broker, card = self._card.broker, self._card
        if broker is None:
            return []
        host = broker.host or urlsplit(card.server).hostname or ""
        tls = ssl.create_default_context(cadata=broker.authority) if broker.tls else None
        routine = routine_line(host, broker.port, card.station, card.box, card.access, tls)
        alarms = alert_line(host, broker.port, card.station, card.box, card.access, tls)
        return [
            Link(routine, self._on_message, self._on_link),
            Link(replace(alarms, keepalive_s=ALERT_KEEPALIVE_S), self._on_message),
        ]

    def _make_datagrams(self) -> Datagrams | None:
        """The socket by which orders come straight from the station."""
        card = self._card
        if card.time_port is None:
            return None
        host = urlsplit(card.server).hostname or ""
        datagrams = Datagrams(host, card.time_port, self._hailing.hail, self._is_missed)
        datagrams.on(HAILED, self._hailing.hear)
        datagrams.on(ORDER, self._on_datagram)
        datagrams.on(PIECE, self._stock.arrivals.hear)
        datagrams.on(MAGIC[:1], self._tuner.hear)
        return datagrams

    def _is_missed(self) -> bool:
        return self._tuner.missed or self._hailing.unsure

    def _on_datagram(self, data: bytes) -> None:
        try:
            order = unpack(data[len(ORDER) :])
        except Malformed:
            return
        self._on_message(order)

    def _answer(self, order: Envelope) -> None:
        self._answering.answer(order, self._clock.now())

    def _on_message(self, data: bytes) -> None:
        if self._tuner.hear(data):
            return
        tag = self._listener.command(data, self._clock.now())
        if self._tuner.listening:
            self._pulse.set()
        if tag and tag != self._asking.etag:
            self._news.set()
        self._messaged.set()
        self._stock.fetch_at_once()

    def _on_link(self, state: LinkState) -> None:
        if state in (LinkState.ONLINE, LinkState.OFFLINE):
            self._news.set()  # also when hints stop coming: from here on the box asks and waits by itself
        if state is LinkState.ONLINE:
            self._pulse.set()
            if self._datagrams:
                self._datagrams.renew()


def _bounds(config: BoxConfig) -> Bounds:
    return Bounds(config.cache_bytes, config.disk_floor_bytes)
