"""What a box reports is checked, kept and entered in the log in one transaction; then it is acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import KnownBox
from broadcast_server.entering import Entering
from broadcast_server.faulting import clear_faults, has_fault, note_mishap, raise_fault
from broadcast_server.fleet.chain import BrokenChain, Head, Line, news, read_lines
from broadcast_server.news import News
from broadcast_server.problem import Problem
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, ReportRow
from speaker_client.protocol.envelope import LARGEST_DOCUMENT, Envelope, Malformed, parse, payload_of
from speaker_client.protocol.ids import DAY, HOUR, BoxId, Micros
from speaker_client.protocol.report import Ack, Fork, ReportBatch, chain_hash
from speaker_client.protocol.signature import signed_by
from speaker_client.protocol.statement import box_audience

log = logging.getLogger(__name__)

ACK_LIFE = DAY
ASKED_FOR = HOUR
"""So long a box that has the missing lines has had to send them: it comes every few minutes."""
GAP = "journal_gap"
BROKEN_CODES = ("journal_forked", GAP, "journal_broken", "journal_rolled_back")
"""What a batch that fits disproves."""


class Receiving:
    """The station's end of every box's journal."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signing: Signing,
        news: News,
        replan: Callable[[str], Awaitable[object]],
    ) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._replan = replan

    async def receive(self, box: KnownBox, data: bytes) -> Envelope:
        """The signed acknowledgement of a batch that is now on disk and in the log.

        Problem 400 `malformed`, 403 `bad_signature` or `wrong_box`, 409 `journal_forked`, `journal_gap` or
        `journal_broken` (recorded as a fault of the box; `fork` says, signed, where the station's copy ends, so that
        the box sends what is missing). A batch that was received before is acknowledged again.
        """
        batch = self._read(box, data)
        try:
            lines = read_lines(box.id, batch.reports)
            head = await self._take(box, lines, batch.after)
        except Malformed as error:
            raise _malformed() from error
        except BrokenChain as error:
            raise await self._broken(box, error, batch) from error
        return self._ack(box, head)

    def _read(self, box: KnownBox, data: bytes) -> ReportBatch:
        try:
            envelope = parse(data, LARGEST_DOCUMENT)
            if not signed_by(envelope, box.public):
                raise Problem(403, "bad_signature", "Chữ ký của hộp không đúng.", "This is not the box's signature.")
            batch = ReportBatch.read(payload_of(envelope))
        except (Malformed, ValidationError) as error:
            raise _malformed() from error
        if batch.box != box.id or batch.station != self._signing.station:
            raise Problem(403, "wrong_box", "Báo cáo này của hộp khác.", "This is another box's report.")
        return batch

    async def _take(self, box: KnownBox, lines: tuple[Line, ...], after: int | None) -> Head:
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await session.get_one(BoxRow, box.id)
            if row.revoked_us is not None:
                raise Problem(403, "box_revoked", "Hộp này đã bị thu hồi.", "This box was revoked.")
            held = await _held(session, box, lines)
            beyond_reach = row.gap_forgiven and await _holds_nothing_between(session, row, after, now)
            fresh = news(lines, Head(row.report_n, row.report_head), held.get, beyond_reach)
            gave_back = await self._keep(session, box, row, fresh, now)
        self._news.reported()
        if gave_back:
            await self._replan("a box had ended what is planned")
        return Head(row.report_n, row.report_head)

    async def _keep(
        self, session: AsyncSession, box: KnownBox, row: BoxRow, fresh: tuple[Line, ...], now: Micros
    ) -> bool:
        """Whether some of it must be planned anew."""
        if not fresh:
            return False
        if fresh[0].n > row.report_n + 1:
            detail = f"{row.report_n + 1}..{fresh[0].n - 1}"
            note_mishap(session, self._signing.station, box.id, "reports_lost", detail, now)
        session.add_all(
            ReportRow(box_id=box.id, n=one.n, station_id=row.station_id, received_us=now, text=one.text)
            for one in fresh
        )
        entering = Entering(session, self._signing.station, row, now)
        await entering.enter(fresh)
        row.report_n, row.report_head = fresh[-1].n, fresh[-1].hash
        row.seen_us = max(row.seen_us or 0, now)
        await clear_faults(session, box.id, BROKEN_CODES, now)
        return entering.gave_back

    async def _broken(self, box: KnownBox, error: BrokenChain, batch: ReportBatch) -> Problem:
        now = self._clock.now_us()
        log.warning("box %s: %s", box.id, error)
        async with self._database.transaction() as session:
            await raise_fault(session, self._signing.station, box.id, error.code, str(error), now)
            row = await session.get_one(BoxRow, box.id)
        return Problem(
            409,
            error.code,
            "Nhật ký của hộp không nối tiếp với phần trạm đã giữ.",
            "The box's journal does not go on where the station's copy of it ends.",
            line=error.n,
            upto=row.report_n,
            fork=self._fork(box, Head(row.report_n, row.report_head), batch).model_dump(mode="json"),
        )

    def _fork(self, box: KnownBox, head: Head, batch: ReportBatch) -> Envelope:
        return self._word(Fork, box, head, answers=chain_hash(batch.reports[-1]))

    def _ack(self, box: KnownBox, head: Head) -> Envelope:
        return self._word(Ack, box, head)

    def _word(self, form: type[Ack] | type[Fork], box: KnownBox, head: Head, **more: str) -> Envelope:
        """Where the station's copy of the box's journal ends, signed."""
        now = self._clock.now_us()
        draft = form(
            station=self._signing.station,
            audience=box_audience(box.id),
            seq=DRAFT,
            not_before_us=now - DAY,
            expires_us=now + ACK_LIFE,
            upto=head.n,
            head=head.hash,
            **more,
        )
        return self._signing.seal_as(draft, head.n).envelope


async def _holds_nothing_between(session: AsyncSession, row: BoxRow, after: int | None, now: Micros) -> bool:
    """Whether the box has not what would fill a hole after our last line: it says so, or, where it is too old to say
    `after` what it comes, has been asked for that long."""
    if after is not None:
        return after <= row.report_n
    return await has_fault(session, BoxId(row.id), GAP, until=Micros(now - ASKED_FOR))


async def _held(session: AsyncSession, box: KnownBox, lines: tuple[Line, ...]) -> dict[int, str]:
    """The hashes of those of the lines' numbers that the station holds."""
    numbers = [line.n for line in lines]
    if not numbers:
        return {}
    query = select(ReportRow).where(ReportRow.box_id == box.id, ReportRow.n.between(numbers[0], numbers[-1]))
    return {row.n: chain_hash(row.text) for row in await session.scalars(query)}


def _malformed() -> Problem:
    return Problem(400, "malformed", "Báo cáo không đọc được.", "The report cannot be read.")
