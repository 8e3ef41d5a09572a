"""Who is there: heartbeats by every road, hails, boxes that fall silent, airings nobody spoke of."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.attending import note_attendance
from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.entering import close_unheard, unheard_orders
from broadcast_server.faulting import ROLLED_BACK, clear_faults, has_fault, raise_fault
from broadcast_server.fleet.chain import Head
from broadcast_server.fleet.ledger import PATIENCE, overdue
from broadcast_server.fleet.presence import LOST_AFTER, Presence, Sighting, presence
from broadcast_server.fleet.pulse import Copy, Journal, agrees, fresh, journal
from broadcast_server.logbook import airing_of, write_airing
from broadcast_server.news import News
from broadcast_server.store.airings import UNDECIDED, AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, CommandRow, FaultRow, ReportRow
from speaker_client.protocol.envelope import Malformed, parse, payload_of
from speaker_client.protocol.ids import DAY, SECOND, BoxId, ClusterId, Micros, StationId
from speaker_client.protocol.packing import unpack
from speaker_client.protocol.report import Heartbeat, chain_hash
from speaker_client.protocol.signature import signed_by

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
WRITE_EVERY = 10 * SECOND
"""Sightings are kept in memory and written this often; only the journal is worth a sync of its own."""
TIDY_EVERY = 60 * SECOND
ATTENDED_EVERY = 60 * SECOND
"""The timeline of who was there is carried on this often, and at every turn."""
COMMANDS_KEPT = DAY
LOST = "box_lost"


@dataclass
class Watched:
    """What the station has seen of one box."""

    sighting: Sighting = field(default_factory=Sighting)
    beat: Heartbeat | None = None
    unwritten: bool = False
    lost: bool = False


class Monitoring:
    """Watches the boxes and the clock."""

    def __init__(self, database: Database, clock: Clock, station: StationId, doors: Doorkeeping, news: News) -> None:
        self._database, self._clock, self._station, self._doors, self._news = database, clock, station, doors, news
        self._watched: dict[BoxId, Watched] = {}
        self._since: Micros = clock.now_us()
        self._written = self._tidied = self._attended = Micros(0)

    def spoke(self, box: BoxId) -> None:
        """An authenticated box did something, by any road but a hail."""
        watched = self._watched.setdefault(box, Watched())
        watched.sighting = watched.sighting.seen(self._clock.now_us())
        watched.unwritten = True

    def hailed(self, box: BoxId, at_us: Micros) -> None:
        """A box hailed at that moment."""
        watched = self._watched.setdefault(box, Watched())
        watched.sighting = watched.sighting.hailed(at_us)
        watched.unwritten = True

    async def heard(self, box: BoxId, data: bytes) -> None:
        """A heartbeat, by MQTT or HTTP; one that is not the box's own, or not news, is dropped."""
        beat = self._read(box, data)
        watched = self._watched.setdefault(box, Watched())
        if beat is None or not fresh(beat, watched.beat, self._clock.now_us()):
            return
        watched.beat = beat
        self.spoke(box)
        await self._compare_journal(box, beat)

    async def broke(self, box: BoxId) -> None:
        """The broker says that the box's connection broke."""
        if self._doors.present(box):
            watched = self._watched.setdefault(box, Watched())
            watched.sighting = watched.sighting.broke(self._clock.now_us())

    def presence_of(self, box: BoxId) -> tuple[Presence, Sighting, Heartbeat | None]:
        """How the box stands now, when it was seen, and its last heartbeat."""
        watched = self._watched.get(box, Watched())
        return presence(watched.sighting, self._clock.now_us(), self._since), watched.sighting, watched.beat

    async def watch_forever(self) -> None:
        """Look every two seconds, until cancelled."""
        await self.recall()
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def recall(self) -> None:
        """What was last written of every box, and the boxes themselves."""
        await self._doors.refresh()
        async with self._database.reading() as session:
            rows = await session.scalars(select(BoxRow).where(BoxRow.revoked_us.is_(None)))
            for row in rows:
                if row.seen_us is not None:
                    watched = self._watched.setdefault(BoxId(row.id), Watched())
                    watched.sighting = watched.sighting.seen(row.seen_us)
                    watched.beat = watched.beat or (Heartbeat.read(row.heartbeat) if row.heartbeat else None)
            for box in await session.scalars(_lost_before(self._station)):
                self._watched.setdefault(BoxId(box), Watched()).lost = True

    async def look(self) -> None:
        """Notice who fell silent and who is back; write sightings down; call unspoken airings UNKNOWN."""
        now = self._clock.now_us()
        turned = [box for box in self._doors.all() if self._turned(box.id)]
        unspoken, unwritten = await self._overdue_ids(now), any(one.unwritten for one in self._watched.values())
        attend = bool(turned) or now - self._attended >= ATTENDED_EVERY
        if attend or unspoken or (unwritten and now - self._written >= WRITE_EVERY):
            async with self._database.transaction() as session:
                for box in turned:
                    await self._note_turn(session, box.id, now)
                await _call_unknown(session, unspoken, now)
                await self._write_sightings(session)
                if attend:
                    await note_attendance(session, self._station, self._attendance(now), now)
            self._written = now if unwritten else self._written
            self._attended = now if attend else self._attended
        if now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            await self._tidy(now)

    def _read(self, box: BoxId, data: bytes) -> Heartbeat | None:
        known = self._doors.present(box)
        if known is None:
            return None
        try:
            envelope = parse(unpack(data))
            if not signed_by(envelope, known.public):
                return None
            beat = Heartbeat.read(payload_of(envelope))
        except (Malformed, ValidationError):
            return None
        return beat if beat.station == self._station else None

    async def _compare_journal(self, box: BoxId, beat: Heartbeat) -> None:
        """A journal that is whole here, and that its box says is still the same past an order's expiry, says more than
        its lines: the order never came. A quiet box would write its next line hours later."""
        known, until_us = self._doors.present(box), beat.not_before_us - (beat.clock_error_us or 0)
        async with self._database.reading() as session:
            copy = await _copy_of_journal(session, box, beat.n)
            suspected = await has_fault(session, box, ROLLED_BACK)
            silent = known and agrees(beat, copy) and await session.scalar(unheard_orders(known.cluster, until_us))
        if known and silent:
            async with self._database.transaction() as session:
                await close_unheard(session, known.cluster, until_us)
        rolled_back = journal(beat, copy) is Journal.ROLLED_BACK
        if rolled_back and not suspected:
            detail = f"the box is at line {beat.n}, the station at {copy.head.n}"
            async with self._database.transaction() as session:
                await raise_fault(session, self._station, box, ROLLED_BACK, detail, self._clock.now_us())
            self._news.stir([known.cluster] if known else ())  # it has to hear of every stop
        elif suspected and not rolled_back and agrees(beat, copy):
            async with self._database.transaction() as session:
                await clear_faults(session, box, [ROLLED_BACK], self._clock.now_us())

    def _turned(self, box: BoxId) -> bool:
        """Whether it fell silent, or is heard again; a station that was just started has not heard anybody yet."""
        watched = self._watched.setdefault(box, Watched())
        return self.presence_of(box)[0] is (Presence.ONLINE if watched.lost else Presence.LOST)

    def _attendance(self, now: Micros) -> dict[ClusterId, tuple[bool, int]]:
        """Of each cluster whether its box is there, and when it was last heard of; nothing of whom nobody knows yet."""
        known: dict[ClusterId, tuple[bool, int]] = {}
        for box in self._doors.all():
            state, sighting, _ = self.presence_of(box.id)
            if sighting.seen_us is not None and (state is Presence.LOST or now - sighting.seen_us < LOST_AFTER):
                known[box.cluster] = (state is not Presence.LOST, sighting.seen_us)
        return known

    async def _note_turn(self, session: AsyncSession, box: BoxId, now: Micros) -> None:
        watched = self._watched[box]
        watched.lost = not watched.lost
        if watched.lost:
            log.warning("box %s is lost: not heard of for %d s", box, (now - (watched.sighting.seen_us or 0)) // SECOND)
            await raise_fault(session, self._station, box, LOST, "", now)
        else:
            log.info("box %s is back", box)
            await clear_faults(session, box, [LOST], now)

    async def _overdue_ids(self, now: Micros) -> list[str]:
        async with self._database.reading() as session:
            return list(await session.scalars(overdue_ids(self._station, now)))

    async def _write_sightings(self, session: AsyncSession) -> None:
        for box, watched in self._watched.items():
            row = await session.get(BoxRow, box) if watched.unwritten else None
            if row is not None:
                row.seen_us = max(row.seen_us or 0, watched.sighting.seen_us or 0)
                row.heartbeat = watched.beat.model_dump(mode="json") if watched.beat else row.heartbeat
            watched.unwritten = False

    async def _tidy(self, now: Micros) -> None:
        await self._doors.refresh()
        async with self._database.reading() as session:
            old = CommandRow.expires_us < now - COMMANDS_KEPT
            found = (await session.scalars(select(CommandRow.id).where(old).limit(1))).first()
        if found:
            async with self._database.transaction() as session:
                await session.execute(delete(CommandRow).where(old))


def _lost_before(station: StationId) -> Select[str]:
    return select(FaultRow.box_id).filter_by(station_id=station, code=LOST, cleared_us=None)


def overdue_ids(station: StationId, now: Micros) -> Select[str]:
    """The published airings that should long be over and of which no box has spoken, by the index made for it."""
    return select(AiringRow.id).where(
        AiringRow.station_id == station,
        UNDECIDED,
        AiringRow.first_plan.is_not(None),
        AiringRow.end_us <= now - PATIENCE,
    )


async def _copy_of_journal(session: AsyncSession, box: BoxId, n: int) -> Copy:
    row = await session.get_one(BoxRow, box)
    head = Head(row.report_n, row.report_head)
    there, following = await session.get(ReportRow, (box, n)), await session.get(ReportRow, (box, n + 1))
    return Copy(
        head,
        None if there is None else chain_hash(there.text),
        None if following is None else following.received_us,
    )


async def _call_unknown(session: AsyncSession, airings: list[str], now: Micros) -> None:
    for one in airings:
        row = await session.get_one(AiringRow, one)
        write_airing(row, overdue(airing_of(row), now))
