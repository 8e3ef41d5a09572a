"""An announcement goes on air: finished sound becomes a programme that plays once, as soon as is safe or when asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.speech.port import Manner
from broadcast_server.clash import Clash, clashes
from broadcast_server.clock import Clock
from broadcast_server.framing import framed, unframed
from broadcast_server.hushing import check_moment
from broadcast_server.library import intakes, recordings
from broadcast_server.library.intakes import RefusalJson, State
from broadcast_server.library.reception import LONGEST_TITLE, Reception, key_used
from broadcast_server.local_time import local, moment_of, told_once
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.drafts import ProgrammeDraft, RuleDraft
from broadcast_server.programmes.reading import read_targets
from broadcast_server.programmes.timetable import read_sites, read_timetable
from broadcast_server.retiring import retire, retire_sounds
from broadcast_server.scheduling import Scheduling, recordings_of
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, MINUTE, SECOND, Micros, ProgrammeId, StationId

log = logging.getLogger(__name__)

COUNTDOWN_US = 5 * SECOND
"""How long whoever put something on air now is shown that it can be cancelled."""
SOONEST_US = 20 * SECOND
"""How far ahead something is planned so that every box has it in time; never less than the countdown."""
SHORTEST_NOTICE_US = 10 * SECOND
"""A wish that is nearer than this when the sound is ready is met as soon as is safe."""
LATEST_US = 15 * MINUTE
"""How long after the moment it was meant for an announcement may still begin; later it would only confuse."""
PRIORITY = "announcement"
AnnouncementState = Literal["received", "working", "ready", "refused", "failed", "cancelled", "over"]
"""That of its intake; `ready` until it is over or called off."""
CANCELLED: RefusalJson = {"code": "cancelled", "vi": "Thông báo đã bị hủy.", "en": "The announcement was cancelled."}


@dataclass(frozen=True)
class Announced:
    """What was planned. `id` follows it and cancels it: that of the text on its way, or of a recording's programme."""

    id: str
    state: AnnouncementState
    title: str
    programme_id: str | None = None
    start_us: int | None = None
    recording_id: str | None = None
    refusal: RefusalJson | None = None
    clashes: tuple[Clash, ...] = ()


