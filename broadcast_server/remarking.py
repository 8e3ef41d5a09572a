"""What people add to the log: the log itself is never changed, and neither is what was added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.broadcast_log import read_line
from broadcast_server.people.audit import record
from broadcast_server.people.user import User
from broadcast_server.problem import Problem
from broadcast_server.store.airings import RemarkRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import Micros, StationId

LONGEST_REMARK, MOST_REMARKS = 500, 100


@dataclass(frozen=True)
class Remark:
    """A sentence to be added to the broadcast of an airing. `key` is its id: sent again it is the same one."""

    airing: str
    text: str
    key: str


async def add_remark(session: AsyncSession, station: StationId, remark: Remark, by: User, now_us: Micros) -> RemarkRow:
    """Append it. Problem 404 without the airing, 409 `remarks_full`, 422 `remark_empty`, `key_used`."""
    text = clean_line(remark.text, LONGEST_REMARK)
    if not text:
        raise Problem(422, "remark_empty", "Ghi chú chưa có chữ nào.", "The note has no words.")
    occurrence = (await read_line(session, station, remark.airing)).row.occurrence_id
    known = await session.get(RemarkRow, remark.key)
    if known is not None:
        return _the_same(known, station, occurrence, text, by)
    if len((await read_remarks(session, [occurrence])).get(occurrence, ())) >= MOST_REMARKS:
        vi, en = f"Mỗi lần phát có nhiều nhất {MOST_REMARKS} ghi chú.", f"At most {MOST_REMARKS} notes for a broadcast."
        raise Problem(409, "remarks_full", vi, en)
    row = RemarkRow(id=remark.key, station_id=station, occurrence_id=occurrence, text=text, made_us=now_us)
    row.by, row.by_name = by.name, by.full_name or by.name
    session.add(row)
    record(session, station, now_us, by.name, "log.remark", occurrence, text=text)
    await session.flush()
    return row


async def read_remarks(session: AsyncSession, occurrences: Iterable[str]) -> Mapping[str, list[RemarkRow]]:
    """What was added to these broadcasts, the oldest first."""
    query = select(RemarkRow).where(RemarkRow.occurrence_id.in_(list(dict.fromkeys(occurrences))))
    found: dict[str, list[RemarkRow]] = {}
    for row in await session.scalars(query.order_by(RemarkRow.made_us, RemarkRow.id)):
        found.setdefault(row.occurrence_id, []).append(row)
    return found


def _the_same(known: RemarkRow, station: StationId, occurrence: str, text: str, by: User) -> RemarkRow:
    asked = station, occurrence, text, by.name
    if asked != (known.station_id, known.occurrence_id, known.text, known.by):
        vi, en = "Khóa của ghi chú này đã dùng cho ghi chú khác.", "The key of this note was used for another one."
        raise Problem(422, "key_used", vi, en)
    return known
