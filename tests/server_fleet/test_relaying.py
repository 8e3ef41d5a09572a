"""Relays as the station keeps them: probed before air, pulled once, sent to all boxes twice, left when one is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server import relaying as relaying_module
from broadcast_server.app import Job
from broadcast_server.feed.picture import read_parts
from broadcast_server.live.stream import Stream
from broadcast_server.relay.probe import Probe
from broadcast_server.relay.reason import Switch
from broadcast_server.relay.source import Source, SourceKind
from broadcast_server.relay.sources import MOST_LOOKED_AT
from broadcast_server.relaying import Relaying
from broadcast_server.schedule.relayed import CAST_BEFORE_US, Relayed
from broadcast_server.station import Station
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.people import AuditRow
from broadcast_server.today import today
from speaker_client.protocol.ids import MINUTE, SECOND, Micros
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.report import Result
from tests.server_fleet.ground import Ground, MovableClock, ended, ground_in, quiet_background
from tests.server_fleet.relays import OFFICER, Ear, groups, noted, planned, probes, relaying, source, start
from tests.village.radio import Radio, morning
from tests.waiting import until


def with_datagrams(station: Station) -> tuple[Job, ...]:
    return (*quiet_background(station), lambda: station.datagrams.serve("127.0.0.1", station.settings.udp_port))


@pytest.fixture
async def ground(tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    monkeypatch.setenv("TIENGLANG_RELAY_HOSTS", "127.0.0.1")
    monkeypatch.setenv("TIENGLANG_RELAY_PRIVATE", "127.0.0.0/8")
    (tmp_path / "station").mkdir()
    async with ground_in(tmp_path / "station", clock, with_datagrams) as running:
        yield running


@pytest.fixture
def radio(tmp_path: Path) -> Iterator[Radio]:
    one = Radio(tmp_path, "vov", morning())
    yield one
    one.die()


async def test_it_is_pulled_once_and_every_box_gets_every_frame_twice_in_time(ground: Ground, radio: Radio) -> None:
    boxes = [await ground.box(await ground.cluster(name)) for name in ("Chợ", "Đình")]
    await ground.station.doors.refresh()
    ears = [Ear(ground, box) for box in boxes]
    await start(ground, await source(ground, "VOV1", radio.url))
    async with relaying(ground):
        heard = await asyncio.gather(*(ear.hear(30, 40) for ear in ears))
        one = await planned(ground)
        assert one.relay
        assert radio.pulls == 1
        first, second = (Counter(all_) for all_ in heard)
        assert len(first.keys() & second.keys()) > 10, "the same datagrams for all"
        assert Counter(first.values()).most_common(1)[0][0] == 2
        numbers = [group.first + n for group in groups(heard[0], one) for n in range(len(group.packets))]
        latest_us = one.relay.start_us + max(numbers) * FRAME_US
        assert latest_us - ground.station.clock.now_us() < 2 * SECOND
        row = await noted(ground)
        assert row
        assert [switch["reason"] for switch in row.switches] == ["started"]
        async with ground.station.database.reading() as session:
            airings = list(await session.scalars(select(AiringRow).filter_by(cluster_id=boxes[0].papers.cluster)))
        await boxes[0].report(ended(airings[0].id, Result.CANCELLED))
        await ears[0].hear(3)
        silent, sounding = await asyncio.gather(*(ear.hear(1) for ear in ears))
        assert (bool(silent), bool(sounding)) == (False, True), "a box that is done is sent nothing"
    async with relaying(ground):
        later = groups(await ears[1].hear(30, 10), one)
    assert later
    assert min(group.first for group in later) > max(numbers), "the station that comes back goes on where time is"
    assert radio.pulls == 2
    for ear in ears:
        ear.close()


async def test_its_sources_are_looked_at_before_air_and_a_bad_one_is_said(
    ground: Ground, radio: Radio, clock: MovableClock
) -> None:
    await ground.cluster()
    good, bad = await source(ground, "VOV1", radio.url), await source(ground, "Hỏng", "http://127.0.0.1:59999/x")
    await start(ground, bad, good, in_us=9 * MINUTE + 30 * SECOND)
    async with relaying(ground):
        assert await probes(ground, 2) == {"VOV1": True, "Hỏng": False}
        span = {"from": str(clock.now_us()), "to": str(clock.now_us() + 10 * MINUTE)}
        (line,) = (await ground.technician().get("/api/v1/log", params=span)).json()["items"]
        assert "Không kết nối được nguồn “Hỏng”" in line["vi"], "the log says it before its time"
        clock.shift_us += 8 * MINUTE + 50 * SECOND
        ground.station.news.reported()
        assert await probes(ground, 4) == {"VOV1": True, "Hỏng": False}
    row = await noted(ground)
    assert row
    assert not (await today(ground.station, clock.now_us())).next.no_source
    async with ground.station.database.reading() as session:
        audit = list(await session.scalars(select(AuditRow).filter_by(action="relay.probe")))
        parts = await read_parts(session, ground.station.station_id, lambda _: (None, ()), clock.now_us())
    assert [one.detail["bad"] for one in audit] == [["Hỏng"], ["Hỏng"]]
    part = parts[f"relay:{row.occurrence_id}"]
    assert (part["no_source"], part["meanwhile"]) == (False, [])
    assert [(one["name"], one["ok"]) for one in part["sources"]] == [("Hỏng", False), ("VOV1", True)]
    listed = (await ground.technician().get("/api/v1/relays/sources")).json()["items"]
    assert {one["name"]: one["probed"]["ok"] for one in listed} == {"VOV1": True, "Hỏng": False}
    assert "Không kết nối được" in next(one["probed"]["vi"] for one in listed if one["name"] == "Hỏng")


async def test_a_relay_without_any_source_is_warned_of_on_the_page(ground: Ground, clock: MovableClock) -> None:
    await ground.cluster()
    await start(ground, await source(ground, "Hỏng", "http://127.0.0.1:59999/x"), in_us=5 * MINUTE)
    async with relaying(ground):
        await probes(ground, 1)
    assert (await today(ground.station, clock.now_us())).next.no_source
    page = (await ground.client().get("/")).text
    if "Tiếp sóng Hỏng" in page.split("timetable")[-1]:  # unless the day ends in five minutes
        assert "nguồn tiếp sóng chưa có tín hiệu" in page
    told = (await ground.technician().get("/api/v1/relays")).json()["items"]
    assert [(one["no_source"], one["sounding"]) for one in told] == [(True, None)]
    assert "Hỏng" in told[0]["vi"]


async def test_what_somebody_finds_mended_is_no_longer_warned_of(
    ground: Ground, radio: Radio, clock: MovableClock
) -> None:
    await ground.cluster()
    only = await source(ground, "VOV1", "http://127.0.0.1:59999/x")
    await start(ground, only, in_us=5 * MINUTE)
    async with relaying(ground):
        assert await probes(ground, 1) == {"VOV1": False}
    row = await noted(ground)
    assert row

    async def warned() -> bool:
        async with ground.station.database.reading() as session:
            parts = await read_parts(session, ground.station.station_id, lambda _: (None, ()), clock.now_us())
        part = parts[f"relay:{row.occurrence_id}"]
        return bool(part["no_source"])

    assert await warned()
    await ground.station.sourcing.edit(only, {"address": radio.url}, OFFICER)
    clock.shift_us += SECOND
    assert (await ground.station.sourcing.probe_now(only, OFFICER)).probed["ok"]
    assert not await warned()


async def test_a_moment_that_passes_while_the_plans_are_read_is_not_missed(
    ground: Ground, radio: Radio, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    started = await start(ground, await source(ground, "VOV1", radio.url))
    cast_us, read, looks = started.start_us - CAST_BEFORE_US, Relaying._read, count()

    async def slowly(relaying: Relaying, session: AsyncSession, now: Micros) -> list[Relayed]:
        found = await read(relaying, session, now)
        if next(looks) == 1:  # it is pulled, and no bell will ring
            clock.shift_us += max(0, cast_us - clock.now_us()) + SECOND // 100
        return found

    monkeypatch.setattr(Relaying, "_read", slowly)
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            assert await ear.hear(6, 3), "boxes are addressed three seconds before air, not at the next look by chance"


@pytest.mark.parametrize("spike", [(20, 0), (0, -20)])
async def test_a_clock_that_is_set_tears_no_hole_into_a_relay(
    ground: Ground, radio: Radio, clock: MovableClock, spike: tuple[int, int]
) -> None:
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    await start(ground, await source(ground, "VOV1", radio.url))
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            before = groups(await ear.hear(30, 30), await planned(ground))
            for seconds in spike:
                clock.shift_us = seconds * SECOND
                await ear.hear(1)
            after = groups(await ear.hear(3), await planned(ground))
    came = {group.first + n for group in (*before, *after) for n in range(len(group.packets))}
    assert len(after) > 10
    assert max(came) - min(came) < 1000, "none was sent for a time far ahead"


async def test_a_clock_set_forward_a_little_is_followed(ground: Ground, radio: Radio, clock: MovableClock) -> None:
    """As when the machine stood still for a moment, and the boxes did not."""
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    await start(ground, await source(ground, "VOV1", radio.url))
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            assert await ear.hear(30, 10)
            clock.shift_us = 4 * SECOND
            ground.station.news.reported()
            one = await planned(ground)

            async def switched_again() -> bool:
                return len((await noted(ground)).switches) > 1

            await until(switched_again)
            await ear.hear(1)
            due_us = one.start_us + groups(await ear.hear(20, 1), one)[0].first * FRAME_US
    assert 0 < due_us - clock.now_us() < 2 * SECOND


@pytest.mark.parametrize("writable", [True, False])
async def test_a_mistake_of_ours_costs_a_relay_a_moment_and_not_the_station(
    ground: Ground, radio: Radio, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    async def full(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    if not writable:
        monkeypatch.setattr(Relaying, "_write", full)
    monkeypatch.setattr(relaying_module, "MENDED_S", 0.2)
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    hear, frames = Stream.hear, count()

    def stumbling(stream: Stream, pcm: bytes) -> list[bytes]:
        if next(frames) == 20:
            raise LookupError("a mistake of ours")
        return hear(stream, pcm)

    monkeypatch.setattr(Stream, "hear", stumbling)
    await start(ground, await source(ground, "VOV1", radio.url))
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            assert await ear.hear(30, 10)
    row = await noted(ground)
    assert (row is not None) is writable
    if row is None:
        return
    assert [switch["reason"] for switch in row.switches] == ["started", "broken", "started"]
    assert "LookupError" in row.switches[1]["vi"]


async def test_a_failing_database_ends_no_relay_and_gets_the_changes_later(
    ground: Ground, radio: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadcast_server.enduring.LONGEST_PAUSE_S", 0.2)
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    read, write, failing = Relaying._read, Relaying._write, {"write"}

    async def reading(relaying: Relaying, session: AsyncSession, now: Micros) -> list[Relayed]:
        if "read" in failing:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return await read(relaying, session, now)

    async def writing(relaying: Relaying, one: Relayed, switch: Switch) -> None:
        if "write" in failing:
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        await write(relaying, one, switch)

    monkeypatch.setattr(Relaying, "_read", reading)
    monkeypatch.setattr(Relaying, "_write", writing)
    await start(ground, await source(ground, "VOV1", radio.url))
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            assert await ear.hear(30, 5)
            failing.add("read")
            ground.station.news.reported()
            assert len(await ear.hear(3)) > 5
            assert await noted(ground) is None
            failing.clear()
            await until(lambda: noted(ground))
    assert radio.pulls == 1


async def test_a_change_that_cannot_be_noted_costs_no_sound(
    ground: Ground, radio: Radio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def torn(*_: object) -> None:
        raise DatabaseError("UPDATE", {}, Exception("database disk image is malformed"))

    monkeypatch.setattr(Relaying, "_write", torn)
    box = await ground.box(await ground.cluster())
    await ground.station.doors.refresh()
    await start(ground, await source(ground, "VOV1", radio.url))
    with closing(Ear(ground, box)) as ear:
        async with relaying(ground):
            assert await ear.hear(30, 10)
    assert radio.pulls == 1
    assert "malformed" in caplog.text
    assert "The relay begins with “VOV1”" in caplog.text


async def test_a_relay_that_has_no_source_left_says_so_in_its_log_once(ground: Ground, clock: MovableClock) -> None:
    ground.station.sourcing._inputs = frozenset({"hw:1,0"})
    await ground.cluster()
    mixer = (await ground.station.sourcing.add("Bàn trộn", "input", "hw:1,0", OFFICER)).id
    ground.station.sourcing._inputs = frozenset()
    await start(ground, mixer)
    async with relaying(ground):
        await until(lambda: noted(ground))
        ground.station.news.reported()
        await asyncio.sleep(1)
        row = await noted(ground)
    assert row
    assert [(one["reason"], one["new"]) for one in row.switches] == [("no_source", None)]
    assert "Bàn trộn" in row.switches[0]["vi"]


async def test_a_whole_list_that_is_looked_at_does_not_take_all_memory(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    looking = Counter[str]()

    async def look(one: Source, *_: object) -> Probe:
        looking["now"] += 1
        at_once.append(looking["now"])
        await asyncio.sleep(0.01)
        looking["now"] -= 1
        return Probe(True, None, -20.0, ground.station.clock.now_us())

    monkeypatch.setattr("broadcast_server.relay.probe.probe", look)
    some = [Source(str(n), str(n), SourceKind.HTTP, "http://127.0.0.1:9/") for n in range(30)]
    found = await asyncio.gather(*(ground.station.sourcing.look(one) for one in some))
    assert all(one["ok"] for one in found)
    assert max(at_once) == MOST_LOOKED_AT
