"""Live voice: the floor is taken durably, the voice goes out frame by frame, its sound and its hash stay."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NotRequired

from sqlalchemy import Select, func, select
from typing_extensions import TypedDict

from broadcast_server.archiving import Archiving, Closing
from broadcast_server.clock import Clock, SteadyClock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.giving import give, head
from broadcast_server.hushing import check_moment
from broadcast_server.insisting import Insisting
from broadcast_server.live.casting import Casting
from broadcast_server.live.ends import GONE, NOBODY, PREEMPTED, End, plain, stopped
from broadcast_server.live.speech import Speech
from broadcast_server.live.spool import Spool
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem
from broadcast_server.programmes.reading import read_awake, read_reach
from broadcast_server.programmes.timetable import read_sites
from broadcast_server.signing import Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, BoxId, ClusterId, Micros, OrderId
from speaker_client.protocol.live import LONGEST_US, Ending, Live, LiveEmergency, LiveOpen, live_airing
from speaker_client.protocol.order import order_airing_id
from speaker_client.protocol.report import Heartbeat, Reason, VoiceHeard
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Kind

MAY_JOIN_US = 2 * MINUTE
"""A box that hears of it later than this does not join any more."""
START_US = 250_000
"""From taking the floor to the beginning of its timeline: the boxes hear of it before the voice comes."""
JUST_US = 3 * SECOND
ON_AIR_S = 1.0
"""How long the speaker waits for boxes that do not answer."""
LOOK_EVERY_S = 0.03
SILENT_US = 4 * SECOND
"""A live of which nothing comes for so long is over: the boxes are told before their own five seconds are."""
WATCH_EVERY_S, ASK_EVERY_S = 0.25, 1.0
"""How often lives are watched, and the boxes' word on them is read."""
LONGEST_TITLE = 120
FORMS: dict[Kind, type[LiveOpen] | type[LiveEmergency]] = {Kind.LIVE: LiveOpen, Kind.LIVE_EMERGENCY: LiveEmergency}


@dataclass(frozen=True)
class Wish:
    """Who is to hear it, under which name, and whether it is an emergency."""

    targets: tuple[str, ...]
    title: str
    emergency: bool

    @property
    def kind(self) -> Kind:
        """Which statement opens it."""
        return Kind.LIVE_EMERGENCY if self.emergency else Kind.LIVE


@dataclass
class Floor:
    """A live that is going on: where, as what, and by whom."""

    kind: Kind
    clusters: frozenset[ClusterId]
    by: str
    speech: Speech
    stopped: set[AiringId] = field(default_factory=set)
    """Those of its airings that somebody has stopped."""

    @property
    def airings(self) -> set[AiringId]:
        """One in each cluster."""
        return {order_airing_id(self.speech.order, cluster) for cluster in self.clusters}


class ComesInJson(TypedDict):
    """How a live comes in at the `boxes` that have just said so: how much was missing there, if any has."""

    boxes: int
    missing_permille: NotRequired[int]


