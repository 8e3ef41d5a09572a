"""The lines of a box's journal entered in the log, one by one and in order, by the ledger's rules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.evidence import soundings_of
from broadcast_server.faulting import clear_faults, note_mishap, raise_fault
from broadcast_server.fleet.chain import Line
from broadcast_server.fleet.ledger import ENDS, Contradiction, State, apply, close, unheard
from broadcast_server.fleet.readiness import unheard_after
from broadcast_server.fleet.soundings import Sounding, merged, of_loudspeaker
from broadcast_server.logbook import airing_of, write_airing, write_all
from broadcast_server.store.airings import OPEN, AiringRow
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import LoudspeakerRow
from speaker_client.protocol.ids import SECOND, BoxId, ClusterId, LoudspeakerNumber, Micros, StationId
from speaker_client.protocol.refused import words
from speaker_client.protocol.report import (
    AiringEnded,
    AiringStarted,
    Booted,
    Fault,
    LogLost,
    Measured,
    OrderAccepted,
    PlanAccepted,
    Reason,
    Refused,
    Report,
)


class Entering:
    """One batch of one box, inside one transaction."""

    def __init__(self, session: AsyncSession, station: StationId, box: BoxRow, now: Micros) -> None:
        self._session, self._station, self._box, self._now = session, station, box, now
        self._id = BoxId(box.id)
        self.gave_back = False
        """Whether something must be planned anew, under an id that the box has not ended."""

    async def enter(self, lines: Sequence[Line]) -> None:
        """Apply each line; what contradicts the log is recorded as a mishap of the box and changes nothing."""
        for line in lines:
            if line.report is None:
                self._mishap("report_unread", f"line {line.n}")
            else:
                await self._one(line.report)
        said = [line.report.at_us for line in lines if line.report is not None and line.report.at_us is not None]
        if said:
            await close_unheard(self._session, ClusterId(self._box.cluster_id), max(said))

    async def _one(self, report: Report) -> None:
        match report.body:
            case AiringStarted() | AiringEnded() as body:
                await self._airing(body)
            case Measured() as body:
                await self._measured(body)
            case PlanAccepted() as body:
                await self._plan(body, self._now if report.at_us is None else report.at_us)
            case OrderAccepted() as body:
                await self._order(body, self._now if report.at_us is None else report.at_us)
            case Booted() as body:
                self._box.software = body.software[:64]
            case Fault() as body:
                await self._fault(body)
            case Refused() as body:
                self._mishap("statement_refused", f"{body.statement} × {body.count}, {words(body.code)}")
            case LogLost() as body:
                self._mishap("log_lost", f"{body.first}..{body.last or '?'}")

    async def _known(self, body: AiringStarted | AiringEnded | Measured) -> AiringRow | None:
        row = await self._session.get(AiringRow, body.airing)
        if row is None or row.cluster_id != self._box.cluster_id:
            self._mishap("airing_unknown", str(body.airing)[:64])
            return None
        return row

    async def _measured(self, body: Measured) -> None:
        row = await self._known(body)
        if row is None:
            return
        if row.started_us is None or row.planned is None:
            self._mishap("measured_before_start", str(body.airing)[:64])
            return
        asked = frozenset(row.planned["loudspeakers"])
        ours = tuple(one for one in body.measurements if not asked.isdisjoint(one.loudspeakers))
        if ours != body.measurements:
            self._mishap("measured_elsewhere", str(body.airing)[:64])
        body = body.model_copy(update={"measurements": ours})
        before = soundings_of(row)
        row.measured = [one.model_dump(mode="json") for one in merged(before, body)]
        if State(row.state) in ENDS:
            await self._listened(row, before)
        if proof := body.proof():
            row.evidence = max(int(proof), row.evidence or 0)

    async def _airing(self, body: AiringStarted | AiringEnded) -> None:
        row = await self._known(body)
        if row is None:
            return
        try:
            write_airing(row, apply(body, airing_of(row), self._now))
        except Contradiction as error:
            self._mishap(error.code, body.model_dump_json())
        else:
            if isinstance(body, AiringEnded):
                await self._listened(row, ())
                if body.reason is Reason.WITHDRAWN and row.withdrawn_plan is None:
                    self._give_back(row, body)

    async def _listened(self, row: AiringRow, before: tuple[Sounding, ...]) -> None:
        """Count what the sensors found of each loudspeaker: one that is never heard will not be heard next time.

        `before`: what was counted of this broadcast already. The last words of a sensor come after its end.
        """
        soundings = soundings_of(row)
        horns = select(LoudspeakerRow).filter_by(cluster_id=row.cluster_id)
        for horn in (await self._session.scalars(horns)) if soundings else ():
            number = LoudspeakerNumber(horn.number)
            own, counted = of_loudspeaker(soundings, number), of_loudspeaker(before, number)
            if own and (counted is None or (own.sounded and not counted.sounded)):
                horn.unheard = unheard_after(horn.unheard, own.sounded)

    def _give_back(self, row: AiringRow, end: AiringEnded) -> None:
        """A station that was restored does not know that it withdrew what it plans, nor which revisions it gave the
        box since, none of which the box would play again: the next leaps over them, for none takes a second."""
        if row.order_id is None and row.start_us > self._now:
            row.withdrawn_plan, row.revision = end.plan_seq + 1, max(row.revision, self._now // SECOND)
            self.gave_back = True

    async def _order(self, body: OrderAccepted, at_us: int) -> None:
        row = await self._session.get(AiringRow, body.airing)
        if row is None or row.cluster_id != self._box.cluster_id or row.order_id != body.order:
            self._mishap("order_unknown", body.model_dump_json())
        else:
            row.accepted_us = min(at_us, row.accepted_us or at_us)

    async def _plan(self, body: PlanAccepted, at_us: int) -> None:
        rows = await self._open_airings(body.seq)
        for row in rows:
            if row.order_id is None and (row.withdrawn_plan is None or row.withdrawn_plan > body.seq):
                row.accepted_us = row.accepted_us or at_us
        before = await self._accepted_before()
        write_all(rows, close(map(airing_of, rows), self._box.plan_acked, body.seq, at_us, before))
        self._box.plan_acked = max(self._box.plan_acked, body.seq)

    async def _accepted_before(self) -> int:
        """The newest plan that another box of the cluster has accepted."""
        others = (BoxRow.cluster_id == self._box.cluster_id) & (BoxRow.id != self._box.id)
        return await self._session.scalar(select(func.max(BoxRow.plan_acked)).where(others)) or 0

    async def _open_airings(self, accepted: int) -> Sequence[AiringRow]:
        query = select(AiringRow).where(
            OPEN,
            AiringRow.cluster_id == self._box.cluster_id,
            AiringRow.first_plan <= accepted,
        )
        return (await self._session.scalars(query)).all()

    async def _fault(self, body: Fault) -> None:
        if body.raised:
            await raise_fault(self._session, self._station, self._id, body.code, body.detail, self._now)
        else:
            await clear_faults(self._session, self._id, [body.code], self._now)

    def _mishap(self, code: str, detail: str) -> None:
        note_mishap(self._session, self._station, self._id, code, detail, self._now)


def unheard_orders(cluster: ClusterId, at_us: int) -> Select[str, int]:
    """The airings of orders that expired before that moment and of which the cluster's box has said nothing, and
    when they did."""
    return (
        select(AiringRow.id, OrderRow.expires_us)
        .join(OrderRow, OrderRow.id == AiringRow.order_id)
        .where(
            OPEN,
            AiringRow.cluster_id == cluster,
            AiringRow.accepted_us.is_(None),
            AiringRow.state != State.PLAYING.value,
            OrderRow.expires_us < at_us,
        )
    )


async def close_unheard(session: AsyncSession, cluster: ClusterId, at_us: int) -> None:
    """Orders that the box had never heard of when, at `at_us`, it spoke of something later than their expiry."""
    for airing, expires_us in (await session.execute(unheard_orders(cluster, at_us))).all():
        row = await session.get_one(AiringRow, airing)
        write_airing(row, unheard(airing_of(row), expires_us, at_us))
