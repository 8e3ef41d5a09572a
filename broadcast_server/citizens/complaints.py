"""A horn that is broken or too loud, told by whoever lives under it."""

from __future__ import annotations

import secrets
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.throttle import admit, of_complaint
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.citizens import ComplaintRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import DAY, Micros, StationId

LONGEST_TEXT = 500
MOST_OPEN = 1000
KEPT_FOR = 365 * DAY
"""Once it was dealt with."""


class Matter(StrEnum):
    """What it is about."""

    BROKEN = "broken"
    LOUD = "loud"
    QUIET = "quiet"
    OTHER = "other"


async def take(
    session: AsyncSession, station: StationId, cluster: str, matter: str, text: str, address: str, now: Micros
) -> None:
    """Keep it. Problem 422 `complaint_unreadable`, 404 for a cluster that is not there, 429 `too_many_complaints`."""
    if matter not in set(Matter) or (matter == Matter.OTHER and not text):
        vi, en = (
            "Hãy chọn loa bị gì; nếu là việc khác, xin viết vài chữ.",
            "Choose what is wrong, or write a few words.",
        )
        raise Problem(422, "complaint_unreadable", vi, en)
    if cluster:
        row = await session.get(ClusterRow, cluster)
        if row is None or row.station_id != station or row.deleted_us is not None:
            raise not_found("cụm loa này", "cluster")
    if not await admit(session, of_complaint(address), now):
        vi = "Đã nhận nhiều phản ánh từ mạng này. Xin thử lại sau 15 phút."
        raise Problem(429, "too_many_complaints", vi, "Many reports came from this network. Try again in 15 minutes.")
    await session.execute(delete(ComplaintRow).where(ComplaintRow.closed_us < now - KEPT_FOR))
    if await open_complaints(session, station) >= MOST_OPEN:
        vi = "Đài đang có quá nhiều phản ánh chưa xem. Xin gọi trực tiếp cán bộ đài."
        en = "The station has too many reports that nobody has read. Please call the officer."
        raise Problem(429, "too_many_complaints", vi, en)
    session.add(
        ComplaintRow(
            id=secrets.token_hex(16),
            station_id=station,
            cluster_id=cluster or None,
            matter=matter,
            text=text,
            made_us=now,
        )
    )


async def open_complaints(session: AsyncSession, station: StationId) -> int:
    """How many nobody has dealt with."""
    query = select(func.count()).select_from(ComplaintRow).filter_by(station_id=station, closed_us=None)
    return await session.scalar(query) or 0
