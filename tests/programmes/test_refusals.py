"""What cannot be taken is refused in a code and a sentence in each language, and nothing is kept of it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RuleChange
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.people import AuditRow
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from speaker_client.protocol.ids import ProgrammeId, RuleId
from tests.programmes.stage import MONDAY, OFFICER, Stage, daily, once, rules


async def test_of_a_refused_programme_nothing_is_kept(stage: Stage) -> None:
    fields = {"title": "Bản tin", "items": (await stage.recording(),)}
    with pytest.raises(Problem, match="at least one"):
        await stage.station.scheduling.make_programme(NewProgramme(title="Bản tin", items=()), OFFICER)
    with pytest.raises(Problem, match="no time of day"):
        await stage.station.scheduling.make_programme(NewProgramme(**fields, rules=(daily("17:00"), daily())), OFFICER)
    async with stage.station.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ProgrammeRow)) == 0
        assert await session.scalar(select(func.count()).select_from(RuleRow)) == 0


async def test_titles_are_cleaned_of_what_cannot_be_seen(stage: Stage) -> None:
    saved = await stage.programme("  Bản\u202e tin \n chie\u0302\u0300u\u200b ", once("2026-11-23", "17:00"))
    async with stage.station.database.reading() as session:
        assert (await session.get_one(ProgrammeRow, saved.programme)).title == "Bản tin chiều"


async def test_what_is_not_there_cannot_be_changed(stage: Stage) -> None:
    scheduling, nothing = stage.station.scheduling, ProgrammeId("0")
    saved = await stage.programme("Bản tin", daily("17:00"))
    other = await stage.programme("Khác", daily("18:00"))
    rule = (await rules(stage, other.programme))[0]
    for attempt in (
        scheduling.edit_programme(nothing, ProgrammeChange(title="x"), OFFICER),
        scheduling.delete_programme(nothing, OFFICER),
        scheduling.make_rule(nothing, daily("17:00"), OFFICER),
        scheduling.edit_rule(saved.programme, rule, RuleChange(times=("06:00",)), OFFICER),
        scheduling.delete_rule(saved.programme, RuleId("0"), OFFICER),
    ):
        with pytest.raises(Problem) as refused:
            await attempt
        assert (refused.value.status, refused.value.code) == (404, "not_found")


async def test_a_deleted_programme_is_gone_with_its_rules(stage: Stage) -> None:
    saved = await stage.programme("Bản tin", daily("17:00"))
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    with pytest.raises(Problem, match="no such programme"):
        await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    assert await stage.planned() == []


async def test_a_change_touches_only_what_it_names(stage: Stage) -> None:
    saved = await stage.programme("Bản tin", daily("17:00", last_day="2026-12-31", exceptions=("2026-11-25",)))
    rule = (await rules(stage, saved.programme))[0]
    await stage.station.scheduling.edit_rule(saved.programme, rule, RuleChange(times=("18:00", "06:30")), OFFICER)
    async with stage.station.database.reading() as session:
        row = await session.get_one(RuleRow, rule)
        kept = (row.times, row.last_day, row.exceptions, row.recurrence)
    assert kept == (["06:30", "18:00"], "2026-12-31", ["2026-11-25"], {"kind": "daily"})
    await stage.station.scheduling.edit_rule(saved.programme, rule, RuleChange(last_day=None), OFFICER)
    async with stage.station.database.reading() as session:
        assert (await session.get_one(RuleRow, rule)).last_day is None


async def test_every_change_is_on_record_with_who_made_it(stage: Stage) -> None:
    saved = await stage.programme("Bản tin", daily("17:00"))
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(title="Tin"), "minh")
    await stage.station.scheduling.delete_programme(saved.programme, "hoa")
    async with stage.station.database.reading() as session:
        audit = (await session.scalars(select(AuditRow).where(AuditRow.subject == saved.programme))).all()
    assert [(row.who, row.action) for row in audit] == [
        (OFFICER, "programme.make"),
        ("minh", "programme.edit"),
        ("hoa", "programme.delete"),
    ]


async def test_a_programme_whose_recording_was_deleted_gets_no_new_rule(stage: Stage) -> None:
    recording = await stage.recording()
    saved = await stage.station.scheduling.make_programme(NewProgramme(title="Cũ", items=(recording,)), OFFICER)
    async with stage.station.database.transaction() as session:
        (await session.get_one(RecordingRow, recording)).deleted_us = MONDAY
    with pytest.raises(Problem) as refused:
        await stage.station.scheduling.make_rule(saved.programme, daily("17:00"), OFFICER)
    assert refused.value.code == "recording_deleted"
