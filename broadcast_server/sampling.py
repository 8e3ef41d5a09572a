"""The sample data that a station is tried out with: marked as such when it is made, and taken away in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.enrolling import put_out
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.holdings import read_holdings
from broadcast_server.news import News
from broadcast_server.people.audit import record
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem, not_found
from broadcast_server.recalling import SOON_US
from broadcast_server.samples import Holdings, Samples, samples_of
from broadcast_server.scheduling import Scheduling
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Base, Database
from broadcast_server.store.fleet import BoxRow, EnrolmentCodeRow, FaultRow
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.samples import SampleRow
from broadcast_server.store.station import ClusterRow, VillageRow
from speaker_client.protocol.ids import DAY, BoxId, ClusterId, Micros, ProgrammeId, StationId
from speaker_client.protocol.report import Reason

KINDS: dict[str, type[Base]] = {
    "village": VillageRow,
    "cluster": ClusterRow,
    "box": BoxRow,
    "recording": RecordingRow,
    "programme": ProgrammeRow,
}
_ENDS = [state.value for state in ENDS]


@dataclass(frozen=True)
class Told:
    """What there is, and what of it goes."""

    held: Holdings
    samples: Samples


class Sampling:
    """Marks samples, tells of them, and removes them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station: StationId,
        planning: Planning,
        scheduling: Scheduling,
        doors: Doorkeeping,
        news: News,
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._planning, self._scheduling, self._doors, self._news = planning, scheduling, doors, news

    async def mark(self, subjects: Iterable[tuple[str, str]], by: str) -> None:
        """These (kind and id) are samples; again does no harm. Problem 404 for one that is not there."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            for kind, subject in subjects:
                row: Any = await session.get(KINDS[kind], subject)
                if row is None or row.station_id != self._station:
                    raise not_found(f"{kind} {subject}", f"{kind} {subject}")
                if await session.get(SampleRow, subject) is None:
                    session.add(SampleRow(subject=subject, station_id=self._station, kind=kind, made_us=now))
                    record(session, self._station, now, by, "sample.mark", subject, kind=kind)

    async def told(self) -> Told:
        """What would go now."""
        async with self._database.reading() as session:
            held = await read_holdings(session, self._station)
        return Told(held, samples_of(held))

    async def remove(self, by: str) -> Told:
        """All of it goes in one transaction, or nothing does; the log, people and settings stay, and so does whatever
        `samples_of` keeps, which is no sample from then on. Problem 409 `samples_on_air` while something is on air."""
        async with self._planning.changing(by) as change:
            await self._check_silent(change.session, change.now)
            held = await read_holdings(change.session, self._station)
            gone = samples_of(held)
            for programme in gone.programmes:
                await self._scheduling.remove_programme(change, ProgrammeId(programme))
            await self._take_away(change, gone)
            await change.session.execute(delete(SampleRow).where(SampleRow.station_id == self._station))
            named = {"programmes": [held.programmes[one].title for one in gone.programmes]}
            named |= {"recordings": [held.recordings[one] for one in gone.recordings]}
            named |= {"clusters": [held.clusters[one].name for one in gone.clusters]}
            named |= {"villages": [held.villages[one] for one in gone.villages]}
            record(change.session, self._station, change.now, by, "samples.remove", self._station, **named)
        await self._doors.refresh()
        self._news.stir([ClusterId(one) for one in gone.clusters])
        return Told(held, gone)

    async def _take_away(self, change: Change, gone: Samples) -> None:
        session, now = change.session, change.now
        for table, names in (
            (RecordingRow, gone.recordings),
            (ClusterRow, gone.clusters),
            (VillageRow, gone.villages),
        ):
            await session.execute(update(table).where(table.id.in_(names)).values(deleted_us=now))
        await session.execute(delete(IntakeRow).where(IntakeRow.recording_id.in_(gone.recordings)))
        open_codes = EnrolmentCodeRow.cluster_id.in_(gone.clusters) & EnrolmentCodeRow.used_us.is_(None)
        await session.execute(delete(EnrolmentCodeRow).where(open_codes))
        for box in gone.boxes:
            await put_out(session, await session.get_one(BoxRow, BoxId(box)), now, change.by)
        open_faults = FaultRow.box_id.in_(gone.boxes) & FaultRow.cleared_us.is_(None)
        await session.execute(update(FaultRow).where(open_faults).values(cleared_us=now))
        await _call_off(session, gone.clusters, now, change.by)

    async def _check_silent(self, session: AsyncSession, now: Micros) -> None:
        due = (AiringRow.start_us <= now + SOON_US) & (AiringRow.end_us > now) & AiringRow.withdrawn_plan.is_(None)
        published = or_(AiringRow.first_plan.is_not(None), AiringRow.order_id.is_not(None))
        playing = (AiringRow.state == State.PLAYING.value) & (AiringRow.start_us > now - DAY)
        waiting = due & published & AiringRow.state.not_in(_ENDS)
        query = select(AiringRow.title).where(AiringRow.station_id == self._station, or_(playing, waiting))
        title = (await session.scalars(query.order_by(AiringRow.start_us).limit(1))).first()
        if title is not None:
            vi = f"“{title}” đang phát hoặc sắp phát trong một phút: chờ phát xong rồi xóa dữ liệu mẫu."
            en = f"“{title}” is on air or due within a minute: remove the sample data when it is over."
            raise Problem(409, "samples_on_air", vi, en)


async def _call_off(session: AsyncSession, clusters: Iterable[str], now: Micros, by: str) -> None:
    """Nothing more is due on clusters that are gone, and no box will tell of it: the log says who called it off."""
    coming = AiringRow.cluster_id.in_(tuple(clusters)) & (AiringRow.start_us > now) & AiringRow.state.not_in(_ENDS)
    await session.execute(delete(AiringRow).where(coming, AiringRow.first_plan.is_(None), AiringRow.order_id.is_(None)))
    end = {"state": State.CANCELLED.value, "reason": Reason.WITHDRAWN.value, "by": by, "decided_us": now}
    await session.execute(update(AiringRow).where(coming).values(**end, withdrawn_by=by))
