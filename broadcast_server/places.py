"""Villages, clusters and their loudspeakers: set up once, adjusted by the technician."""

from __future__ import annotations

import re
import secrets

from pydantic import BaseModel, ConfigDict, Field
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
from speaker_client.protocol.config import Softer
from speaker_client.protocol.ids import ClusterId, Micros, StationId

LONGEST_NAME = 80
LONGEST_PHONE = 30
HOURS = 24
MOST_LOUDSPEAKERS = 16
_PHONE = re.compile(r"\+?[0-9][0-9 .]{2,28}")


class Place(BaseModel):
    """A point on the map, in degrees."""

    model_config = ConfigDict(frozen=True)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class ClusterChange(BaseModel):
    """What to change of a cluster; what is left out stays. `keeper`: who can go and look, `keeper_phone`: theirs.
    `hours_cb`: how much softer all but an emergency is in each of the day's 24 hours, in 1/100 dB; empty:
    the same all day. `place` null: it is not known any more."""

    model_config = ConfigDict(frozen=True)
    name: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME)
    village_id: str | None = None
    place: Place | None = None
    keeper: str | None = Field(default=None, max_length=LONGEST_NAME)
    keeper_phone: str | None = Field(default=None, max_length=LONGEST_PHONE)
    hours_cb: tuple[Softer, ...] | None = Field(default=None, max_length=HOURS)


class Places:
    """The ground that the station covers."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news

    async def add_village(self, name: str, by: str) -> VillageRow:
        """A new village; Problem 422 without a name, 409 when the name is taken."""
        row = VillageRow(id=secrets.token_hex(8), station_id=self._signing.station, name=_name(name))
        async with self._database.transaction() as session:
            same = select(VillageRow.id).filter_by(station_id=row.station_id, name=row.name, deleted_us=None)
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
            if ground is None or ground.station_id != self._signing.station or ground.deleted_us is not None:
                raise not_found("thôn này", "village")
            row = await self._new_cluster(session, ground, _name(name))
            session.add_all(
                LoudspeakerRow(cluster_id=row.id, number=number, station_id=row.station_id)
                for number in range(1, loudspeakers + 1)
            )
            record(session, row.station_id, self._clock.now_us(), by, "cluster.add", row.id, name=row.name)
        return row

    async def adjust_cluster(self, cluster: ClusterId, change: ClusterChange, by: str) -> ClusterRow:
        """Change what is named of a cluster; its box is told its new place. Whether it is in another village now, so
        that what is planned has to be planned anew, is the caller's to see. Problem 404, 409 `name_taken`, 422."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await find_cluster(session, self._signing.station, cluster)
            before = (row.name, row.village_id, row.hours_cb)
            await self._set(session, row, change)
            await session.flush()
            if before != (row.name, row.village_id, row.hours_cb):
                await self._tell(session, cluster, now)
            detail = change.model_dump(exclude_unset=True)
            record(session, row.station_id, now, by, "cluster.adjust", cluster, **detail)
        self._news.stir([cluster])
        return row

    async def _set(self, session: AsyncSession, row: ClusterRow, change: ClusterChange) -> None:
        if change.name is not None and (name := _name(change.name)) != row.name:
            await self._check_free(session, row.station_id, name)
            row.name = name
        if change.village_id is not None:
            ground = await session.get(VillageRow, change.village_id)
            if ground is None or ground.station_id != row.station_id or ground.deleted_us is not None:
                raise not_found("thôn này", "village")
            row.village_id = ground.id
        if "place" in change.model_fields_set:
            place = change.place
            row.latitude, row.longitude = (place.latitude, place.longitude) if place else (None, None)
        if change.keeper is not None:
            row.keeper = clean_line(change.keeper, LONGEST_NAME)
        if change.keeper_phone is not None:
            row.keeper_phone = _phone(change.keeper_phone)
        if change.hours_cb is not None:
            row.hours_cb = _hours(change.hours_cb)

    async def _check_free(self, session: AsyncSession, station: str, name: str) -> None:
        same = select(ClusterRow.id).filter_by(station_id=station, name=name, deleted_us=None)
        if (await session.scalars(same)).first() is not None:
            raise _taken(name)

    async def adjust_loudspeaker(
        self, cluster: ClusterId, number: int, gain_cb: int | None, muted: bool | None, by: str
    ) -> LoudspeakerRow:
        """Gain (hundredths of a decibel) or mute of one loudspeaker; its box is told. Problem 404 if not there."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await session.get(LoudspeakerRow, (cluster, number))
            ground = await session.get(ClusterRow, cluster)
            if row is None or ground is None or ground.deleted_us or row.station_id != self._signing.station:
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
        await self._check_free(session, village.station_id, name)
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


async def find_cluster(session: AsyncSession, station: StationId, cluster: str) -> ClusterRow:
    """The cluster's row; Problem 404."""
    row = await session.get(ClusterRow, cluster)
    if row is None or row.station_id != station or row.deleted_us is not None:
        raise not_found("cụm loa này", "cluster")
    return row


def _name(text: str) -> str:
    name = clean_line(text, LONGEST_NAME)
    if not name:
        raise Problem(422, "name_missing", "Cần có tên.", "A name is needed.")
    return name


def _hours(hours_cb: tuple[int, ...]) -> list[int] | None:
    if hours_cb and len(hours_cb) != HOURS:
        vi, en = "Âm lượng theo giờ gồm đủ 24 giờ.", "Volumes by the hour are for all 24 hours."
        raise Problem(422, "bad_hours", vi, en)
    return list(hours_cb) if any(hours_cb) else None


def _phone(text: str) -> str:
    """A number as it is written; nothing but what a phone can dial."""
    number = clean_line(text, LONGEST_PHONE)
    if number and not _PHONE.fullmatch(number):
        vi, en = (
            "Số điện thoại chỉ gồm chữ số, dấu cách, dấu chấm, dấu +.",
            "A phone number is digits, spaces, dots.",
        )
        raise Problem(422, "bad_phone", vi, en)
    return number


def _taken(name: str) -> Problem:
    return Problem(409, "name_taken", f"Đã có “{name}”.", f"There is a “{name}” already.")
