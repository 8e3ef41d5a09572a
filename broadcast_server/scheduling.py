"""Programmes and rules are made, changed and taken away; what that clashes with is said at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clash import Clash, clashes
from broadcast_server.clock import Clock
from broadcast_server.hushing import check_change
from broadcast_server.people.audit import record
from broadcast_server.planning import Change, Planning
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, ProgrammeDraft, RuleChange, RuleDraft
from broadcast_server.programmes.reading import left_to_play, read_programme, read_rule
from broadcast_server.programmes.rows import (
    item_of,
    item_rows,
    programme_draft,
    rule_draft,
    write_programme,
    write_rule,
)
from broadcast_server.programmes.timetable import Timetable, read_timetable
from broadcast_server.schedule.programme import Item, Programme
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.timetable import Schedule
from broadcast_server.schedule.wall_clock import local_day
from broadcast_server.store.base import Database
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from broadcast_server.store.relays import RelaySourceRow
from speaker_client.protocol.ids import Micros, ProgrammeId, RuleId, StationId

MOST_RULES = 50
MOST_PROGRAMMES = 2000


@dataclass(frozen=True)
class Saved:
    """What a change came to: the ids it touched, and the clashes that are new with it."""

    programme: ProgrammeId
    rule: RuleId | None = None
    clashes: tuple[Clash, ...] = ()


class Scheduling:
    """The officer's hand on the timetable."""

    def __init__(self, database: Database, clock: Clock, planning: Planning, station: StationId, zone: str) -> None:
        self._database, self._clock, self._planning = database, clock, planning
        self._station, self._zone = station, zone

    async def make_programme(self, new: NewProgramme, by: str) -> Saved:
        """A new programme and its first rules; Problem 422 says what is wrong with them."""
        async with self._planning.changing(by) as change:
            programme = await self.add_programme(change, new.alone())
            for draft in new.rules:
                await self.add_rule_to(change, programme, draft)
        return self._saved(change, programme)

    async def edit_programme(self, programme: ProgrammeId, edit: ProgrammeChange, by: str) -> Saved:
        """Change a programme; what is on air, or due within a minute, finishes as it was. Problem 404, 422."""
        async with self._planning.changing(by) as change:
            row = await self.find_programme(change.session, programme)
            recordings = await recordings_of(change.session, programme)
            draft = edit.onto(programme_draft(row, recordings))
            read = await self._read_programme(change.session, change.before, programme, draft)
            write_programme(row, read)
            if draft.items != recordings:
                await change.session.execute(delete(ProgrammeItemRow).filter_by(programme_id=programme))
                change.session.add_all(item_rows(row, draft.items))
            self._record(change, "programme.edit", programme, **edit.model_dump(mode="json", exclude_unset=True))
        return self._saved(change, programme)

    async def delete_programme(self, programme: ProgrammeId, by: str) -> Saved:
        """Take a programme off the air for good; what plays at this moment finishes. Problem 404."""
        async with self._planning.changing(by) as change:
            await self.remove_programme(change, programme)
        return self._saved(change, programme)

    async def make_rule(self, programme: ProgrammeId, draft: RuleDraft, by: str) -> Saved:
        """A new rule for a programme. Problem 404, 422."""
        async with self._planning.changing(by) as change:
            rule = await self.add_rule_to(change, programme, draft)
        return self._saved(change, programme, rule)

    async def edit_rule(self, programme: ProgrammeId, rule: RuleId, edit: RuleChange, by: str) -> Saved:
        """Change when a programme plays. Problem 404, 422."""
        async with self._planning.changing(by) as change:
            row = await self.find_rule(change.session, programme, rule)
            write_rule(row, self.read_rule(edit.onto(rule_draft(row)), rule, programme))
            self._record(change, "rule.edit", rule, **edit.model_dump(mode="json", exclude_unset=True))
        return self._saved(change, programme, rule)

    async def delete_rule(self, programme: ProgrammeId, rule: RuleId, by: str) -> Saved:
        """Take a rule away. Problem 404."""
        async with self._planning.changing(by) as change:
            row = await self.find_rule(change.session, programme, rule)
            row.deleted_us = change.now
            self._record(change, "rule.delete", rule, programme=programme)
        return self._saved(change, programme, rule)

    async def check(
        self, new: NewProgramme, programme: ProgrammeId | None = None, rule: RuleId | None = None
    ) -> tuple[Clash, ...]:
        """What it would clash with, nothing being saved; refused as it would be. `programme` is the one it would
        replace, keeping its other rules; `rule` the one that the drafted rules would replace."""
        async with self._database.reading() as session:
            before = await read_timetable(session, self._station)
            made_us = self._clock.now_us()
            if programme is not None:
                made_us = Micros((await self.find_programme(session, programme)).made_us)
            name = programme or ProgrammeId(secrets.token_hex(8))
            read = replace(await self._read_programme(session, before, name, new.alone()), made_us=made_us)
        kept = tuple(one for one in before.schedule.rules if one.id != rule)
        drafts = tuple(self.read_rule(draft, RuleId(f"draft-{n}"), name) for n, draft in enumerate(new.rules))
        programmes = {**before.schedule.programmes, name: read}
        after = replace(before, schedule=replace(before.schedule, programmes=programmes, rules=kept + drafts))
        now = self._clock.now_us()
        check_change(before, after, now)
        return clashes(before, after, now)

    # -- inside a change that is under way ---------------------------------------------------------------

    async def add_programme(
        self, change: Change, draft: ProgrammeDraft, announcement: bool = False, name: ProgrammeId | None = None
    ) -> ProgrammeId:
        """A new programme within the change; `name`: its id, which nothing has yet. Problem 409, 422."""
        programme = name or ProgrammeId(secrets.token_hex(8))
        if self._standing(change.before.schedule, change.now) >= MOST_PROGRAMMES:
            vi, en = f"Trạm đã có {MOST_PROGRAMMES} chương trình.", f"There are {MOST_PROGRAMMES} programmes already."
            raise Problem(409, "programmes_too_many", vi, en)
        read = await self._read_programme(change.session, change.before, programme, draft)
        row = ProgrammeRow(id=programme, station_id=self._station, made_by=change.by, made_us=change.now)
        row.announcement = announcement
        write_programme(row, read)
        change.session.add(row)
        await change.session.flush()
        change.session.add_all(item_rows(row, draft.items))
        self._record(change, "programme.make", programme, title=row.title)
        return programme

    async def add_rule_to(self, change: Change, programme: ProgrammeId, draft: RuleDraft) -> RuleId:
        """A new rule within the change. Problem 404, 422."""
        await self.find_programme(change.session, programme)
        await self._check_usable(change.session, programme)
        if len(await self.rules_of(change.session, programme)) >= MOST_RULES:
            vi, en = (
                f"Một chương trình có nhiều nhất {MOST_RULES} lịch.",
                f"A programme has at most {MOST_RULES} rules.",
            )
            raise Problem(409, "rules_too_many", vi, en)
        rule = RuleId(secrets.token_hex(8))
        row = RuleRow(id=rule, station_id=self._station, programme_id=programme, made_by=change.by, made_us=change.now)
        write_rule(row, self.read_rule(draft, rule, programme))
        change.session.add(row)
        self._record(change, "rule.make", rule, programme=programme)
        return rule

    async def remove_programme(self, change: Change, programme: ProgrammeId) -> None:
        """Take a programme off the air within the change, with its rules. Problem 404."""
        row = await self.find_programme(change.session, programme)
        row.deleted_us = change.now
        for rule in await self.rules_of(change.session, programme):
            rule.deleted_us = change.now
        self._record(change, "programme.delete", programme, title=row.title)

    # -- finding -----------------------------------------------------------------------------------------

    async def find_programme(self, session: AsyncSession, programme: ProgrammeId) -> ProgrammeRow:
        """The programme's row; Problem 404 if there is none, or it was deleted."""
        row = await session.get(ProgrammeRow, programme)
        if row is None or row.station_id != self._station or row.deleted_us is not None:
            raise not_found("chương trình này", "programme")
        return row

    async def find_rule(self, session: AsyncSession, programme: ProgrammeId, rule: RuleId) -> RuleRow:
        """The rule's row; Problem 404."""
        await self.find_programme(session, programme)
        row = await session.get(RuleRow, rule)
        if row is None or row.programme_id != programme or row.deleted_us is not None:
            raise not_found("lịch phát này", "rule")
        return row

    async def rules_of(self, session: AsyncSession, programme: ProgrammeId) -> list[RuleRow]:
        """The programme's rules, oldest first."""
        query = select(RuleRow).filter_by(programme_id=programme, deleted_us=None)
        return list(await session.scalars(query.order_by(RuleRow.made_us, RuleRow.id)))

    # -- reading -----------------------------------------------------------------------------------------

    async def read_programme(self, change: Change, programme: ProgrammeId, draft: ProgrammeDraft) -> Programme:
        """The drafted programme within the change. Problem 422."""
        return await self._read_programme(change.session, change.before, programme, draft)

    async def programme_like(self, change: Change, draft: ProgrammeDraft) -> ProgrammeId | None:
        """A programme that stands and is in all that is heard what the draft would be. Problem 422."""
        wanted = await self.read_programme(change, ProgrammeId(""), draft)
        announcements = select(ProgrammeRow.id).filter_by(station_id=self._station, announcement=True)
        passing = set(await change.session.scalars(announcements.filter_by(deleted_us=None)))
        for name, one in change.before.schedule.programmes.items():
            if name not in passing and replace(one, id=wanted.id, made_us=wanted.made_us) == wanted:
                return name
        return None

    async def _read_programme(
        self, session: AsyncSession, timetable: Timetable, programme: ProgrammeId, draft: ProgrammeDraft
    ) -> Programme:
        library = await _library(session, self._station, draft.items)
        sources = await _sources(session, self._station) if draft.relay else ()
        return read_programme(draft, programme, library, timetable.station, sources)

    def read_rule(self, draft: RuleDraft, rule: RuleId, programme: ProgrammeId) -> Rule:
        """The drafted rule in the station's zone. Problem 422."""
        now = self._clock.now_us()
        return read_rule(draft, rule, programme, self._zone, local_day(self._zone, now), now)

    def _standing(self, schedule: Schedule, now: Micros) -> int:
        """How many programmes have something left to play, or wait for their first rule."""
        if len(schedule.programmes) < MOST_PROGRAMMES:
            return len(schedule.programmes)
        over = {rule.programme for rule in schedule.rules} - left_to_play(schedule, local_day(self._zone, now), now)
        return len(schedule.programmes.keys() - over)

    async def _check_usable(self, session: AsyncSession, programme: ProgrammeId) -> None:
        query = (
            select(func.count())
            .select_from(ProgrammeItemRow)
            .join(RecordingRow, RecordingRow.id == ProgrammeItemRow.recording_id)
            .where(ProgrammeItemRow.programme_id == programme, RecordingRow.deleted_us.is_not(None))
        )
        if await session.scalar(query):
            vi = "Chương trình có bản ghi đã bị xóa; hãy thay bản ghi đó trước."
            en = "A recording of this programme was deleted; replace it first."
            raise Problem(409, "recording_deleted", vi, en)

    def _saved(self, change: Change, programme: ProgrammeId, rule: RuleId | None = None) -> Saved:
        return Saved(programme, rule, clashes(change.before, change.after, change.now))

    def _record(self, change: Change, action: str, subject: str, **detail: object) -> None:
        record(change.session, self._station, change.now, change.by, action, subject, **detail)


async def recordings_of(session: AsyncSession, programme: ProgrammeId) -> tuple[str, ...]:
    """The ids of the programme's recordings in order."""
    query = select(ProgrammeItemRow.recording_id).filter_by(programme_id=programme).order_by(ProgrammeItemRow.position)
    return tuple(await session.scalars(query))


async def _library(session: AsyncSession, station: StationId, names: Iterable[str]) -> dict[str, Item]:
    """Those of the named recordings that the library has and has not deleted."""
    wanted = list(dict.fromkeys(names))[:1000]
    query = select(RecordingRow).where(RecordingRow.id.in_(wanted), RecordingRow.deleted_us.is_(None))
    return {row.id: item_of(row) for row in await session.scalars(query.where(RecordingRow.station_id == station))}


async def _sources(session: AsyncSession, station: StationId) -> tuple[str, ...]:
    """The relay sources that were not deleted."""
    query = select(RelaySourceRow.id).filter_by(station_id=station, deleted_us=None)
    return tuple(await session.scalars(query))
