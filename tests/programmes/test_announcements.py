"""Announcements in the timetable: when they sound, what they disturb, and that they do not stay for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from broadcast_server import scheduling
from broadcast_server.emergency_templates import CHIME, CLOSING
from broadcast_server.fleet.ledger import State
from broadcast_server.library import recordings
from broadcast_server.library.intakes import State as IntakeState
from broadcast_server.problem import Problem
from broadcast_server.rehearsing import Wish
from broadcast_server.retiring import retire
from broadcast_server.schedule.conflicts import Fate
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.programmes import ProgrammeRow
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND, Micros, ProgrammeId
from tests.programmes.stage import OFFICER, Stage, at, daily, found_in, once, stage_like

CLOCKS_GO_BACK = Micros(int(datetime(2026, 11, 1, 5, tzinfo=UTC).timestamp()) * SECOND)
"""02:00 in Halifax, and then it is 01:00 again."""


@pytest.mark.parametrize("at_us", [None, CLOCKS_GO_BACK - HOUR, CLOCKS_GO_BACK + 30 * MINUTE, CLOCKS_GO_BACK + HOUR])
async def test_an_announcement_sounds_at_its_moment_though_clocks_show_it_twice(
    tmp_path: Path, at_us: int | None
) -> None:
    pattern = await found_in(tmp_path / "pattern", "America/Halifax")
    async with stage_like(pattern, tmp_path / "station") as stage:
        stage.clock.moment = Micros(CLOCKS_GO_BACK + (10 * MINUTE if at_us is None else -2 * HOUR))
        announcing = stage.station.announcing
        made = await announcing.announce_recording(await stage.recording(1), "", ("all",), at_us, OFFICER)
        assert made.start_us == (CLOCKS_GO_BACK + 10 * MINUTE + 20 * SECOND if at_us is None else at_us)
        assert [one.start_us for one in await stage.planned()] == [made.start_us]


async def test_an_announcement_tells_what_it_disturbs_and_what_holds_it_up(stage: Stage) -> None:
    await stage.programme("Ca nhạc", once("2026-11-23", "08:05"), minutes=30)
    await stage.programme("Họp thôn", once("2026-11-24", "17:00"), minutes=30, priority="priority_commune")
    recording, announcing = await stage.recording(2), stage.station.announcing
    stage.clock.moment = at("2026-11-23 08:10")
    now = await announcing.announce_recording(recording, "Cắt điện", ("all",), None, OFFICER)
    assert [(one.first.loser.programme.title, one.first.fate) for one in now.clashes] == [("Ca nhạc", Fate.INTERRUPTED)]
    later = at("2026-11-24 17:10")
    tomorrow = await announcing.announce_recording(recording, "Cắt nước", ("all",), later, OFFICER)
    (clash,) = tomorrow.clashes
    assert (clash.first.loser.programme.title, clash.first.fate) == ("Cắt nước", Fate.REMOVED)
    free = await announcing.announce_recording(recording, "", ("all",), at("2026-11-24 20:00"), OFFICER)
    assert free.clashes == ()


async def test_what_an_announcement_clashes_with_is_told_in_the_stations_time(tmp_path: Path) -> None:
    pattern = await found_in(tmp_path / "pattern", "America/Halifax")
    async with stage_like(pattern, tmp_path / "station") as stage:
        stage.clock.moment = Micros(CLOCKS_GO_BACK - 2 * HOUR)
        await stage.programme("Họp", once("2026-11-01", "00:50"), minutes=120, priority="priority_commune")
        at_us, announcing = CLOCKS_GO_BACK + 40 * MINUTE, stage.station.announcing
        made = await announcing.announce_recording(await stage.recording(1), "Tin", ("all",), at_us, OFFICER)
        (clash,) = made.clashes
        assert clash.first.en(stage.station.zone).startswith("“Tin” at 01:40 on Sunday 01/11/2026 will")


async def have_bells(stage: Stage) -> None:
    """A chime of 3 s and a closing bell of 2 are made."""
    for name, seconds in ((CHIME, 3), (CLOSING, 2)):
        recording = await stage.recording(seconds / 60, name)
        async with stage.station.database.transaction() as session:
            await session.execute(update(TemplateRow).where(TemplateRow.name == name).values(recording_id=recording))


async def lengths_s(stage: Stage) -> list[list[int]]:
    """Of what is planned: how long each of its sounds lasts."""
    return [[item.duration_us // SECOND for item in one.items] for one in await stage.planned()]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_recording_is_heard_between_bells_and_a_dry_run_knows_how_long_it_is(stage: Stage, times: int) -> None:
    await have_bells(stage)
    recording, station = await stage.recording(1), stage.station
    wish = Wish(None, recording, "", ("all",), None, times)
    would = await station.rehearsing.rehearse(wish, station.reception)
    await station.announcing.announce_recording(recording, "", ("all",), None, OFFICER, times=times)
    assert await lengths_s(stage) == [[3, *[60] * times, 2]]
    assert would.duration_us == (3 + 60 * times + 2) * SECOND


async def test_a_recording_waits_for_no_bell_and_stays_the_same_when_it_is_sent_again(stage: Stage) -> None:
    recording, announcing, key = await stage.recording(1), stage.station.announcing, "0123456789abcdef" * 2
    first = await announcing.announce_recording(recording, "", ("all",), None, OFFICER, key, times=2)
    assert await lengths_s(stage) == [[60, 60]]
    await have_bells(stage)
    again = await announcing.announce_recording(recording, "", ("all",), None, OFFICER, key, times=2)
    assert again == first
    assert await lengths_s(stage) == [[60, 60]]
    with pytest.raises(Problem) as refused:
        await announcing.announce_recording(recording, "", ("all",), None, OFFICER, key, times=1)
    assert refused.value.code == "key_used"


async def test_what_was_spoken_to_be_announced_has_its_bells_already(stage: Stage) -> None:
    await have_bells(stage)
    recording, station = await stage.recording(1), stage.station
    async with station.database.transaction() as session:
        session.add(
            IntakeRow(
                id="i", station_id=station.station_id, state=IntakeState.READY.value, title="", original_name="",
                text="Mời họp.", announce={"targets": ["all"], "at_us": None, "times": 2}, recording_id=recording,
                made_by=OFFICER, made_us=1,
            )
        )  # fmt: skip
    await station.announcing.announce_recording(recording, "", ("all",), None, OFFICER)
    assert await lengths_s(stage) == [[60]]


async def test_a_station_that_was_founded_earlier_gets_its_closing_bell(stage: Stage) -> None:
    async with stage.station.database.transaction() as session:
        row = await session.scalar(select(TemplateRow).filter_by(name=CLOSING))
        await session.delete(row)
    for _ in range(2):
        await stage.station.shelving.complete()
    async with stage.station.database.reading() as session:
        names = list(await session.scalars(select(TemplateRow.name).order_by(TemplateRow.position)))
    assert names[-1] == CLOSING
    assert len(names) == len(set(names))


async def announce(stage: Stage, recording: str, at_us: int | None = None) -> ProgrammeId:
    """Put the recording on air."""
    made = await stage.station.announcing.announce_recording(recording, "Họp thôn", ("all",), at_us, OFFICER)
    return ProgrammeId(made.programme_id or "")


async def retire_now(stage: Stage) -> set[str]:
    """The programmes that are put away now."""
    async with stage.station.database.transaction() as session:
        await retire(session, stage.station.station_id, stage.station.zone, stage.clock.moment)
        gone = await session.scalars(select(ProgrammeRow.id).where(ProgrammeRow.deleted_us == stage.clock.moment))
        return set(gone)


async def test_a_station_can_announce_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "MOST_PROGRAMMES", 3)
    recording = await stage.recording(0.5)
    await stage.programme("Bản tin", daily("17:00"))
    waiting = await stage.programme("Chưa có lịch")
    for _ in range(4):
        await announce(stage, recording)
        with pytest.raises(Problem) as refused:
            await announce(stage, recording)
        assert refused.value.code == "programmes_too_many"
        await stage.replan(MINUTE)
    await stage.station.scheduling.make_rule(waiting.programme, daily("18:00"), OFFICER)
    await announce(stage, recording)


async def test_an_announcement_is_put_away_once_nothing_of_it_can_sound(stage: Stage) -> None:
    recording = await stage.recording(0.5)
    made = await announce(stage, recording)
    coming = await announce(stage, await stage.recording(), at("2026-11-27 17:00"))
    repeated = await announce(stage, await stage.recording())
    await stage.station.scheduling.make_rule(repeated, daily("19:00"), OFFICER)
    await stage.programme("Một lần", once("2026-11-23", "08:30"))
    rows = await stage.log()
    for row in rows[:3]:
        await stage.say(row.id, State.PLAYED, started_us=row.start_us)
    await stage.replan(MINUTE)
    assert await retire_now(stage) == set()
    await stage.replan(DAY)
    seqs = await stage.seqs()
    assert await retire_now(stage) == {made}
    async with stage.station.database.transaction() as session:
        row = await recordings.find(session, stage.station.station_id, recording)
        await recordings.delete(session, row, stage.clock.moment)
    await stage.replan()
    assert await stage.seqs() == seqs, "no plan changes by it"
    assert [row.id for row in await stage.log() if row.programme_id == made] == [rows[0].id]
    assert (rows[0].title, (await stage.log())[0].state) == ("Họp thôn", "PLAYED")
    await stage.replan(5 * DAY)
    assert await retire_now(stage) == {coming}
    with pytest.raises(Problem):
        await stage.station.scheduling.make_rule(coming, daily("17:00"), OFFICER)


async def test_what_is_called_off_and_its_stop_are_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the two, a station would have promised a silence that nobody was told of."""
    recording = await stage.recording(1)
    announcing, recalling = stage.station.announcing, stage.station.recalling
    made = await announcing.announce_recording(recording, "Báo nhầm", ["all"], None, OFFICER)

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage.station.news, "stir", killed)
    with pytest.raises(KeyboardInterrupt):
        await recalling.recall(made.id, OFFICER)
    named = {airing for stop in await stage.stops() for airing in stop.airings}
    assert named == {row.id for row in await stage.log(None) if row.withdrawn_plan is not None}
    assert len(named) == 3
