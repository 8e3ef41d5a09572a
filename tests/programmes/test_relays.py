"""Relays in the timetable and in the plans of boxes: one stream for all, never moved, the same after every restart."""

from __future__ import annotations

import httpx2
import pytest

from broadcast_server.fleet.ledger import State
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeChange, RelayDraft, RuleDraft
from broadcast_server.relay.by_hand import Wish
from broadcast_server.scheduling import Saved
from broadcast_server.station import open_station
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.ids import DAY, MINUTE, SECOND
from speaker_client.protocol.plan import PlannedAiring, Relay
from speaker_client.protocol.priority import Priority
from tests.programmes.stage import MONDAY, OFFICER, Stage, at, daily, once, source


async def relay(
    stage: Stage, *rules: RuleDraft, minutes: int = 30, items: tuple[str, ...] = (), **more: object
) -> Saved:
    sources = (await source(stage), await source(stage, "Huyện"))
    draft = RelayDraft(sources=sources, length_s=minutes * 60)
    new = NewProgramme(title="Thời sự", relay=draft, items=items, rules=rules, **more)
    return await stage.station.scheduling.make_programme(new, OFFICER)


def stream(planned: PlannedAiring) -> Relay:
    assert planned.relay
    return planned.relay


async def test_every_plan_carries_one_stream_that_is_the_same_after_a_restart_and_a_new_plan(stage: Stage) -> None:
    song = await stage.recording(3, "Nhạc quê hương")
    await relay(stage, daily("17:00"), items=(song,))
    first = await stage.planned()
    assert len(first) == 7
    one = first[0]
    assert (one.priority, one.items, one.grace_us, one.resumes) == (Priority.RELAY, (), 0, True)
    assert (stream(one).start_us, stream(one).length_us) == (at("2026-11-23 17:00"), 30 * MINUTE)
    assert [item.duration_us for item in stream(one).fallback] == [3 * MINUTE]
    assert len({stream(planned).key for planned in first}) == 7
    assert [stream(planned) for planned in await stage.planned("Đình")] == [stream(planned) for planned in first]
    again = await open_station(stage.station.settings, stage.clock)
    try:
        stage.clock.pass_us(12 * 60 * MINUTE)
        await again.planning.replan("tests")
    finally:
        await again.close()
    later = {planned.occurrence: planned for planned in await stage.planned()}
    assert [later[planned.occurrence] for planned in first[1:]] == first[1:]


async def test_the_private_half_signs_what_the_plan_names_and_nothing_else(stage: Stage) -> None:
    await relay(stage, daily("17:00"))
    one, two = (await stage.planned())[:2]
    key = stage.station.signing.stream_key(one.occurrence)
    assert key.public == stream(one).key != stream(two).key
    assert key.public not in {stage.station.keys.schedule.public, stage.station.keys.alert.public}


async def test_a_stronger_programme_takes_its_time_and_the_stream_goes_on_where_it_is_by_then(stage: Stage) -> None:
    await relay(stage, once("2026-11-23", "17:00"))
    await stage.programme("Bản tin xã", once("2026-11-23", "17:10"), minutes=5)
    planned = next(one for one in await stage.planned() if one.relay)
    start = at("2026-11-23 17:00")
    assert [(part.start_us - start, part.from_us, part.length_us) for part in planned.parts] == [
        (0, 0, 10 * MINUTE),
        (15 * MINUTE, 15 * MINUTE, 15 * MINUTE),
    ]
    assert planned.until_us == planned.end_us == start + 30 * MINUTE
    assert planned.cut_by
    row = next(one for one in await stage.log() if one.title == "Thời sự")
    assert (row.end_us, row.until_us) == (planned.end_us, planned.end_us)


async def test_one_that_finds_the_floor_taken_is_joined_late(stage: Stage) -> None:
    await stage.programme("Bản tin xã", once("2026-11-23", "16:55"), minutes=10)
    await relay(stage, once("2026-11-23", "17:00"))
    planned = next(one for one in await stage.planned() if one.relay)
    (part,) = planned.parts
    start = at("2026-11-23 17:00")
    assert (part.start_us, part.from_us, part.end_us) == (start + 5 * MINUTE, 5 * MINUTE, start + 30 * MINUTE)
    assert stream(planned).start_us == start, "frame 0 stays where it is"


async def test_what_is_on_air_is_cut_by_a_stronger_one_and_stays_in_step(stage: Stage) -> None:
    await relay(stage, once("2026-11-23", "08:05"))
    (row,) = await stage.log()
    stage.clock.pass_us(6 * MINUTE)
    await stage.say(row.id, State.PLAYING)
    await stage.programme("Hỏa tốc", once("2026-11-23", "08:15"), minutes=5, priority="announcement")
    planned = next(one for one in await stage.planned() if one.relay)
    start = at("2026-11-23 08:05")
    assert [(part.start_us - start, part.from_us, part.length_us) for part in planned.parts] == [
        (0, 0, 10 * MINUTE),
        (15 * MINUTE, 15 * MINUTE, 15 * MINUTE),
    ]


