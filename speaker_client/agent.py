"""Composition root of the box: real clock, disk, network and sound around the cores, in one TaskGroup.

A task that fails ends the group and the process; the supervisor starts it again, and the journal knows
where it was.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from speaker_client.answering import Answering
from speaker_client.cache import Bounds, Cache, Need, NoRoom
from speaker_client.conductor import Conductor, needed
from speaker_client.datagrams import Datagrams
from speaker_client.deck import DeckEvent
from speaker_client.emission import Emission
from speaker_client.fetch import Fetcher
from speaker_client.health import Health, notify_supervisor
from speaker_client.holdings import CacheHoldings, needs
from speaker_client.identity import Card, device_key, machine_boot
from speaker_client.join import first_config
from speaker_client.journal import SqliteJournal
from speaker_client.link import Link, alert_line, routine_line
from speaker_client.listener import Listener
from speaker_client.memory import Forgot
from speaker_client.output import OutputFault, Trouble
from speaker_client.output_choice import choose
from speaker_client.protocol.bundle import LONGEST_WAIT_S, Bundle
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.datagram import ORDER, hail
from speaker_client.protocol.envelope import Envelope, Malformed
from speaker_client.protocol.ids import DAY, MINUTE, SECOND
from speaker_client.protocol.live import MAGIC
from speaker_client.protocol.packing import pack, unpack
from speaker_client.protocol.patience import LinkState
from speaker_client.protocol.report import Booted, Heartbeat, chain_hash
from speaker_client.protocol.statement import WHOLE_STATION
from speaker_client.proving import Proving
from speaker_client.reporter import Reporter, unsent
from speaker_client.sensor_choice import choose_sensor
from speaker_client.sync import Now, recalled
from speaker_client.timekeeper import BURST, Timekeeper, mono_us
from speaker_client.transfer import FetchFailed
from speaker_client.tuner import Tuner
from speaker_client.turntable import Turntable
from speaker_client.uplink import News, StationRefused, StationUnreachable, Uplink

log = logging.getLogger(__name__)

SOFTWARE = "tienglang-speaker 0.1.0"
RESYNC_S = 1800
SETTLED_BURST = 2
"""Exchanges a time once the clock is known: each costs 800 bytes."""
LEAST_BETWEEN_PULLS_S = 1.0
UNHINTED_WAIT_S = 50
"""Without hints the open question is the only road; it is asked anew so soon since the road may be dead unnoticed."""
HINTED_S = 20.0
ALERT_KEEPALIVE_S = 240
"""The other line tells sooner that the road is dead; this one only has to keep it open."""
RETRY_OUTPUT_S = 10.0
MEASURE_S = 0.5
VOICE_BEAT_S = 1.0
"""How often the station is told how a live voice comes in, so that it gives it the lead it needs."""
STALLED_US = 10 * SECOND
ASIDE_S = 0.05
REPORTS_KEPT = 10_000
"""Acknowledged reports that stay on the box besides."""


class Agent:
    """One running box."""

    def __init__(self, folder: Path, card: Card, output: str, sensor: str = "none") -> None:
        self._card, self._began_mono = card, mono_us()
        self._loop = asyncio.get_running_loop()
        self._stir, self._news, self._told, self._pulse, self._ailing = (asyncio.Event() for _ in range(5))
        self._messaged = asyncio.Event()
        self._deck_events: asyncio.Queue[DeckEvent] = asyncio.Queue()
        self._boot = secrets.token_hex(8)
        self._machine_boot = machine_boot()
        self._key = device_key(folder)
        self._journal = SqliteJournal(folder / "journal.db")
        memory = self._journal.memory
        self._timeline = recalled(memory.anchor, self._machine_boot, self._began_mono)
        self._reporter = Reporter(memory, card.box, self._boot)
        self._health = Health(lambda: self._loop.call_soon_threadsafe(self._ailing.set))
        config = first_config(self._journal, card)
        self._cache = Cache(folder / "content", _bounds(config))
        self._cache.scan()
        self._tuner = Tuner()
        self._turntable = Turntable(config.loudspeakers, self._from_deck, self._tuner)
        emission = Emission(self._turntable, self._turntable.channels)
        chosen = choose_sensor(sensor, emission.contour, [one.number for one in config.loudspeakers])
        self._proving = Proving(chosen, emission, self._health.trouble) if chosen else None
        self._source = emission if chosen else self._turntable
        self._output = choose(output, self._turntable.channels, self._health.trouble, self._utc_us)
        self._conductor = Conductor(self._journal, self._turntable, CacheHoldings(self._cache), self._reporter)
        self._listener = Listener(
            card.identity(), self._journal, self._conductor, self._reporter, self._configure, self._answer
        )
        self._uplink = Uplink(card.server, card.identity(), card.access, self._health.trouble)
        self._timekeeper = Timekeeper(card.box, self._listener, self._uplink, card.time_port, self._now)
        self._fetcher = Fetcher(
            self._uplink.client,
            self._cache,
            random.random,
            lambda: self._now().utc_us,
            lambda _content: self._stir.set(),
            self._not_fetched,
        )
        self._stock()
        self._etag: str | None = None
        self._datagrams = self._make_datagrams()
        self._answering = Answering(card.station, card.box, self._key, self._datagrams, self._publish)
        self._lines = self._make_lines()
        self._link = self._lines[0] if self._lines else None

    async def run(self) -> None:
        """Live until cancelled."""
        self._journal.commit(
            self._reporter.lines([Booted(software=SOFTWARE, machine_boot=self._machine_boot)], self._now())
        )
        notify_supervisor("READY=1")
        try:
            async with asyncio.TaskGroup() as tasks:
                for task in (self._sound, self._play, self._keep_time, self._pull, self._fetcher.run, self._report):
                    tasks.create_task(task(), name=task.__name__)
                for task in (self._hear_deck, self._tell_faults, self._beat, self._inspect, self._tidy, self._watch):
                    tasks.create_task(task(), name=task.__name__)
                for line in self._lines:
                    tasks.create_task(line.run(), name="line")
                tasks.create_task(self._answering.run(), name="answers")
                tasks.create_task(self._after_messages(), name="after messages")
                if self._datagrams:
                    tasks.create_task(self._datagrams.run(), name="datagrams")
                if self._proving:
                    tasks.create_task(self._measure(self._proving), name="measure")
        finally:
            self._output.close()
            if self._proving:
                self._proving.close()
            self._turntable.close()
            await self._uplink.close()
            self._journal.close()

    # -- the floor ---------------------------------------------------------------------------------------

    async def _sound(self) -> None:
        """Start the output; one that cannot be had yet is a fault, and asked for again."""
        while True:
            try:
                self._output.start(self._source)
            except OutputFault as fault:
                self._health.trouble(Trouble(fault.code, fault.detail, raised=True))
                await asyncio.sleep(RETRY_OUTPUT_S)
                continue
            for code in self._health.standing():
                if code.startswith("audio_"):
                    self._health.trouble(Trouble(code, "", raised=False))
            return

    async def _play(self) -> None:
        while True:
            self._conductor.awake(self._now(), self._began_mono)
            wake = self._conductor.tick(self._now())
            self._told.set()
            await _until(self._stir, (wake - mono_us()) / SECOND)

    def _from_deck(self, event: DeckEvent) -> None:
        self._loop.call_soon_threadsafe(self._deck_events.put_nowait, event)

    async def _hear_deck(self) -> None:
        """In a task, since what fails in the loop's own callbacks is only logged: the event would be lost."""
        while True:
            self._conductor.heard(await self._deck_events.get(), self._now())
            self._stir.set()

    async def _measure(self, proving: Proving) -> None:
        """In a thread, since comparing takes some milliseconds that a command must not wait for."""
        while True:
            await asyncio.sleep(MEASURE_S)
            for said in await asyncio.to_thread(proving.look, mono_us(), self._utc_us):
                self._conductor.measured(said, self._now())
                self._told.set()

    def _now(self) -> Now:
        return self._timeline.now(mono_us())

    # -- the station -------------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        pause, settled = 1.0, False
        while True:
            burst = await self._timekeeper.burst(SETTLED_BURST if settled and pause >= RESYNC_S else BURST)
            before, self._timeline = self._timeline, self._timeline.after(burst, self._machine_boot)
            usable = self._timeline is not before
            self._listener.anchored(self._timeline)
            if usable and not settled:
                self._news.set()
            self._stir.set()
            settled = usable
            pause = min(RESYNC_S if usable else 60.0, pause * 3)
            await asyncio.sleep(pause * (0.75 + secrets.randbelow(500) / 1000))

    async def _pull(self) -> None:
        failures, pulled = 0, 0
        while True:
            await asyncio.sleep(max(0.0, LEAST_BETWEEN_PULLS_S - (mono_us() - pulled) / SECOND))
            self._news.clear()
            pulled = mono_us()
            try:
                news = await self._ask()
                failures = self._reached(failures)
            except (StationUnreachable, StationRefused) as error:
                failures = self._not_reached("bundle", error, failures)
                await _until(self._news, _pause(failures))
                continue
            if news:
                self._take(news.bundle, news.etag)
            if not self._etag:
                await _until(self._news, 2.0)

    async def _ask(self) -> News | None:
        """What is new. The question always stands open: our line to the broker may hold, and the station's be down.

        News that were hinted at must come by it soon; if not, its road is dead, and the caller asks anew.
        """
        asking = asyncio.create_task(self._uplink.bundle(self._etag, self._patience_s()))
        hinted = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({asking, hinted}, return_when=asyncio.FIRST_COMPLETED)
            async with asyncio.timeout(HINTED_S):
                return await asking
        except TimeoutError:
            return None
        finally:
            asking.cancel()
            hinted.cancel()

    def _patience_s(self) -> int:
        """How long the station may wait for news before it answers that there are none."""
        if not self._etag:
            return 0
        hints = self._link is not None and self._link.state is LinkState.ONLINE
        config = self._listener.config
        return min(LONGEST_WAIT_S, config.poll_us // SECOND) if hints and config else UNHINTED_WAIT_S

    def _take(self, bundle: Bundle, etag: str) -> None:
        now = self._now()
        self._listener.bundle(bundle, now)
        # Without a clock the plan was not taken: ask for it again once there is one.
        self._etag = etag if now.utc_us is not None else None
        self._stock()
        self._stir.set()

    def _stock(self) -> None:
        """Tell the cache and the fetcher what the plan in force needs."""
        shelf = self._listener.shelf.items if self._listener.shelf else ()
        planned = needed(self._journal.memory.standings.values())
        self._cache.need(needs(planned, shelf), {item.content for item in shelf})
        self._fetcher.wake()

    def _not_fetched(self, need: Need, failure: FetchFailed) -> None:
        log.warning("content %s not fetched: %s", need.content[:12], failure)

    async def _report(self) -> None:
        failures = 0
        while True:
            self._told.clear()
            batch = unsent(self._journal.memory, self._card.station, self._card.box)
            if batch is None:
                await _until(self._told, 300.0)
                continue
            try:
                ack = await self._uplink.hand_in(batch.seal([self._key]))
                failures = self._reached(failures)
            except (StationUnreachable, StationRefused) as error:
                failures = self._not_reached("reports", error, failures)
                if isinstance(error, StationRefused):
                    self._listener.forked(error.more.get("fork"), chain_hash(batch.reports[-1]), self._now())
                await asyncio.sleep(_pause(failures))
                continue
            if not self._listener.acknowledgement(ack, self._now()):
                log.warning("the acknowledgement of reports is not the station's word on them")
                await asyncio.sleep(_pause(3))

    async def _beat(self) -> None:
        while True:
            failing = self._journal.failing
            self._health.trouble(Trouble("disk_failing", failing, bool(failing)))
            beat = self._heartbeat().seal([self._key])
            if not await self._publish(pack(beat.encode())):
                try:
                    await self._uplink.heartbeat(beat)
                except (StationUnreachable, StationRefused) as error:
                    log.debug("heartbeat not delivered: %s", error)
            config = self._listener.config
            pause_s = config.heartbeat_us / SECOND if config else 55.0
            await _until(self._pulse, VOICE_BEAT_S if self._tuner.listening else pause_s)

    async def _publish(self, data: bytes) -> bool:
        return self._link is not None and await self._link.publish(data)

    def _heartbeat(self) -> Heartbeat:
        memory, now = self._journal.memory, self._now()
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
            on_air=self._conductor.on_air,
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
        datagrams = Datagrams(urlsplit(card.server).hostname or "", card.time_port, self._hail)
        datagrams.on(ORDER, self._on_datagram)
        datagrams.on(MAGIC[:1], self._tuner.hear)
        return datagrams

    def _hail(self) -> bytes | None:
        now = self._now().utc_us
        return None if now is None else hail(self._card.box, self._card.access, now)

    def _on_datagram(self, data: bytes) -> None:
        try:
            order = unpack(data[len(ORDER) :])
        except Malformed:
            return
        self._on_message(order)

    def _answer(self, order: Envelope) -> None:
        self._answering.answer(order, self._now())

    def _on_message(self, data: bytes) -> None:
        if self._tuner.hear(data):
            return
        tag = self._listener.command(data, self._now())
        if self._tuner.listening:
            self._pulse.set()
        if tag and tag != self._etag:
            self._news.set()
        self._messaged.set()

    async def _after_messages(self) -> None:
        """What is still to do waits until the sound of an order has been decoded, which needs the same interpreter."""
        while True:
            await self._messaged.wait()
            await asyncio.sleep(ASIDE_S)
            self._messaged.clear()
            self._stock()
            self._stir.set()

    def _on_link(self, state: LinkState) -> None:
        if state in (LinkState.ONLINE, LinkState.OFFLINE):
            self._news.set()  # also when hints stop coming: from here on the box asks and waits by itself
        if state is LinkState.ONLINE:
            self._pulse.set()
            if self._datagrams:
                self._datagrams.renew()

    # -- the house ---------------------------------------------------------------------------------------

    def _configure(self, config: BoxConfig) -> None:
        self._turntable.configure(config.loudspeakers)
        self._cache.bounds = _bounds(config)

    async def _inspect(self) -> None:
        """Read again, ahead of time, what is due in the next minutes: a bit may have turned."""
        while True:
            now = self._now().utc_us
            for airing in needed(self._journal.memory.standings.values()):
                if now is None or not now < airing.start_us < now + 2 * MINUTE:
                    continue
                for content in airing.contents():
                    if self._cache.holds(content) and not await asyncio.to_thread(self._cache.check, content):
                        log.error("content %s was damaged on disk and is fetched again", content[:12])
                        self._fetcher.wake()
            await asyncio.sleep(30)

    async def _tidy(self) -> None:
        while True:
            now = self._now()
            self._journal.retry()
            self._listener.flush_refusals(now)
            self._look_at_the_cache()
            if now.utc_us is not None:
                memory, before_us = self._journal.memory, now.utc_us - DAY
                reports_to = min(memory.acknowledged, memory.n - REPORTS_KEPT)
                if memory.outdated(before_us, reports_to):
                    self._journal.commit([Forgot(before_us, reports_to)])
            self._told.set()
            await asyncio.sleep(60)

    def _look_at_the_cache(self) -> None:
        """Keep the disk's floor free, and say so when that or a content is beyond us."""
        try:
            self._cache.make_room(0)
            full = ""
        except (NoRoom, OSError) as error:
            full = str(error)
        self._health.trouble(Trouble("disk_full", full, bool(full)))
        broken = ", ".join(sorted(content[:12] for content in self._cache.broken()))
        self._health.trouble(Trouble("content_damaged", broken, bool(broken)))

    async def _watch(self) -> None:
        """Feed the supervisor's watchdog only while the audio loop itself moves; end with the decoder's thread."""
        while True:
            if not self._turntable.alive:
                raise RuntimeError("the decoder's thread has ended: nothing more would sound")
            if mono_us() - self._output.beat_us() < STALLED_US:
                notify_supervisor("WATCHDOG=1")
            await asyncio.sleep(5)

    async def _tell_faults(self) -> None:
        while True:
            await self._ailing.wait()
            self._ailing.clear()
            faults = self._health.unreported()
            self._journal.commit(self._reporter.lines(faults, self._now()))
            self._health.reported(len(faults))
            self._told.set()

    def _utc_us(self, at_mono_us: int) -> int | None:
        now = self._timeline.now(at_mono_us)
        return now.utc_us

    def _reached(self, failures: int) -> int:
        if failures:
            log.info("the station is back after %d tries", failures)
        return 0

    def _not_reached(self, what: str, error: Exception, failures: int) -> int:
        if failures == 0:
            log.warning("%s: %s; will try again", what, error)
        return failures + 1


def _bounds(config: BoxConfig) -> Bounds:
    return Bounds(config.cache_bytes, config.disk_floor_bytes)


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but no longer; the event is cleared when it came.

    Not by `wait_for`: in Python 3.11 it swallows a cancellation that comes while the event is set, and a daemon that
    is to end because a task failed would go on without that task.
    """
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
        event.clear()
    except TimeoutError:
        pass


def _pause(failures: int, spread: Callable[[int], int] = secrets.randbelow) -> float:
    """Seconds before the next try: full jitter up to 1, 2, 4 … 60, never under a quarter of a second."""
    return 0.25 + spread(int(min(60.0, 2.0 ** min(failures, 6)) * 1000)) / 1000
