"""The airings table as the ledger sees it: rows to values and back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.fleet.ledger import Airing, State
from broadcast_server.problem import not_found
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import AiringId, StationId
from speaker_client.protocol.report import AiringEnded, Evidence, Reason


async def find_airing(session: AsyncSession, station: StationId, airing: str) -> AiringRow:
    """The airing's row; Problem 404."""
    row = await session.get(AiringRow, airing)
    if row is None or row.station_id != station:
        raise not_found("lần phát này", "airing")
    return row


def airing_of(row: AiringRow) -> Airing:
    """The row as a value."""
    return Airing(
        id=AiringId(row.id),
        start_us=row.start_us,
        end_us=row.end_us,
        until_us=row.until_us,
        first_plan=row.first_plan,
        withdrawn_plan=row.withdrawn_plan,
        withdrawn_by=row.withdrawn_by,
        state=State(row.state),
        reason=None if row.reason is None else Reason(row.reason),
        by=row.by,
        started_us=row.started_us,
        error_us=row.error_us,
        sounded_us=row.sounded_us,
        report=None if row.report is None else AiringEnded.model_validate(row.report),
        decided_us=row.decided_us,
    )


def write_airing(row: AiringRow, airing: Airing) -> None:
    """What the ledger decided, into the row."""
    row.state, row.reason, row.by = airing.state.value, airing.reason and airing.reason.value, airing.by
    row.started_us, row.error_us, row.sounded_us = airing.started_us, airing.error_us, airing.sounded_us
    row.decided_us = airing.decided_us
    if airing.report is not None:
        row.report = airing.report.model_dump(mode="json")
        # Its last word alone is no measurement: the step above comes with what was measured, or not at all.
        row.evidence = max(min(airing.report.evidence, Evidence.CONSUMED), row.evidence or 0)


def write_all(rows: Iterable[AiringRow], airings: Iterable[Airing]) -> None:
    """Each airing into its row."""
    places = {row.id: row for row in rows}
    for airing in airings:
        write_airing(places[airing.id], airing)