async def test_clashes_are_told_in_words(stage: Stage) -> None:
    await relay(stage, once("2026-11-23", "17:00"))
    saved = await stage.programme("Bản tin xã", once("2026-11-23", "17:10"), minutes=5)
    (clash,) = saved.clashes
    assert "bị ngắt giữa chừng rồi phát tiếp" in clash.first.vi("Asia/Ho_Chi_Minh")
    tail = await stage.programme("Bản tin tối", once("2026-11-23", "17:25"), minutes=10)
    assert "sẽ bị cắt mất 5 phút cuối" in tail.clashes[0].first.vi("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sources": (), "length_s": 600}, "relay_sources_missing"),
        ({"sources": tuple(f"s{n}" for n in range(9)), "length_s": 600}, "relay_sources_too_many"),
        ({"sources": ("nobody",), "length_s": 600}, "relay_source_unknown"),
        ({"sources": ("source-VOV1",), "length_s": 9}, "relay_length"),
        ({"sources": ("source-VOV1",), "length_s": 6 * 3600 + 1}, "relay_length"),
    ],
)
async def test_what_cannot_be_relayed_is_refused(stage: Stage, change: dict[str, object], code: str) -> None:
    await source(stage)
    new = NewProgramme(title="Thời sự", relay=RelayDraft.model_validate(change))
    with pytest.raises(Problem) as refused:
        await stage.station.scheduling.make_programme(new, OFFICER)
    assert refused.value.code == code


async def test_it_is_changed_like_any_programme_and_its_sources_are_kept_while_it_needs_them(stage: Stage) -> None:
    saved = await relay(stage, daily("17:00"))
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(title="Thời sự VOV"), OFFICER)
    assert (await stage.planned())[0].title == "Thời sự VOV"
    shorter = RelayDraft(sources=("source-Huyện",), length_s=600)
    await stage.station.scheduling.edit_programme(saved.programme, ProgrammeChange(relay=shorter), OFFICER)
    assert stream((await stage.planned())[0]).length_us == 10 * MINUTE
    with pytest.raises(Problem) as refused:
        await stage.station.sourcing.remove("source-Huyện", OFFICER)
    assert refused.value.code == "relay_source_in_use"
    await stage.station.sourcing.remove("source-VOV1", OFFICER)
    await stage.station.scheduling.delete_programme(saved.programme, OFFICER)
    await stage.station.sourcing.remove("source-Huyện", OFFICER)
    assert await stage.planned() == []


async def test_started_by_hand_it_is_planned_a_few_seconds_ahead_and_can_be_called_off(stage: Stage) -> None:
    wish = Wish((await source(stage),), 1800, ("all",), None)
    tried = await stage.station.starting.rehearse(wish, stage.clock.now_us())
    assert (tried.programme, await stage.seqs()) == (None, {}), "nothing was planned"
    started = await stage.station.starting.start(wish, OFFICER)
    (planned,) = await stage.planned()
    assert (started.start_us, started.title) == (MONDAY + 5 * SECOND, "Tiếp sóng VOV1")
    assert (stream(planned).start_us, planned.title) == (MONDAY + 5 * SECOND, "Tiếp sóng VOV1")
    assert started.programme
    await stage.station.recalling.recall(started.programme, OFFICER)
    assert await stage.planned() == []


async def test_the_log_tells_which_source_was_left_when_and_why(stage: Stage) -> None:
    from broadcast_server.broadcast_log import Wish as LogWish
    from broadcast_server.broadcast_log import read_log

    await relay(stage, once("2026-11-23", "17:00"))
    row = (await stage.log())[0]
    told = {"reason": "silent", "old": "VOV1", "new": "Huyện", "vi": "Nguồn “VOV1” không có tiếng.", "en": "Silent."}
    start = at("2026-11-23 17:00")
    async with stage.station.database.transaction() as session:
        session.add(
            RelayRow(
                occurrence_id=row.occurrence_id,
                station_id=row.station_id,
                programme_id=row.programme_id,
                title=row.title,
                start_us=start,
                end_us=start + 30 * MINUTE,
                probes=[],
                switches=[{**told, "reason": "started", "at_us": start}, {**told, "at_us": start + 754 * SECOND}],
            )
        )
    await stage.say(row.id, State.PLAYED)
    async with stage.station.database.reading() as session:
        page = await read_log(session, stage.station.station_id, LogWish(MONDAY, MONDAY + DAY))
    line = next(line for line in page.lines if line.row.id == row.id)
    assert line.sentence.vi == "Đã phát. 17:12:34 Nguồn “VOV1” không có tiếng."
    assert line.sentence.en == "Played. 17:12:34 Silent."


async def test_a_relay_tells_what_it_falls_back_on_and_by_what_it_is_stopped(
    stage: Stage, officer: httpx2.AsyncClient
) -> None:
    song = await stage.recording(3, "Nhạc quê hương")
    await relay(stage, once("2026-11-23", "08:30"), items=(song,))
    rows, start = await stage.log(None), at("2026-11-23 08:30")
    named = {name: getattr(rows[0], name) for name in ("station_id", "occurrence_id", "programme_id", "title")}
    async with stage.station.database.transaction() as session:
        session.add(RelayRow(**named, start_us=start, end_us=start + 30 * MINUTE, probes=[], switches=[]))
    (coming,) = (await officer.get("/api/v1/relays")).json()["items"]
    assert (coming["sources"], coming["meanwhile"], coming["on_air"]) == (["VOV1", "Huyện"], ["Nhạc quê hương"], False)
    stage.clock.pass_us(31 * MINUTE)
    (running,) = (await officer.get("/api/v1/relays")).json()["items"]
    assert (running["on_air"], set(running["airings"])) == (True, {row.id for row in rows})
    stopped = await officer.post("/api/v1/stop", json={"airings": running["airings"]})
    assert stopped.status_code == 202
    for row in rows:
        await stage.say(row.id, State.CANCELLED, reason="STOPPED")
    (over,) = (await officer.get("/api/v1/relays")).json()["items"]
    assert (over["on_air"], over["airings"]) == (False, [])
