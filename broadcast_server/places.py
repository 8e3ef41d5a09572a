"""Villages, clusters and their loudspeakers: set up once, adjusted by the technician."""

from __future__ import annotations

import secrets

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.configuring import configure
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.signing import Signing
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, VillageRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import ClusterId, Micros

LONGEST_NAME = 80
MOST_LOUDSPEAKERS = 16


class Places:
    """The ground that the station covers."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news

    async def add_village(self, name: str, by: str) -> VillageRow:
        """A new village; Problem 422 without a name, 409 when the name is taken."""
        row = VillageRow(id=secrets.token_hex(8), station_id=self._signing.station, name=_name(name))
        async with self._database.transaction() as session:
            same = select(VillageRow.id).filter_by(station_id=row.station_id, name=row.name)
            if (await session.scalars(same)).first() is not None:
                raise _taken(row.name)
            session.add(row)
            record(session, row.station_id, self._clock.now_us(), by, "village.add", row.id, name=row.name)
        return row

    async def add_cluster(self, village: str, name: str, loudspeakers: int, by: str) -> ClusterRow:
        """A new cluster with so many loudspeakers; Problem 404 without the village, 409 when the name is taken."""
        if not 1 <= loudspeakers <= MOST_LOUDSPEAKERS:
            vi, en = "Một cụm có từ 1 đến 16 loa.", "A cluster has 1 to 16 loudspeakers."
            raise Problem(422, "bad_loudspeaker_count", vi, en)
        async with self._database.transaction() as session:
            ground = await session.get(VillageRow, village)
            if ground is None or ground.station_id != self._signing.station:
                raise not_found("thôn này", "village")
            row = await self._new_cluster(session, ground, _name(name))
            session.add_all(
                LoudspeakerRow(cluster_id=row.id, number=number, station_id=row.station_id)
                for number in range(1, loudspeakers + 1)
            )
            record(session, row.station_id, self._clock.now_us(), by, "cluster.add", row.id, name=row.name)
        return row

    async def adjust_loudspeaker(
        self, cluster: ClusterId, number: int, gain_cb: int | None, muted: bool | None, by: str
    ) -> LoudspeakerRow:
        """Gain (hundredths of a decibel) or mute of one loudspeaker; its box is told. Problem 404 if not there."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await session.get(LoudspeakerRow, (cluster, number))
            if row is None or row.station_id != self._signing.station:
                raise not_found("loa này", "loudspeaker")
            row.gain_cb = row.gain_cb if gain_cb is None else gain_cb
            row.muted = row.muted if muted is None else muted
            await session.flush()
            await self._tell(session, cluster, now)
            subject, state = f"{cluster}:{number}", {"gain_cb": row.gain_cb, "muted": row.muted}
            record(session, row.station_id, now, by, "loudspeaker.adjust", subject, **state)
        self._news.stir([cluster])
        return row

    async def _new_cluster(self, session: AsyncSession, village: VillageRow, name: str) -> ClusterRow:
        query = select(ClusterRow).filter_by(station_id=village.station_id)
        if (await session.scalars(query.filter_by(name=name))).first() is not None:
            raise _taken(name)
        last = await session.scalar(select(func.max(ClusterRow.position)).filter_by(station_id=village.station_id))
        row = ClusterRow(
            id=secrets.token_hex(8),
            station_id=village.station_id,
            village_id=village.id,
            name=name,
            position=(last or 0) + 1,
        )
        session.add(row)
        await session.flush()
        return row

    async def _tell(self, session: AsyncSession, cluster: ClusterId, now: Micros) -> None:
        boxes = select(BoxRow).where(BoxRow.cluster_id == cluster, BoxRow.revoked_us.is_(None))
        for box in (await session.scalars(boxes)).all():
            await configure(session, self._signing, box, now)
        await note_news(session, self._signing.station, [cluster], now)


def _name(text: str) -> str:
    name = clean_line(text, LONGEST_NAME)
    if not name:
        raise Problem(422, "name_missing", "Cần có tên.", "A name is needed.")
    return name


def _taken(name: str) -> Problem:
    return Problem(409, "name_taken", f"Đã có “{name}”.", f"There is a “{name}” already.")
