"""A cluster is switched off for a while: the log says why it is silent, and an emergency sounds all the same."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.commanding import Commanding
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.local_time import LATEST_US
from broadcast_server.news import News
from broadcast_server.people.audit import record
from broadcast_server.places import find_cluster
from broadcast_server.planning import Planning
from broadcast_server.problem import Problem
from broadcast_server.recalling import RECENT_US, SOON_US
from broadcast_server.schedule.outlook import RESTS
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, AiringId, ClusterId, Micros, StationId
from speaker_client.protocol.priority import Priority

LONGEST_WHY = 200
FARTHEST_US = 92 * DAY
"""Who means longer than this means until somebody switches it on."""


class Resting:
    """Switches clusters off and on."""

    def __init__(self, planning: Planning, commanding: Commanding, news: News, station: StationId) -> None:
        self._planning, self._commanding, self._news, self._station = planning, commanding, news, station

    async def rest(self, cluster: ClusterId, until_us: int | None, why: str, by: str) -> ClusterRow:
        """Off until then, or (None) until it is switched on; what sounds there and is no emergency ends now, and what
        is due within a minute is stopped by name, for the new plan might come too late. Problem 404, 422
        `moment_out_of_range`."""
        async with self._planning.changing(RESTS, any_hour=True) as change:
            if until_us is not None and not change.now < until_us <= change.now + FARTHEST_US:
                vi, en = "Giờ bật lại đã qua hoặc quá xa.", "The moment to switch it on has passed or is too far away."
                raise Problem(422, "moment_out_of_range", vi, en)
            row = await find_cluster(change.session, self._station, cluster)
            if row.rests_since_us is None or row.rests_until_us <= change.now:
                row.rests_since_us = change.now
            row.rests_until_us = LATEST_US if until_us is None else until_us
            row.rests_by, row.rests_why = by, clean_line(why, LONGEST_WHY)
            detail = {"until_us": until_us, "why": row.rests_why}
            record(change.session, self._station, change.now, by, "cluster.rest", cluster, **detail)
            soon = await _due(change.session, cluster, change.now)
            halt = await self._commanding.halt(change.session, soon, (), RESTS) if soon else None
        if halt:
            self._commanding.send(halt)
        self._news.reported()
        return row

    async def wake(self, cluster: ClusterId, by: str) -> ClusterRow:
        """On again, from what begins next. Problem 404."""
        async with self._planning.changing(by, any_hour=True) as change:
            row = await find_cluster(change.session, self._station, cluster)
            row.rests_since_us, row.rests_until_us, row.rests_by, row.rests_why = None, 0, "", ""
            record(change.session, self._station, change.now, by, "cluster.wake", cluster)
        self._news.reported()
        return row


async def _due(session: AsyncSession, cluster: ClusterId, now: Micros) -> list[AiringId]:
    """What sounds there, or is due so soon that its box may begin it before it hears of anything; no emergency."""
    query = select(AiringRow.id).where(
        AiringRow.cluster_id == cluster,
        AiringRow.priority < Priority.LIVE_EMERGENCY,
        or_(AiringRow.first_plan.is_not(None), AiringRow.order_id.is_not(None)),
        AiringRow.withdrawn_plan.is_(None),
        AiringRow.start_us.between(now - RECENT_US, now + SOON_US),
        AiringRow.until_us > now,
        AiringRow.state.not_in([end.value for end in ENDS]),
    )
    return [AiringId(one) for one in await session.scalars(query)]
