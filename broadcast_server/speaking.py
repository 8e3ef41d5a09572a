"""Live voice: the floor is taken durably, the voice goes out frame by frame, its sound and its hash stay."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.giving import BACKDATED, give
from broadcast_server.library.reception import Reception
from broadcast_server.live.casting import Casting
from broadcast_server.live.speech import Speech
from broadcast_server.live.spool import Spool
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem
from broadcast_server.programmes.reading import read_targets
from broadcast_server.programmes.timetable import read_sites
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import MINUTE, SECOND, BoxId, ClusterId, LoudspeakerNumber, Micros, OrderId
from speaker_client.protocol.live import LONGEST_US, Ending, Live, LiveEmergency, LiveOpen, live_airing
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Kind, cluster_audience

log = logging.getLogger(__name__)

MAY_JOIN_US = 2 * MINUTE
"""A box that hears of it later than this does not join any more."""
START_US = 250_000
"""From taking the floor to the beginning of its timeline: the boxes hear of it before the voice comes."""
JUST_US = 3 * SECOND
ON_AIR_S = 1.0
"""How long the speaker waits for boxes that do not answer."""
LOOK_EVERY_S = 0.03
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


@dataclass(frozen=True)
class Floor:
    """A live that is going on: where, and as what."""

    kind: Kind
    clusters: frozenset[ClusterId]
    by: str
    speech: Speech


class Speaking:
    """Opens lives and ends them."""

    def __init__(
        self, database: Database, clock: Clock, signing: Signing, news: News, doors: Doorkeeping, casting: Casting,
        reception: Reception, monitoring: Monitoring, spool: Spool,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._doors, self._casting, self._reception, self._spool = doors, casting, reception, spool
        self._monitoring = monitoring
        self._open: dict[OrderId, Floor] = {}
        self._opening = asyncio.Lock()

    async def open(self, wish: Wish, by: str) -> Speech:
        """Take the floor; it is on disk and on its way when this returns.

        Problem 409 `live_busy` where somebody else speaks, 422 for a bad target, 503 `no_opus`.
        """
        now, key = self._clock.now_us(), SigningKey.born()
        async with self._opening:
            async with self._database.transaction() as session:
                sites = await read_sites(session, self._signing.station)
                reach = sites.reach(read_targets(wish.targets, sites))
                self._refuse_if_busy(wish.kind, frozenset(reach))
                whole = {site.id: site.loudspeakers for site in sites.clusters}
                order = self._row(wish, by, now)
                speech = self._speech(order, key, frozenset(reach))
                session.add(order)
                for cluster, numbers in reach.items():
                    chosen = None if numbers == whole[cluster] else tuple(sorted(numbers))
                    draft = self._draft(order, wish.kind, key, cluster, chosen)
                    planned = live_airing(draft, cluster, sorted(whole[cluster]))
                    give(session, await self._signing.seal(session, draft), planned, cluster)
                await note_news(session, self._signing.station, list(reach), now)
                record(
                    session, self._signing.station, now, by, f"{order.kind}.open", order.id,
                    targets=list(wish.targets), title=order.title,
                )  # fmt: skip
            self._open[speech.order] = Floor(wish.kind, frozenset(reach), by, speech)
        self._news.stir(list(reach))
        await self._on_air(speech.order)
        return speech

    def comes_in(self, speech: Speech) -> dict[str, int]:
        """How it comes in at the boxes that have just said so; its lead is adapted to the tightest."""
        since = self._clock.now_us() - JUST_US
        beats = [beat for box in speech.boxes if (beat := self._monitoring.presence_of(box)[2])]
        voices = [beat.voice for beat in beats if beat.voice and beat.not_before_us > since]
        said = [voice for voice in voices if voice.live == speech.order]
        if not said:
            return {"boxes": 0}
        spare = [one.spare for one in said if one.spare is not None]
        if spare:
            speech.adapt(min(spare))
        heard, missing = sum(one.heard for one in said), sum(one.missing for one in said)
        return {"boxes": len(said), "missing_permille": 1000 * missing // max(1, heard + missing)}

    async def close(self, speech: Speech, ending: Ending) -> None:
        """End it everywhere, and keep what was said: its hash in the log, its sound in the library."""
        floor = self._open.pop(speech.order, None)
        if floor is None:
            return
        await speech.close(ending)
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await session.get_one(OrderRow, speech.order)
            row.closed_us, row.sound_sha256 = now, speech.digest
            await self._no_more(session, row, now, speech.end_us)
            record(
                session, self._signing.station, now, floor.by, f"{row.kind}.close", row.id,
                ending=ending.name.lower(), frames=speech.frames, sound_sha256=row.sound_sha256,
            )  # fmt: skip
        await self._keep(speech.order)

    async def recover(self) -> None:
        """What was said when the server last ended in the middle of it: closed in the log, its sound kept."""
        for live in self._spool.left():
            if live in self._open:
                continue
            async with self._database.transaction() as session:
                row = await session.get(OrderRow, live)
                if row is not None and row.closed_us is None:
                    now = self._clock.now_us()
                    row.closed_us = now
                    await self._no_more(session, row, now, now)
                    record(session, self._signing.station, now, row.made_by, f"{row.kind}.close", row.id, ending="lost")
            await self._keep(live)

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
                vi, en = f"{floor.by} đang nói trực tiếp ở đó.", f"{floor.by} is speaking live there."
                raise Problem(409, "live_busy", vi, en, by=floor.by)

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

    def _draft(
        self,
        order: OrderRow,
        kind: Kind,
        key: SigningKey,
        cluster: ClusterId,
        chosen: tuple[LoudspeakerNumber, ...] | None,
    ) -> Live:
        return FORMS[kind](
            station=self._signing.station,
            audience=cluster_audience(cluster),
            seq=DRAFT,
            not_before_us=order.made_us - BACKDATED,
            expires_us=order.expires_us,
            id=OrderId(order.id),
            title=order.title,
            by=order.made_by,
            start_us=order.made_us + START_US,
            until_us=order.until_us,
            lead_us=START_US,
            key=key.public,
            loudspeakers=chosen,
        )

    def _speech(self, order: OrderRow, key: SigningKey, clusters: frozenset[ClusterId]) -> Speech:
        boxes: list[BoxId] = [box.id for box in self._doors.all() if box.cluster in clusters]
        live = OrderId(order.id)
        kept = self._spool.path(live)
        return Speech(live, order.made_us + START_US, key, boxes, self._clock, self._casting, kept)

    async def _no_more(self, session: AsyncSession, row: OrderRow, now: Micros, end_us: int) -> None:
        """No box joins any more, and what the log expects ends when the voice did."""
        row.expires_us = min(row.expires_us, now)
        row.until_us = end_us
        await session.execute(update(CommandRow).where(CommandRow.order_id == row.id).values(expires_us=now))
        open_ = AiringRow.state.not_in([state.value for state in ENDS])
        for airing in await session.scalars(select(AiringRow).where(AiringRow.order_id == row.id, open_)):
            airing.end_us = airing.until_us = max(airing.start_us, end_us)

    async def _keep(self, live: OrderId) -> None:
        """Into the library by the ordinary way in; the raw sound is let go once that has it."""
        async with self._database.reading() as session:
            row = await session.get(OrderRow, live)
        size = self._spool.size(live)
        if row is not None and size and row.intake_id is None:
            wav = self._spool.wav(live)
            intake = await self._reception.take_upload(f"live-{live}.wav", row.title, "speech", size, wav, row.made_by)
            async with self._database.transaction() as session:
                (await session.get_one(OrderRow, live)).intake_id = intake.id
        self._spool.forget(live)
