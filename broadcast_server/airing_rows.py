"""The airings table as re-planning sees it: rows to values, and a publication into the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.schedule.airings import AiringKey, airing_id
from broadcast_server.schedule.outlook import BACK_US, RESTS
from broadcast_server.schedule.promise import Disturbance, Logged
from broadcast_server.schedule.publication import Overruled, Publication, Wanted
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import ClusterId, Micros, OccurrenceId, StationId
from speaker_client.protocol.plan import PlannedAiring


async def airing_rows(session: AsyncSession, station: StationId, now: Micros) -> list[AiringRow]:
    """Every airing that re-planning may have to do with."""
    forgotten = AiringRow.first_plan.is_(None) & (AiringRow.state == State.PENDING.value)
    recent = or_(AiringRow.start_us > now - BACK_US, forgotten)
    planned = (AiringRow.station_id == station) & AiringRow.order_id.is_(None)
    return list(await session.scalars(select(AiringRow).where(planned, recent)))


class Readings:
    """What was read of published airings the last time: reading them anew takes longer than to plan."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[dict[str, Any], PlannedAiring]] = {}

    def logged(self, rows: Iterable[AiringRow]) -> list[Logged]:
        """All of the rows as re-planning sees them; whatever is not among them is forgotten."""
        before, self._known = self._known, {}
        return [logged_of(row, self._planned(row, before)) for row in rows]

    def _planned(
        self, row: AiringRow, before: Mapping[str, tuple[dict[str, Any], PlannedAiring]]
    ) -> PlannedAiring | None:
        if row.planned is None:
            return None
        known = before.get(row.id)
        if known is None or known[0] != row.planned:
            known = row.planned, PlannedAiring.model_validate(row.planned)
        self._known[row.id] = known
        return known[1]


def logged_of(row: AiringRow, planned: PlannedAiring | None) -> Logged:
    """The row, whose `planned` was read, as re-planning sees it."""
    published = planned is not None
    return Logged(
        key=AiringKey(OccurrenceId(row.occurrence_id), ClusterId(row.cluster_id), row.revision),
        start_us=row.scheduled_us,
        until_us=row.until_us,
        planned=planned,
        overruled_by=None if published or row.by is None else OccurrenceId(row.by),
        withdrawn=row.withdrawn_plan is not None,
        playing=row.state == State.PLAYING,
        ended=row.state in ENDS,
        disturbance=Disturbance(_occurrence(row.delayed_by), _occurrence(row.interrupted_by)),
    )


def _occurrence(name: str | None) -> OccurrenceId | None:
    return None if name is None else OccurrenceId(name)


class Entry:
    """Enters what re-planning one cluster came to into its rows."""

    def __init__(self, session: AsyncSession, station: StationId, rows: Iterable[AiringRow], now: Micros) -> None:
        self._session, self._station, self._now = session, station, now
        self._rows = {row.id: row for row in rows}

    async def enter(self, publication: Publication, seq: int | None, by: str) -> None:
        """All of it; `seq` is the number of the new plan, if there is one, `by` whose change it follows."""
        for key in publication.superseded:
            row = self._rows[airing_id(key)]
            end = State.CANCELLED if row.by == RESTS else State.SUPERSEDED
            row.state, row.decided_us = end.value, self._now
        for key in publication.forgotten:
            await self._session.delete(self._rows.pop(airing_id(key)))
        for overruled in publication.overruled:
            self._note(overruled)
        if seq is not None:
            self._publish(publication, seq, by)

    def _publish(self, publication: Publication, seq: int, by: str) -> None:
        for wanted in publication.added:
            row = self._row(wanted.key)
            row.first_plan, row.sent_us, row.by = seq, self._now, None
            _write(row, wanted)
        for wanted in publication.changed:
            _write(self._rows[wanted.planned.id], wanted)
        for one in publication.withdrawn:
            row = self._rows[airing_id(one.key)]
            row.withdrawn_plan, row.withdrawn_by = seq, by
            if row.state == State.PENDING:
                row.by = one.by

    def _note(self, overruled: Overruled) -> None:
        occurrence = overruled.occurrence
        row = self._row(overruled.key)
        row.programme_id, row.title = occurrence.programme.id, occurrence.programme.title
        row.priority, row.by = int(occurrence.programme.priority), overruled.by
        row.scheduled_us = row.start_us = occurrence.start_us
        row.end_us = occurrence.end_us
        row.until_us = occurrence.end_us + occurrence.programme.grace_us

    def _row(self, key: AiringKey) -> AiringRow:
        name = airing_id(key)
        if name not in self._rows:
            self._rows[name] = _new_row(self._station, key)
            self._session.add(self._rows[name])
        return self._rows[name]


def _new_row(station: StationId, key: AiringKey) -> AiringRow:
    return AiringRow(
        id=airing_id(key),
        station_id=station,
        occurrence_id=key.occurrence,
        cluster_id=key.cluster,
        revision=key.revision,
        state=State.PENDING.value,
    )


def _write(row: AiringRow, wanted: Wanted) -> None:
    planned = wanted.planned
    row.scheduled_us = wanted.due_us
    row.delayed_by, row.interrupted_by = wanted.disturbance.delayed_by, wanted.disturbance.interrupted_by
    row.programme_id, row.title, row.priority = planned.programme, planned.title, planned.priority
    row.start_us, row.end_us, row.until_us = planned.start_us, planned.end_us, planned.until_us
    row.planned = planned.model_dump(mode="json")
