"""An announcement is called off: while its sound is made, or planned but not on air yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.announcing import CANCELLED, Announced, announced, announced_programme, find_programme
from broadcast_server.commanding import Commanding
from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.people.audit import record
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.reading import left_to_play
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.scheduling import Scheduling
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.programmes import ProgrammeRow
from speaker_client.protocol.ids import DAY, MINUTE, AiringId, ProgrammeId, StationId

SOON_US = MINUTE
"""What is due so soon counts as on air, and is also stopped by name: the new plan might come to a box too late."""
RECENT_US = DAY
"""An airing that was due longer ago no longer sounds."""


class Standing(Enum):
    """How far an announcement has come."""

    COMING = "coming"
    ON_AIR = "on air"
    OVER = "over"


@dataclass(frozen=True)
class Told:
    """One of its recent airings: when it is due, and how it stands as far as the station knows."""

    airing: AiringId
    start_us: int
    state: State


def standing(airings: Sequence[Told], plays_later: bool, now_us: int) -> Standing:
    """On air once any box is due to have begun, whether or not it has said so. `plays_later`: by its rules."""
    if any((one.start_us <= now_us and one.state not in ENDS) or one.state is State.PLAYING for one in airings):
        return Standing.ON_AIR
    if any(one.start_us > now_us and one.state not in ENDS for one in airings) or plays_later:
        return Standing.COMING
    return Standing.OVER


class Recalling:
    """Calls announcements off."""

    def __init__(
        self, planning: Planning, scheduling: Scheduling, commanding: Commanding, station: StationId, zone: str
    ) -> None:
        self._planning, self._scheduling, self._commanding = planning, scheduling, commanding
        self._station, self._zone = station, zone

    async def recall(self, announcement_id: str, by: str) -> Announced:
        """Call it off for good; what is due soon is stopped by name in the same transaction, so that no kill parts the
        two. Problem 404, 409 `on_air` or `announcement_over`."""
        async with self._planning.changing(by) as change:
            intake = await change.session.get(IntakeRow, announcement_id)
            if intake is None:
                programme = await find_programme(change.session, self._station, announcement_id)
                soon = await self._take_off(change, programme)
                stands = replace(announced_programme(programme, None), state="cancelled", refusal=CANCELLED)
            else:
                soon = await self._give_up(change, intake)
                stands = announced(intake)
            record(change.session, self._station, change.now, by, "announcement.cancel", announcement_id)
            halt = await self._commanding.halt(change.session, soon, (), by) if soon else None
        if halt:
            self._commanding.send(halt)
        return stands

    async def _give_up(self, change: Change, intake: IntakeRow) -> list[AiringId]:
        """Whatever becomes of its sound is not put on air. Its airings that are due soon."""
        if intake.station_id != self._station or intake.announce is None:
            raise not_found("thông báo này", "announcement")
        if "cancelled_by" in intake.announce:
            return []
        soon: list[AiringId] = []
        if intake.programme_id is not None:
            programme = await find_programme(change.session, self._station, intake.programme_id)
            soon = await self._take_off(change, programme)
        intake.announce = {**intake.announce, "cancelled_by": change.by}
        return soon

    async def _take_off(self, change: Change, programme: ProgrammeRow) -> list[AiringId]:
        """It is in no plan any more. Its airings that are due soon."""
        name = ProgrammeId(programme.id)
        told = await _told(change.session, self._station, name, change.now)
        today = local_day(self._zone, change.now)
        check(standing(told, name in left_to_play(change.before.schedule, today, change.now), change.now))
        await self._scheduling.remove_programme(change, name)
        return [one.airing for one in told if one.start_us <= change.now + SOON_US and one.state not in ENDS]


def check(stands: Standing) -> None:
    """Problem 409 `on_air` or `announcement_over` for what can no longer be called off."""
    if stands is Standing.ON_AIR:
        vi = "Thông báo đang phát nên không hủy được nữa; hãy dùng lệnh Dừng (`tienglang stop`)."
        en = "It is on air and can no longer be cancelled; use stop (`tienglang stop`)."
        raise Problem(409, "on_air", vi, en)
    if stands is Standing.OVER:
        vi, en = "Thông báo này đã phát xong hoặc đã bị hủy.", "This announcement is over or was cancelled."
        raise Problem(409, "announcement_over", vi, en)


async def _told(session: AsyncSession, station: StationId, programme: ProgrammeId, now: int) -> list[Told]:
    query = select(AiringRow.id, AiringRow.start_us, AiringRow.state).where(
        AiringRow.station_id == station,
        AiringRow.start_us > now - RECENT_US,
        AiringRow.programme_id == programme,
        AiringRow.withdrawn_plan.is_(None),
    )
    rows = await session.execute(query)
    return [Told(AiringId(airing), start_us, State(state)) for airing, start_us, state in rows]
