"""What is in force for a box, put together from what was signed; waited for when there is nothing new."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import KnownBox
from broadcast_server.faulting import ROLLED_BACK, has_fault
from broadcast_server.giving import CARRIED_OUT_BY
from broadcast_server.news import News
from broadcast_server.problem import Problem
from broadcast_server.store.airings import AiringRow, PlanRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, CommandRow, StopNameRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.bundle import LONGEST_WAIT_S, bundle_tag
from speaker_client.protocol.ids import Micros, StationId


@dataclass(frozen=True)
class Packed:
    """A bundle as JSON bytes, and its entity tag (without quotes)."""

    data: bytes
    etag: str


class Bundling:
    """Bundles, now or as soon as they differ."""

    def __init__(self, database: Database, clock: Clock, station: StationId, news: News) -> None:
        self._database, self._clock, self._station, self._news = database, clock, station, news

    async def bundle(self, box: KnownBox) -> Packed:
        """What is in force for the box now."""
        async with self._database.reading() as session:
            return await pack(session, self._station, box, self._clock.now_us())

    async def newer(self, box: KnownBox, etag: str | None, wait_s: float) -> Packed | None:
        """The bundle once its tag is not `etag`; None if it still is after `wait_s` seconds."""
        deadline = asyncio.get_running_loop().time() + min(wait_s, LONGEST_WAIT_S)
        while True:
            bell = self._news.bell(box.cluster)
            packed = await self.bundle(box)
            if packed.etag != etag:
                return packed
            try:
                async with asyncio.timeout_at(deadline):
                    await bell.wait()
            except TimeoutError:
                return None
            if self._news.closed:
                return None


async def pack(session: AsyncSession, station: StationId, box: KnownBox, now: Micros) -> Packed:
    """Keyring, config, plan and inbox of the box, each the very text that was signed."""
    row = await session.get_one(BoxRow, box.id)
    if row.revoked_us is not None:
        raise Problem(403, "box_revoked", "Hộp này đã bị thu hồi.", "This box was revoked.")
    signed = await session.get_one(StationRow, station)
    plan = await session.get(PlanRow, box.cluster)
    inbox = await _inbox(session, station, box, now, row.enrolled_us)
    envelope = plan.envelope if plan else "null"
    text = (
        f'{{"keyring":{signed.keyring},"config":{row.config},"shelf":{signed.shelf or "null"},'
        f'"plan":{envelope},"inbox":[{",".join(inbox)}]}}'
    )
    data = text.encode()
    return Packed(data, bundle_tag(data))


async def _inbox(session: AsyncSession, station: StationId, box: KnownBox, now: Micros, enrolled_us: int) -> list[str]:
    """What the box has still to hear of: neither orders nor stops of what it reported the end of, and of the stops for
    whatever sounds only the newest, which means more than all before it.

    A box whose journal was rolled back may have forgotten what was stopped, and one that took another's place never
    knew: they hear of every stop.
    """
    query = (
        select(CommandRow.envelope)
        .where(CommandRow.station_id == station, CommandRow.audience.in_(box.audiences), CommandRow.expires_us > now)
        .order_by(CommandRow.made_us, CommandRow.seq)
    )
    query = query.where(~(_ORDER & _CARRIED_OUT))
    if not await has_fault(session, box.id, ROLLED_BACK):
        news = or_(_ORDER, _NAMES & ~_ALL_ENDED, ~_NAMES & ~_SAID_AGAIN)
        query = query.where(or_(CommandRow.made_us <= enrolled_us, news))
    return list(await session.scalars(query))


_LATER = aliased(CommandRow)
_ORDER = CommandRow.order_id.is_not(None)
_CARRIED_OUT = exists().where(CARRIED_OUT_BY, AiringRow.report.is_not(None))
_NAMES = exists().where(StopNameRow.command_id == CommandRow.id)
_ALL_ENDED = ~exists().where(
    StopNameRow.command_id == CommandRow.id, AiringRow.id == StopNameRow.airing_id, AiringRow.report.is_(None)
)
_SAID_AGAIN = exists().where(
    _LATER.station_id == CommandRow.station_id,
    _LATER.audience == CommandRow.audience,
    _LATER.kind == CommandRow.kind,
    _LATER.seq > CommandRow.seq,
    _LATER.order_id.is_(None),
    ~exists().where(StopNameRow.command_id == _LATER.id),
)