class Speaking:
    """Opens lives, watches over them, and ends them."""

    def __init__(
        self, database: Database, clock: Clock, signing: Signing, news: News, doors: Doorkeeping, casting: Casting,
        archiving: Archiving, monitoring: Monitoring, insisting: Insisting, spool: Spool,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._doors, self._casting, self._archiving, self._spool = doors, casting, archiving, spool
        self._monitoring, self._insisting = monitoring, insisting
        self._open: dict[OrderId, Floor] = {}
        self._opening = asyncio.Lock()
        self._stir = asyncio.Event()
        self._beats: dict[BoxId, int] = {}

    async def open(self, wish: Wish, by: str) -> Speech:
        """Take the floor; it is on disk and on its way when this returns.

        Problem 409 `live_busy` where somebody else speaks, `quiet_hours` and `cluster_rests` unless it is an
        emergency, 422 for a bad target, 503 `no_opus`.
        """
        async with self._opening:
            speech, given, reach = await self._take_floor(wish, by)
            self._open[speech.order] = Floor(wish.kind, frozenset(reach), by, speech)
        self._insisting.say(given)
        self._news.stir_after_orders(reach)
        self._stir.set()
        await self._on_air(speech.order)
        return speech

    async def _take_floor(self, wish: Wish, by: str) -> tuple[Speech, list[CommandRow], list[ClusterId]]:
        """The live, its orders, and where they go: durable, or nothing of it is left."""
        key, speech = SigningKey.born(), None
        try:
            async with self._database.transaction() as session:
                sites = await read_sites(session, self._signing.station)
                now = self._clock.now_us()  # not before the lock is ours: a stop that had it was given before this live
                if wish.emergency:
                    reach = read_reach(wish.targets, sites)
                else:
                    await check_moment(session, self._signing.station, now)
                    reach = read_awake(wish.targets, sites, now)
                self._refuse_if_busy(wish.kind, frozenset(reach))
                whole = {site.id: site.loudspeakers for site in sites.clusters}
                order = self._row(wish, by, now)
                speech = self._speech(order, key, frozenset(reach))
                session.add(order)
                drafts = [_draft(order, key, head(order, one, chosen, whole[one])) for one, chosen in reach.items()]
                planned = [
                    live_airing(draft, one, sorted(whole[one])) for draft, one in zip(drafts, reach, strict=True)
                ]
                given = await give(session, reach, await self._signing.seal_all(session, drafts), planned)
                await note_news(session, self._signing.station, list(reach), now)
                record(
                    session, self._signing.station, now, by, f"{order.kind}.open", order.id,
                    targets=list(wish.targets), title=order.title,
                )  # fmt: skip
        except BaseException:
            if speech is not None:
                speech.abandon()
                self._spool.forget(speech.order)
            raise
        return speech, given, list(reach)

    def resume(self, order: OrderId, by: str) -> tuple[Speech, Kind]:
        """The live that this speaker's device has lost its line to, while it is still open.

        Problem 410 `live_over`; 409 `live_busy` if it is somebody else's.
        """
        floor = self._open.get(order)
        if floor is None:
            vi, en = "Buổi nói này đã kết thúc.", "This live has ended."
            raise Problem(410, "live_over", vi, en)
        if floor.by != by:
            raise _busy(floor)
        return floor.speech, floor.kind

    def comes_in(self, speech: Speech) -> ComesInJson:
        """How it comes in at the boxes that have just said so."""
        since = self._clock.now_us() - JUST_US
        said = [voice for _, beat, voice in self._voices(speech) if beat.not_before_us > since]
        if not said:
            return {"boxes": 0}
        heard, missing = sum(one.heard for one in said), sum(one.missing for one in said)
        return {"boxes": len(said), "missing_permille": 1000 * missing // max(1, heard + missing)}

    def stopped(self, airings: Iterable[AiringId], by: str) -> None:
        """Somebody has stopped these: a live of which nothing is left is over."""
        named = set(airings)
        for floor in self._open.values():
            if fresh := named & floor.airings:
                floor.stopped |= fresh
                if floor.stopped >= floor.airings:
                    floor.speech.end = floor.speech.end or stopped(by)
                    self._stir.set()

    async def close(self, speech: Speech, ending: Ending, end: End | None = None) -> None:
        """End it everywhere, and keep what was said: its hash in the log, its sound in the library."""
        floor = self._open.pop(speech.order, None)
        if floor is None:
            return
        try:
            await speech.close(ending, end)
        finally:
            why = (end or plain(ending)).code
            closing = Closing(why, speech.end_us, speech.frames, speech.digest, speech.recorded)
            await self._archiving.close(speech.order, closing)

    async def watch_forever(self) -> None:
        """End whatever is over, whoever holds it, and give the lead that the boxes need; until cancelled."""
        looked_s = 0.0
        async with asyncio.TaskGroup() as closing:  # no live waits for the broker to hear that another has ended
            while True:
                now_s = asyncio.get_running_loop().time()
                look = now_s - looked_s >= ASK_EVERY_S
                looked_s = now_s if look else looked_s
                self._stir.clear()
                for floor in list(self._open.values()):
                    if end := await self._watch(floor.speech, look):
                        closing.create_task(self.close(floor.speech, end.ending, end))
                with suppress(TimeoutError):
                    async with asyncio.timeout(WATCH_EVERY_S if self._open else None):
                        await self._stir.wait()

    async def _watch(self, speech: Speech, look: bool) -> End | None:
        """Why it is over, if it is."""
        if look:
            self._adapt(speech)
        if speech.end is not None:
            return speech.end
        if speech.silent_us > SILENT_US:
            return GONE
        return await self._end_there(speech.order) if look else None

    async def _end_there(self, order: OrderId) -> End | None:
        """Why it has ended on every cluster, if it has."""
        async with self._database.reading() as session:
            query = select(AiringRow.state, AiringRow.reason).where(AiringRow.order_id == order)
            airings = list(await session.execute(query))
        if any(State(state) not in ENDS for state, _ in airings):
            return None
        return PREEMPTED if any(reason == Reason.PREEMPTED for _, reason in airings) else NOBODY

    def _adapt(self, speech: Speech) -> None:
        """By what the boxes have said since."""
        for box, beat, voice in self._voices(speech):
            if self._beats.get(box) != beat.not_before_us and voice.spare_us is not None:
                speech.adapt(box, voice.spare_us)
            self._beats[box] = beat.not_before_us

    def _voices(self, speech: Speech) -> list[tuple[BoxId, Heartbeat, VoiceHeard]]:
        """What the boxes' last heartbeats say of it."""
        beats = [(box, self._monitoring.presence_of(box)[2]) for box in speech.boxes]
        return [
            (box, beat, beat.voice) for box, beat in beats if beat and beat.voice and beat.voice.live == speech.order
        ]

    async def _on_air(self, order: OrderId) -> None:
        """Wait until every box has the floor, but not long: nobody's first word is for half of the village."""
        query = select(func.count()).where(AiringRow.order_id == order, AiringRow.accepted_us.is_(None))
        with suppress(TimeoutError):
            async with asyncio.timeout(ON_AIR_S):
                while await self._count(query):  # noqa: ASYNC110 - the boxes' words come into the table
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _count(self, query: Select[int]) -> int:
        async with self._database.reading() as session:
            return await session.scalar(query) or 0

    # -- inside ----------------------------------------------------------------------------------------------

    def _refuse_if_busy(self, kind: Kind, clusters: frozenset[ClusterId]) -> None:
        for floor in self._open.values():
            yields = floor.kind is Kind.LIVE and kind is Kind.LIVE_EMERGENCY
            if clusters & floor.clusters and not yields:
                raise _busy(floor)

    def _row(self, wish: Wish, by: str, now: Micros) -> OrderRow:
        return OrderRow(
            id=secrets.token_hex(16),
            station_id=self._signing.station,
            key=f"live:{secrets.token_hex(8)}",
            kind=wish.kind.value,
            template="",
            title=clean_line(wish.title, LONGEST_TITLE) or "Nói trực tiếp",
            targets=list(wish.targets),
            rounds=1,
            made_by=by,
            made_us=now,
            expires_us=now + MAY_JOIN_US,
            until_us=now + START_US + LONGEST_US,
        )

    def _speech(self, order: OrderRow, key: SigningKey, clusters: frozenset[ClusterId]) -> Speech:
        boxes: list[BoxId] = [box.id for box in self._doors.all() if box.cluster in clusters]
        live = OrderId(order.id)
        self._archiving.begins(live)
        kept = self._spool.path(live)
        return Speech(live, order.made_us + START_US, key, boxes, SteadyClock(self._clock), self._casting, kept)


def _draft(order: OrderRow, key: SigningKey, head: dict[str, Any]) -> Live:
    return FORMS[Kind(order.kind)](**head, start_us=order.made_us + START_US, lead_us=START_US, key=key.public)


def _busy(floor: Floor) -> Problem:
    vi, en = f"{floor.by} đang nói trực tiếp ở đó.", f"{floor.by} is speaking live there."
    return Problem(409, "live_busy", vi, en, by=floor.by)