class Announcing:
    """Puts announcements on air."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        planning: Planning,
        scheduling: Scheduling,
        station: StationId,
        zone: str,
    ) -> None:
        self._database, self._clock, self._planning, self._scheduling = database, clock, planning, scheduling
        self._station, self._zone = station, zone

    async def announce_text(
        self,
        reception: Reception,
        text: str,
        title: str,
        targets: Sequence[str],
        at_us: int | None,
        times: int,
        by: str,
        manner: Manner,
        key: str | None,
    ) -> Announced:
        """Have a text spoken; it is planned when its sound is finished. Problem 422 for a text or a target that is
        no good, 409 `quiet_hours`. Sent again with its `key` it is the same announcement; Problem 422 `key_used` if it
        was another."""
        async with self._database.reading() as session:
            read_targets(tuple(targets), await read_sites(session, self._station))
            if key is not None and (other := await session.get(ProgrammeRow, key)):
                raise key_used(other.title)
            if key is None or await session.get(IntakeRow, key) is None:
                now = self._clock.now_us()
                await check_moment(session, self._station, start_of(at_us, now, now))
        said: dict[str, Any] = {"times": times, "voice": manner.voice, "pace": manner.pace}
        if manner.said_as:
            said["said_as"] = [list(one) for one in manner.said_as]
        wish = {"targets": list(targets), "at_us": at_us, **said}
        return announced(await reception.take_text(text, title, wish, by, key))

    async def announce_recording(
        self,
        recording_id: str,
        title: str,
        targets: Sequence[str],
        at_us: int | None,
        by: str,
        key: str | None = None,
        times: int = 1,
        any_hour: bool = False,
    ) -> Announced:
        """Plan a recording of the library, so many times between its bells. Problem 404, 409 `moment_passed`,
        `quiet_hours` unless `any_hour`, 422.

        `key`: 32 hexadecimal digits, its id; sent again it is the same announcement, Problem 422 `key_used`, or 409
        `announcement_over`.
        """
        async with self._planning.changing(by, any_hour) as change:
            said = [recording_id] * times
            again = key is not None and await self._is_known(change.session, key, said, targets, at_us, by)
            if not again:
                recording = await recordings.find(change.session, self._station, recording_id)
                shown = clean_line(title, LONGEST_TITLE) or recording.title
                start_us = start_of(at_us, change.now, change.now)
                name = ProgrammeId(key) if key else None
                items = await framed(change.session, self._station, recording_id, times)
                programme = await self._plan(change, shown, items, targets, start_us, name)
        if again and key is not None:
            return replace(await self.follow(key), recording_id=recording_id)
        found = clashes(change.before, change.after, change.now)
        return Announced(programme, State.READY.value, shown, programme, start_us, recording_id, clashes=found)

    async def follow(self, announcement_id: str) -> Announced:
        """How an announcement stands, and what it clashes with once it is planned. Problem 404."""
        async with self._database.reading() as session:
            found = await self._found(session, announcement_id)
            if found.programme_id is None or found.refusal is not None:
                return found
            timetable = await read_timetable(session, self._station)
        before = replace(timetable, schedule=timetable.schedule.without(ProgrammeId(found.programme_id)))
        return replace(found, clashes=clashes(before, timetable, self._clock.now_us()))

    async def _found(self, session: AsyncSession, announcement_id: str) -> Announced:
        intake = await session.get(IntakeRow, announcement_id)
        if intake is not None and intake.station_id == self._station:
            return announced(intake)
        row = await find_programme(session, self._station, announcement_id)
        due = select(func.min(AiringRow.start_us)).where(
            AiringRow.station_id == self._station, AiringRow.start_us >= row.made_us, AiringRow.programme_id == row.id
        )
        return announced_programme(row, await session.scalar(due))

    async def plan_ready(self, intake_id: str) -> None:
        """An intake has become a recording: plan it if it is an announcement that is not planned yet."""
        async with self._database.reading() as session:
            row = await intakes.find(session, self._station, intake_id)
        if not _awaited(row):
            return
        try:
            await self._plan_intake(row)
        except Problem as problem:
            log.warning("announcement %s cannot be planned: %s", intake_id, problem)
            await self._give_up(intake_id, problem)

    async def retire_daily(self) -> None:
        """Put away what has had its time, at once and every day; until cancelled."""
        while True:
            async with self._database.transaction() as session:
                now = self._clock.now_us()
                await retire(session, self._station, self._zone, now)
                await retire_sounds(session, self._station, now)
            await asyncio.sleep(DAY / SECOND)

    async def _plan_intake(self, intake: IntakeRow) -> None:
        async with self._planning.changing(intake.made_by) as change:
            row = await intakes.find(change.session, self._station, intake.id)
            wish, recording = row.announce, row.recording_id
            if wish is None or recording is None or not _awaited(row):  # it was cancelled meanwhile
                return
            start_us = start_of(wish["at_us"], Micros(row.made_us), change.now)
            programme = await self._plan(change, row.title, (recording,), wish["targets"], start_us)
            row.programme_id, row.announce = programme, wish | {"start_us": start_us}

    async def _is_known(
        self, session: AsyncSession, key: str, said: list[str], targets: Sequence[str], at_us: int | None, by: str
    ) -> bool:
        """Whether just this was announced under this key. Problem 422 if something else was."""
        if intake := await session.get(IntakeRow, key):
            raise key_used(intake.title)
        row = await session.get(ProgrammeRow, key)
        if row is None:
            return False
        items = await unframed(session, self._station, await recordings_of(session, ProgrammeId(key)))
        rule = (await session.scalars(select(RuleRow).filter_by(programme_id=key).order_by(RuleRow.made_us))).first()
        due = rule and moment_of(rule.zone, date.fromisoformat(rule.first_day), time.fromisoformat(rule.times[0]))
        made = Micros(row.made_us)
        asked = (self._station, by, None, [*dict.fromkeys(targets)], said, start_of(at_us, made, made))
        if (row.station_id, row.made_by, row.relay, row.targets, items, due) != asked:
            raise key_used(row.title)
        if row.deleted_us is not None:
            vi, en = f"“{row.title}” đã hủy hoặc đã phát xong.", f"“{row.title}” was called off, or is over."
            raise Problem(409, "announcement_over", vi, en)
        return True

    async def _plan(
        self,
        change: Change,
        title: str,
        items: Sequence[str],
        targets: Sequence[str],
        start_us: Micros,
        name: ProgrammeId | None = None,
    ) -> ProgrammeId:
        draft = programme_of(title, items, targets)
        programme = await self._scheduling.add_programme(change, draft, True, name)
        await self._scheduling.add_rule_to(change, programme, rule_of(self._zone, start_us))
        return programme

    async def _give_up(self, intake_id: str, problem: Problem) -> None:
        async with self._database.transaction() as session:
            row = await intakes.find(session, self._station, intake_id)
            row.announce = None
            row.refusal = {"code": problem.code, "vi": problem.vi, "en": problem.en}


def start_of(at_us: int | None, made_us: Micros, now: Micros) -> Micros:
    """The whole second at which it begins: as wished, or as soon as is safe after it was made.

    Problem 409 `moment_passed` if that was more than a quarter of an hour ago.
    """
    if now - (made_us if at_us is None else at_us) > LATEST_US:
        vi = "Đã quá giờ phát hơn 15 phút nên thông báo không được phát; nếu vẫn cần, hãy phát lại."
        en = "Its moment passed more than 15 minutes ago, so it was not put on air; announce it again if still needed."
        raise Problem(409, "moment_passed", vi, en)
    soonest = now + SOONEST_US
    wished = soonest if at_us is None or at_us < now + SHORTEST_NOTICE_US else at_us
    return Micros(-(-wished // SECOND) * SECOND)


def programme_of(title: str, items: Sequence[str], targets: Sequence[str]) -> ProgrammeDraft:
    """An announcement as a programme of these recordings."""
    return ProgrammeDraft(title=title[:120], items=tuple(items), targets=tuple(targets), priority=PRIORITY)


def rule_of(zone: str, start_us: Micros) -> RuleDraft:
    """Once, at this moment, on clocks that show it once only."""
    at = told_once(local(zone, start_us))
    return RuleDraft(first_day=f"{at:%Y-%m-%d}", times=(f"{at:%H:%M:%S}",), zone=str(at.tzinfo))


def announced(row: IntakeRow) -> Announced:
    """How a spoken announcement stands."""
    wish = row.announce or {}
    state: AnnouncementState = "cancelled" if "cancelled_by" in wish else cast(AnnouncementState, row.state)
    refusal = CANCELLED if "cancelled_by" in wish else cast(RefusalJson | None, row.refusal)
    return Announced(row.id, state, row.title, row.programme_id, wish.get("start_us"), row.recording_id, refusal)


def announced_programme(row: ProgrammeRow, start_us: int | None) -> Announced:
    """How the announcement of a recording stands, that is first due at `start_us`; `over` once it was put away or
    taken off, the log says which."""
    state: AnnouncementState = "ready" if row.deleted_us is None else "over"
    return Announced(row.id, state, row.title, row.id, start_us)


async def find_programme(session: AsyncSession, station: StationId, name: str) -> ProgrammeRow:
    """The announcement's programme, put away or not; Problem 404."""
    row = await session.get(ProgrammeRow, name)
    if row is None or row.station_id != station or not row.announcement:
        raise not_found("thông báo này", "announcement")
    return row


def _awaited(row: IntakeRow) -> bool:
    """Whether its sound is ready and shall still be put on air."""
    wanted = row.announce is not None and "cancelled_by" not in row.announce
    return wanted and row.programme_id is None and row.recording_id is not None
