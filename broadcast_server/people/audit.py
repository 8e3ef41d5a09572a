"""Who did what: one row for every change, in the same transaction as the change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.store.base import past_mapper
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.ids import Micros

_APPENDED = insert(AuditRow)


def record(
    session: AsyncSession, station_id: str, now_us: Micros, who: str, action: str, subject: str, **detail: Any
) -> None:
    """Append; `action` is `noun.verb`, `subject` the id of what was touched. No secrets in `detail`."""
    session.add(AuditRow(station_id=station_id, at_us=now_us, who=who, action=action, subject=subject, detail=detail))


async def record_each(
    session: AsyncSession,
    station_id: str,
    now_us: Micros,
    who: str,
    action: str,
    of: Iterable[tuple[str, dict[str, Any]]],
) -> None:
    """The same done to each subject, with its detail, in one statement."""
    same = {"station_id": station_id, "at_us": now_us, "who": who, "action": action}
    if rows := [{**same, "subject": subject, "detail": detail} for subject, detail in of]:
        await past_mapper(session, _APPENDED, rows)
