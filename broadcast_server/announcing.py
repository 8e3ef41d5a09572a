"""An announcement goes on air: finished sound becomes a programme that plays once, as soon as is safe or when asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from broadcast_server.clash import Clash, clashes
from broadcast_server.clock import Clock
from broadcast_server.library import intakes, recordings
from broadcast_server.library.intakes import State
from broadcast_server.library.reception import LONGEST_TITLE, Reception
from broadcast_server.local_time import local, told_once
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import ProgrammeDraft, RuleDraft
from broadcast_server.programmes.reading import read_targets
from broadcast_server.programmes.timetable import read_sites, read_timetable
from broadcast_server.retiring import retire
from broadcast_server.scheduling import Scheduling
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, MINUTE, SECOND, Micros, ProgrammeId, StationId

log = logging.getLogger(__name__)

SOONEST_US = 20 * SECOND
"""How far ahead something is planned so that every box has it in time."""
SHORTEST_NOTICE_US = 10 * SECOND
"""A wish that is nearer than this when the sound is ready is met as soon as is safe."""
LATEST_US = 15 * MINUTE
"""How long after the moment it was meant for an announcement may still begin; later it would only confuse."""
PRIORITY = "announcement"


@dataclass(frozen=True)
class Announced:
    """What was planned: `id` follows a text on its way, None for a recording."""

    id: str | None
    state: str
    title: str
    programme_id: str | None = None
    start_us: int | None = None
    recording_id: str | None = None
    refusal: dict[str, Any] | None = None
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
    ) -> Announced:
        """Have a text spoken; it is planned when its sound is finished. Problem 422 for a text or a target that is
        no good."""
        async with self._database.reading() as session:
            read_targets(tuple(targets), await read_sites(session, self._station))
        wish = {"targets": list(targets), "at_us": at_us, "times": times}
        return announced(await reception.take_text(text, title, wish, by))

    async def announce_recording(
        self, recording_id: str, title: str, targets: Sequence[str], at_us: int | None, by: str
    ) -> Announced:
        """Plan a recording of the library. Problem 404, 409 `moment_passed`, 422."""
        async with self._planning.changing(by) as change:
            recording = await recordings.find(change.session, self._station, recording_id)
            shown = clean_line(title, LONGEST_TITLE) or recording.title
            start_us = start_of(at_us, change.now, change.now)
            programme = await self._plan(change, shown, recording_id, targets, start_us)
        found = clashes(change.before, change.after, change.now)
        return Announced(None, State.READY.value, shown, programme, start_us, recording_id, clashes=found)

    async def follow(self, announcement_id: str) -> Announced:
        """How a spoken announcement stands, and what it clashes with once it is planned. Problem 404."""
        async with self._database.reading() as session:
            row = await intakes.find(session, self._station, announcement_id)
            if row.programme_id is None:
                return announced(row)
            timetable = await read_timetable(session, self._station)
        before = replace(timetable, schedule=timetable.schedule.without(ProgrammeId(row.programme_id)))
        return replace(announced(row), clashes=clashes(before, timetable, self._clock.now_us()))

    async def plan_ready(self, intake_id: str) -> None:
        """An intake has become a recording: plan it if it is an announcement that is not planned yet."""
        async with self._database.reading() as session:
            row = await intakes.find(session, self._station, intake_id)
        if row.announce is None or row.programme_id is not None or row.recording_id is None:
            return
        try:
            await self._plan_intake(row, row.recording_id, row.announce)
        except Problem as problem:
            log.warning("announcement %s cannot be planned: %s", intake_id, problem)
            await self._give_up(intake_id, problem)

    async def retire_daily(self) -> None:
        """Put away what has had its time, at once and every day; until cancelled."""
        while True:
            async with self._database.transaction() as session:
                await retire(session, self._station, self._zone, self._clock.now_us())
            await asyncio.sleep(DAY / SECOND)

    async def _plan_intake(self, intake: IntakeRow, recording_id: str, wish: dict[str, Any]) -> None:
        async with self._planning.changing(intake.made_by) as change:
            row = await intakes.find(change.session, self._station, intake.id)
            start_us = start_of(wish["at_us"], Micros(row.made_us), change.now)
            programme = await self._plan(change, row.title, recording_id, wish["targets"], start_us)
            row.programme_id, row.announce = programme, wish | {"start_us": start_us}

    async def _plan(
        self, change: Change, title: str, recording_id: str, targets: Sequence[str], start_us: Micros
    ) -> ProgrammeId:
        draft = ProgrammeDraft(title=title[:120], items=(recording_id,), targets=tuple(targets), priority=PRIORITY)
        programme = await self._scheduling.add_programme(change, draft, announcement=True)
        at = told_once(local(self._zone, start_us))
        rule = RuleDraft(first_day=f"{at:%Y-%m-%d}", times=(f"{at:%H:%M:%S}",), zone=str(at.tzinfo))
        await self._scheduling.add_rule_to(change, programme, rule)
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


def announced(row: IntakeRow) -> Announced:
    """How a spoken announcement stands."""
    start_us = (row.announce or {}).get("start_us")
    return Announced(row.id, row.state, row.title, row.programme_id, start_us, row.recording_id, row.refusal)
