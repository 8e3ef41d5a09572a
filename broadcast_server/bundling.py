"""What is in force for a box, put together from what was signed; waited for when there is nothing new."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import KnownBox
from broadcast_server.faulting import ROLLED_BACK
from broadcast_server.giving import CARRIED_OUT_BY
from broadcast_server.news import News
from broadcast_server.problem import Problem
from broadcast_server.store.airings import AiringRow, PlanRow
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, CommandRow, FaultRow, StopNameRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.bundle import LONGEST_WAIT_S, bundle_tag
from speaker_client.protocol.ids import BoxId, Micros, StationId

ASKS_AGAIN_S = 5
"""A box that was answered asks anew before so long."""


@dataclass(frozen=True)
class Packed:
    """A bundle as JSON bytes, and its entity tag (without quotes)."""

    data: bytes
    etag: str


class _Given(NamedTuple):
    """What a box was given last, the bell that rings at its next news, and when, by the loop's clock, was looked."""

    etag: str
    bell: asyncio.Event
    looked_s: float


class Bundling:
    """Bundles, now or as soon as they differ."""

    def __init__(self, database: Database, clock: Clock, station: StationId, news: News) -> None:
        self._database, self._clock, self._station, self._news = database, clock, station, news
        self._asks_until_s: dict[BoxId, float] = {}
        self._given: dict[BoxId, _Given] = {}
        self._current_s: dict[BoxId, float] = {}
        """Up to when a box is known to hold all that is in force."""

    def asks(self, box: BoxId) -> bool:
        """Whether its last question may stand open still, or its next one is to be expected at any moment."""
        return asyncio.get_running_loop().time() < self._asks_until_s.get(box, -math.inf)

    def is_current(self, box: BoxId, since_s: float) -> bool:
        """Whether it has said, by the tag that it asked with, that it holds all that was in force at that moment of the
        loop's clock."""
        return self._current_s.get(box, -math.inf) >= since_s

    async def bundle(self, box: KnownBox) -> Packed:
        """What is in force for the box now."""
        async with self._database.reading() as session:
            return await pack(session, self._station, box, self._clock.now_us())

    async def newer(self, box: KnownBox, etag: str | None, wait_s: float) -> Packed | None:
        """The bundle once its tag is not `etag`; None if it still is after `wait_s` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(wait_s, LONGEST_WAIT_S)
        self._asks_until_s[box.id] = deadline + ASKS_AGAIN_S
        given = self._given.pop(box.id, None)
        while True:
            bell, looked_s = self._news.bell(box.cluster), loop.time()
            if given and given.etag == etag and given.bell is bell and looked_s < given.looked_s + ASKS_AGAIN_S:
                looked_s = given.looked_s  # it has taken that, and nothing has come since
            else:
                packed = await self.bundle(box)
                if packed.etag != etag:
                    self._given[box.id] = _Given(packed.etag, bell, looked_s)
                    return packed
            given = None
            self._current_s[box.id] = looked_s
            try:
                async with asyncio.timeout_at(deadline):
                    await bell.wait()
            except TimeoutError:
                return None
            if self._news.closed:
                return None


async def pack(session: AsyncSession, station: StationId, box: KnownBox, now: Micros) -> Packed:
    """Keyring, config, plan and inbox of the box, each the very text that was signed.

    A box that took another's place never knew what was stopped before, and one whose journal was rolled back may have
    forgotten: these hear of every stop.
    """
    one = (await session.execute(_BOX, {"box": box.id, "cluster": box.cluster, "station": station})).one()
    if one.revoked_us is not None:
        raise Problem(403, "box_revoked", "Hộp này đã bị thu hồi.", "This box was revoked.")
    all_until_us = one.enrolled_us if one.remembers else _EVER
    inbox = await session.scalars(
        _INBOX, {"station": station, "audiences": box.audiences, "now": now, "all_until": all_until_us}
    )
    text = (
        f'{{"keyring":{one.keyring},"config":{one.config},"shelf":{one.shelf or "null"},'
        f'"plan":{one.plan or "null"},"inbox":[{",".join(inbox)}]}}'
    )
    data = text.encode()
    return Packed(data, bundle_tag(data))


_ROLLED_BACK = exists().where(FaultRow.box_id == BoxRow.id, FaultRow.code == ROLLED_BACK, FaultRow.cleared_us.is_(None))
_BOX = (
    select(
        BoxRow.revoked_us,
        BoxRow.enrolled_us,
        BoxRow.config,
        StationRow.keyring,
        StationRow.shelf,
        PlanRow.envelope.label("plan"),
        (~_ROLLED_BACK).label("remembers"),
    )
    .select_from(BoxRow)
    .join(StationRow, StationRow.id == bindparam("station"))
    .outerjoin(PlanRow, PlanRow.cluster_id == bindparam("cluster"))
    .where(BoxRow.id == bindparam("box"))
)
"""What a box has of its own. It is asked for so often that the question is put together once, as is the next."""

_LATER = aliased(CommandRow)
_ORDER = CommandRow.order_id.is_not(None)
_CARRIED_OUT = exists().where(CARRIED_OUT_BY, AiringRow.report.is_not(None))
_NAMES = exists().where(StopNameRow.command_id == CommandRow.id)
_NAMES_OPEN_ONE = exists().where(
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
_EVER = 2**62
_INBOX = (
    select(CommandRow.envelope)
    .where(
        CommandRow.station_id == bindparam("station"),
        CommandRow.audience.in_(bindparam("audiences", expanding=True)),
        CommandRow.expires_us > bindparam("now"),
        ~(_ORDER & _CARRIED_OUT),
        or_(CommandRow.made_us <= bindparam("all_until"), _ORDER, _NAMES_OPEN_ONE, ~_NAMES & ~_SAID_AGAIN),
    )
    .order_by(CommandRow.made_us, CommandRow.seq)
)
"""What the box has still to hear of: neither orders nor stops of what it reported the end of, and of the stops for
whatever sounds only the newest, which means more than all before it. Of what was made up to `all_until` every stop."""
