"""A horn that is broken or too loud, told by whoever lives under it."""

from __future__ import annotations

import secrets
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.people.audit import record
from broadcast_server.people.throttle import admit, of_complaint
from broadcast_server.places import find_cluster
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.citizens import ComplaintRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, Micros, StationId

LONGEST_TEXT = 500
LONGEST_DONE = 200
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
        await find_cluster(session, station, cluster)
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


async def close(session: AsyncSession, station: StationId, complaint: str, done: str, by: str, now: Micros) -> None:
    """It was dealt with, and how; of one that was closed already nothing changes.

    Problem 404, 422 `complaint_undone` for no word of what was done.
    """
    row = await session.get(ComplaintRow, complaint)
    if row is None or row.station_id != station:
        raise not_found("phản ánh này", "report")
    words = clean_line(done, LONGEST_DONE)
    if not words:
        raise Problem(422, "complaint_undone", "Hãy ghi vài chữ đã làm gì.", "Write a few words of what was done.")
    if row.closed_us is None:
        row.closed_us, row.closed_by, row.done = now, by, words
        record(session, station, now, by, "complaint.close", row.id, matter=row.matter, done=words)


def told_of(station: StationId, cluster: str = "") -> ColumnElement[bool]:
    """Those that a station was told, of one cluster if it is named."""
    ours = ComplaintRow.station_id == station
    return ours & (ComplaintRow.cluster_id == cluster) if cluster else ours


async def open_complaints(session: AsyncSession, station: StationId, cluster: str = "") -> int:
    """How many nobody has dealt with, of one cluster if it is named."""
    query = select(func.count()).select_from(ComplaintRow)
    return await session.scalar(query.where(told_of(station, cluster), ComplaintRow.closed_us.is_(None))) or 0
