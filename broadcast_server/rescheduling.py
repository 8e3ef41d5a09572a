"""The timetable changed as the officer means it: this once, from then on or always; tried first, and taken back."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clash import Clash, clashes
from broadcast_server.clock import Clock
from broadcast_server.hushing import check_change
from broadcast_server.local_time import moment_of
from broadcast_server.people.audit import record
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.changes import Putting, ScheduleChange, Taking
from broadcast_server.programmes.drafts import ProgrammeDraft, RuleDraft
from broadcast_server.programmes.reading import LOOK_AHEAD_DAYS, read_day, read_time
from broadcast_server.programmes.rows import programme_draft, rule_of, write_programme, write_rule
from broadcast_server.programmes.timetable import read_timetable
from broadcast_server.schedule.carving import Scope, carve, plays_on
from broadcast_server.schedule.rule import Once, Rule, rule_days
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.scheduling import Scheduling, recordings_of
from broadcast_server.store.base import Database
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from broadcast_server.tracing import Step, Trace, take_back
from speaker_client.protocol.ids import Micros, ProgrammeId, RuleId, StationId

MOST_KEPT = 100
"""So many of the last changes can be taken back."""
OVER_DAYS = 2
"""What was planned longer ago plays nowhere any more."""
ADDS_WITHIN_DAYS = 62
"""So far ahead a new rule is asked whether it adds anything."""


@dataclass(frozen=True)
class Changed:
    """What a change came to. `id`: by which it can be taken back; the others name what was put in."""

    id: str
    programme: ProgrammeId | None
    rule: RuleId | None
    next_us: int | None
    clashes: tuple[Clash, ...]


class _NotMeant(Exception):
    """A change that was only tried."""


class Rescheduling:
    """Changes the timetable by occurrences; the last changes are remembered until the server ends."""

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
        self._kept: OrderedDict[str, tuple[Step, ...]] = OrderedDict()

    async def change(self, asked: ScheduleChange, by: str) -> Changed:
        """Do it. Problem 404, 409 `occurrence_over`, `already_scheduled` or `quiet_hours`, 422."""
        trace = Trace()
        async with self._planning.changing(by) as change:
            programme, rule = await self._apply(change, asked, trace)
            await change.session.flush()
            steps = trace.steps()
        name = secrets.token_hex(8)
        self._kept[name] = steps
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        made = next((one for one in change.after.schedule.rules if one.id == rule), None)
        next_us = None if made is None else next_start(self._zone, made, change.now)
        return Changed(name, programme, rule, next_us, clashes(change.before, change.after, change.now))

    async def check(self, asked: ScheduleChange, by: str) -> tuple[ProgrammeId | None, tuple[Clash, ...]]:
        """The programme that would be put in, and the clashes; refused as the change would be, and nothing is
        saved."""
        now = self._clock.now_us()
        try:
            async with self._database.transaction() as session:
                before = await read_timetable(session, self._station)
                programme, _ = await self._apply(Change(session, now, by, before, before), asked, Trace())
                await session.flush()
                after = await read_timetable(session, self._station)
                raise _NotMeant
        except _NotMeant:
            check_change(before, after, now)
            return programme, clashes(before, after, now)

    async def undo(self, name: str, by: str) -> None:
        """Take a change back. Problem 404 if it is not remembered, 409 `changed_since`."""
        steps = self._kept.get(name)
        if steps is None:
            raise not_found("thay đổi này", "change")
        async with self._planning.changing(by, any_hour=True) as change:  # what comes back was there before
            await take_back(change.session, steps, change.now)
            record(change.session, self._station, change.now, by, "schedule.undo", name)
        self._kept.pop(name, None)

    # -- inside a change that is under way ---------------------------------------------------------------

    async def _apply(
        self, change: Change, asked: ScheduleChange, trace: Trace
    ) -> tuple[ProgrammeId | None, RuleId | None]:
        if asked.take is not None:
            await self._take(change, asked.take, trace)
        if asked.put is None:
            return None, None
        programme = await self._programme(change, asked.put, asked.take, trace)
        await self._check_adds(change, programme, asked.put.rule)
        rule = await self._add_rule(change, programme, asked.put.rule, trace)
        return programme, rule

    async def _take(self, change: Change, asked: Taking, trace: Trace) -> None:
        row = await self._scheduling.find_rule(change.session, asked.programme_id, asked.rule_id)
        rule, day, at = rule_of(row), read_day(asked.day), read_time(asked.time)
        self._check_there(rule, day, at, asked.scope, change.now)
        trace.touch(row)
        carved = carve(rule, at, day, asked.scope)
        if carved.kept is None:
            row.deleted_us = change.now
        else:
            write_rule(row, self._without_old_exceptions(carved.kept, change.now))
        record(
            change.session, self._station, change.now, change.by, "rule.take", rule.id,
            programme=rule.programme, day=asked.day, time=asked.time, scope=asked.scope.value,
        )  # fmt: skip
        await self._put_away(change, asked.programme_id, trace)
        for beside in carved.beside:
            await self._write_beside(change, beside, trace)

    def _check_there(self, rule: Rule, day: date, at: time, scope: Scope, now: Micros) -> None:
        if not plays_on(rule, day, at):
            raise not_found("lần phát này trong lịch", "airing in the schedule")
        if scope is not Scope.ALL and moment_of(rule.zone, day, at) <= now:
            vi, en = "Lần phát này đã qua nên không sửa được nữa.", "This airing is over; it can no longer be changed."
            raise Problem(409, "occurrence_over", vi, en)

    async def _write_beside(self, change: Change, rule: Rule, trace: Trace) -> None:
        """A rule that plays what another did; it may be over already, so it is not asked whether it adds anything."""
        row = RuleRow(id=secrets.token_hex(8), station_id=self._station, programme_id=rule.programme)
        row.made_by, row.made_us, row.deleted_us = change.by, change.now, None
        write_rule(row, rule)
        change.session.add(row)
        trace.made(row)

    async def _put_away(self, change: Change, programme: ProgrammeId, trace: Trace) -> None:
        """Rules for single days that are long over; a programme would fill up with them."""
        over = local_day(self._zone, change.now).toordinal() - OVER_DAYS
        for row in await self._scheduling.rules_of(change.session, programme):
            rule = rule_of(row)
            if isinstance(rule.recurrence, Once) and rule.first_day.toordinal() < over:
                trace.touch(row)
                row.deleted_us = change.now

    def _without_old_exceptions(self, rule: Rule, now: Micros) -> Rule:
        over = local_day(self._zone, now).toordinal() - OVER_DAYS
        return replace(rule, exceptions=frozenset(day for day in rule.exceptions if day.toordinal() >= over))

    async def _add_rule(self, change: Change, programme: ProgrammeId, draft: RuleDraft, trace: Trace) -> RuleId:
        rule = await self._scheduling.add_rule_to(change, programme, draft)
        trace.made(await change.session.get_one(RuleRow, rule))
        return rule

    async def _check_adds(self, change: Change, programme: ProgrammeId, draft: RuleDraft) -> None:
        """Problem 409 `already_scheduled` for a rule that calls nothing which others of the programme do not."""
        wanted = self._scheduling.read_rule(draft, RuleId("draft"), programme)
        others = [rule_of(row) for row in await self._scheduling.rules_of(change.session, programme)]
        first = max(local_day(self._zone, change.now), wanted.first_day).toordinal()
        days = rule_days(wanted, first, first + ADDS_WITHIN_DAYS)
        called = {
            (day, at)
            for rule in others
            if rule.zone == wanted.zone
            for day in rule_days(rule, first, first + ADDS_WITHIN_DAYS)
            for at in rule.times
        }
        if days and all((day, at) in called for day in days for at in wanted.times):
            vi, en = "Chương trình này đã có lịch vào đúng giờ đó.", "It is scheduled at that time already."
            raise Problem(409, "already_scheduled", vi, en)

    # -- what is to be played -----------------------------------------------------------------------------

    async def _programme(self, change: Change, put: Putting, take: Taking | None, trace: Trace) -> ProgrammeId:
        """The programme that is what is asked for: itself, changed if nothing else plays by it, its like, or a new
        one."""
        row, draft = await self._wanted(change.session, put)
        if row is not None and self._stands(row):
            name = ProgrammeId(row.id)
            if draft == programme_draft(row, await recordings_of(change.session, name)):
                return name
            alone = not await self._scheduling.rules_of(change.session, name)
            if take is not None and take.programme_id == name and alone:
                read = await self._scheduling.read_programme(change, name, draft)
                trace.touch(row)
                write_programme(row, read)
                record(change.session, self._station, change.now, change.by, "programme.edit", name)
                return name
        like = await self._scheduling.programme_like(change, draft)
        if like is not None:
            return like
        made = await self._scheduling.add_programme(change, draft)
        trace.made(await change.session.get_one(ProgrammeRow, made))
        return made

    async def _wanted(self, session: AsyncSession, put: Putting) -> tuple[ProgrammeRow | None, ProgrammeDraft]:
        row: ProgrammeRow | None = None
        if put.programme_id is not None:
            row = await session.get(ProgrammeRow, put.programme_id)
            if row is None or row.station_id != self._station:
                raise not_found("chương trình này", "programme")
            draft = programme_draft(row, await recordings_of(session, put.programme_id))
        else:
            draft = await self._of_recording(session, put.recording_id or "")
        given = {"targets": put.targets, "priority": put.priority, "gain_cb": put.gain_cb}
        return row, draft.model_copy(update={name: value for name, value in given.items() if value is not None})

    async def _of_recording(self, session: AsyncSession, recording: str) -> ProgrammeDraft:
        query = select(RecordingRow).filter_by(id=recording, station_id=self._station, deleted_us=None)
        found = await session.scalar(query)
        if found is None:
            raise not_found("bản ghi này", "recording")
        return ProgrammeDraft(title=found.title, items=(found.id,))

    def _stands(self, row: ProgrammeRow) -> bool:
        """Announcements are put away by themselves, so nothing is added to them."""
        return row.deleted_us is None and not row.announcement


def next_start(zone: str, rule: Rule, now: Micros) -> int | None:
    """When the rule plays next."""
    today = local_day(zone, now).toordinal()
    days = rule_days(rule, today, today + LOOK_AHEAD_DAYS)[:2]
    starts = [moment_of(rule.zone, date.fromordinal(day), at) for day in days for at in rule.times]
    return min((start for start in starts if start > now), default=None)
