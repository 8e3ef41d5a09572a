"""Loudspeakers are tried one by one: an ordinary announcement of a bell on one of them, and what was heard there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.announcing import SOONEST_US, Announced, Announcing
from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping
from broadcast_server.emergency_templates import CHIME
from broadcast_server.fleet.presence import Presence
from broadcast_server.local_time import local
from broadcast_server.monitoring import Monitoring
from broadcast_server.news import News
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.reading import cluster_rests
from broadcast_server.programmes.timetable import read_quiet
from broadcast_server.store.base import Database
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow
from speaker_client.protocol.ids import ClusterId, StationId

FROM_HOUR, UNTIL_HOUR = 6, 21
"""Outside of these hours, and in the quiet hours, people sleep: a test then must be meant."""


@dataclass(frozen=True)
class Trial:
    """A test that was planned."""

    announced: Announced
    duration_us: int


class TryingOut:
    """Has loudspeakers ring, and keeps what people say they heard."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station: StationId,
        zone: str,
        doors: Doorkeeping,
        monitoring: Monitoring,
        announcing: Announcing,
        news: News,
    ) -> None:
        self._database, self._clock, self._station, self._zone = database, clock, station, zone
        self._doors, self._monitoring, self._announcing, self._news = doors, monitoring, announcing, news

    async def ring(self, cluster: ClusterId, number: int, at_night: bool, by: str) -> Trial:
        """Ring the bell on this one, as soon as is safe. Problem 404, 409 `cluster_rests`, `loudspeaker_muted`,
        `cluster_away`, `not_ready` without the bell, `night` unless it is meant."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            quiet = (await read_quiet(session, self._station)).disturbed(now, now + SOONEST_US)
            if not at_night and (quiet or not FROM_HOUR <= local(self._zone, now).hour < UNTIL_HOUR):
                vi = "Đang giờ nghỉ, bà con đang ngủ nên chưa thử loa."
                raise Problem(409, "night", vi, "People are asleep now, so nothing rings.")
            place, horn = await _find(session, self._station, cluster, number)
            bell = await self._bell(session)
        if place.rests_until_us > now:
            raise cluster_rests()
        if horn.muted:
            vi, en = f"Loa {number} đang tắt tiếng: hãy bật lại rồi thử.", f"Loudspeaker {number} is muted."
            raise Problem(409, "loudspeaker_muted", vi, en)
        if not self._is_there(cluster):
            vi, en = "Cụm này đang mất kết nối nên chưa thử loa được.", "This cluster is not reached: nothing can ring."
            raise Problem(409, "cluster_away", vi, en)
        title, target = f"Thử loa {number} – {place.name}", f"loudspeaker:{cluster}:{number}"
        announced = await self._announcing.announce_recording(bell.id, title, (target,), None, by, any_hour=True)
        await self._note(by, "loudspeaker.test", f"{cluster}:{number}", programme=announced.programme_id)
        return Trial(announced, bell.duration_us)

    async def heard(self, cluster: ClusterId, number: int, heard: bool, programme: str | None, by: str) -> int:
        """Somebody stood beneath it and heard it, or not; when that was said. Problem 404."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            _, horn = await _find(session, self._station, cluster, number)
            horn.heard, horn.heard_us, horn.unheard = heard, now, 0
            subject = f"{cluster}:{number}"
            record(session, self._station, now, by, "loudspeaker.heard", subject, heard=heard, programme=programme)
        self._news.reported()
        return now

    def _is_there(self, cluster: ClusterId) -> bool:
        box = next((known.id for known in self._doors.all() if known.cluster == cluster), None)
        return box is not None and self._monitoring.presence_of(box)[0] in (Presence.ONLINE, Presence.LATE)

    async def _bell(self, session: AsyncSession) -> RecordingRow:
        """The sound of a test: three falling bells, that every box holds at all times."""
        query = select(RecordingRow).join(TemplateRow, TemplateRow.recording_id == RecordingRow.id)
        bell = await session.scalar(query.where(TemplateRow.station_id == self._station, TemplateRow.name == CHIME))
        if bell is None:
            vi, en = "Tiếng chuông thử loa đang được làm; đợi một lát.", "The bell is being made; wait a moment."
            raise Problem(409, "not_ready", vi, en)
        return bell

    async def _note(self, by: str, action: str, subject: str, **detail: object) -> None:
        async with self._database.transaction() as session:
            record(session, self._station, self._clock.now_us(), by, action, subject, **detail)


async def _find(
    session: AsyncSession, station: StationId, cluster: ClusterId, number: int
) -> tuple[ClusterRow, LoudspeakerRow]:
    place, horn = await session.get(ClusterRow, cluster), await session.get(LoudspeakerRow, (cluster, number))
    if place is None or horn is None or place.station_id != station or place.deleted_us is not None:
        raise not_found("loa này", "loudspeaker")
    return place, horn
