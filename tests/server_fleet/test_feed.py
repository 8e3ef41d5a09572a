"""The feed over a real WebSocket: the picture, its changes, coming back, and who may not watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from broadcast_server import feeding
from broadcast_server.app import Job
from broadcast_server.emergency_templates import EMERGENCY
from broadcast_server.feeding import BEAT_EVERY_S, MOST_EACH
from broadcast_server.ordering import Wish
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.serving import PING_EVERY_S
from broadcast_server.station import Station
from speaker_client.protocol.ids import SECOND, LoudspeakerNumber, OrderId
from speaker_client.protocol.report import AiringStarted, Fault, Measured, Measurement, OrderAccepted, SensorKind
from tests.server_fleet.ground import Ground, MovableClock, booted, ended, ground_in, quiet_background
from tests.server_fleet.screens import PASSWORD, cookie_of, order, screen


def feeding_background(station: Station) -> tuple[Job, ...]:
    return (*quiet_background(station), station.feeding.feed_forever)


@pytest.fixture
async def ground(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Ground]:
    """A running station that feeds."""
    async with ground_in(tmp_path, clock, feeding_background) as running:
        yield running


async def test_the_first_message_is_the_whole_picture_then_a_beat(ground: Ground) -> None:
    cluster = await ground.cluster("Cụm chợ")
    async with screen(ground) as seen:
        first = await seen.hear()
        assert (first["kind"], first["seq"]) == ("snapshot", 1)
        horns = [{"number": number, "state": "away"} for number in (1, 2, 3)]
        name = {"name": "Cụm chợ", "position": 1, "presence": None, "loudspeakers": horns, "on_air": None}
        assert first["parts"] == {f"cluster:{cluster}": name, "faults": {"open": 0}}
        beat = await seen.hear()
        assert (beat["kind"], beat["seq"]) == ("beat", 1)
        assert abs(beat["now_us"] - ground.station.clock.now_us()) < 5 * SECOND


async def test_an_order_climbs_its_ladder_and_what_sounds_is_shown(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    async with screen(ground) as seen:
        await seen.hear()
        name = f"order:{await order(ground)}"
        part = (await seen.until(lambda parts: name in parts))[name]
        (rung,) = part["clusters"]
        assert part["by"] == part["made_by"], "an account without a full name"
        assert (rung["sent"] is None, rung["acknowledged"], rung["playing"]) == (False, None, None)
        order_id = OrderId(name.removeprefix("order:"))
        answer = (await ground.technician().get(f"/api/v1/orders/{order_id}")).json()
        airing = answer["clusters"][0]["airing_id"]
        await box.report(booted(), OrderAccepted(order=order_id, airing=airing))
        parts = await seen.until(lambda parts: parts[name]["clusters"][0]["acknowledged"] is not None)
        assert parts[name]["clusters"][0]["playing"] is None
        started = ground.station.clock.now_us()
        await box.report(AiringStarted(airing=airing, due_us=started, started_us=started, error_us=0))
        parts = await seen.until(lambda parts: parts[name]["clusters"][0]["playing"] is not None)
        (rung,) = parts[name]["clusters"]
        assert (rung["cluster_id"], rung["loudspeakers"], rung["playing"]) == (cluster, 3, started)
        assert [(one["number"], one["sounded"]) for one in rung["each"]] == [(1, None), (2, None), (3, None)]
        heard = {"level_cb": -1250, "confidence_pct": 93, "at_us": started + 7}
        proof, doubt = (
            Measurement(loudspeakers=(LoudspeakerNumber(number),), sounded=sounded, **heard)
            for number, sounded in ((1, True), (2, False))
        )
        await box.report(Measured(airing=airing, sensor=SensorKind.LINE_CURRENT, measurements=(proof, doubt)))
        parts = await seen.until(lambda parts: parts[name]["clusters"][0]["sounded"] is not None)
        (rung,) = parts[name]["clusters"]
        assert (rung["sounded"], rung["level_dbfs"], rung["confidence"]) == (started + 7, -12.5, 0.93)
        assert [one["sounded"] for one in rung["each"]] == [started + 7, None, None]
        on_air = parts[f"cluster:{cluster}"]["on_air"]
        assert (on_air["airing_id"], on_air["order_id"], on_air["started_us"]) == (airing, order_id, started)
        assert (on_air["sounded"], len(on_air["each"])) == (started + 7, 3)
        await box.report(ended(airing))
        parts = await seen.until(lambda parts: parts[name]["over"])
        assert parts[f"cluster:{cluster}"]["on_air"] is None
    assert "snapshot" not in seen.kinds[1:]


async def test_what_waits_beneath_an_order_is_shown_if_it_goes_on_afterwards(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    await box.report(booted())
    now = ground.station.clock.now_us()
    resumes = {"resumes": True}
    for title, planned, left_s in (("Bản tin", resumes, 120), ("Ca nhạc", {}, 120), ("Thể dục", resumes, 20)):
        more = {"state": "PLAYING", "started_us": now, "planned": planned, "until_us": now + left_s * SECOND}
        await ground.airing(cluster, title, **more)
    async with screen(ground) as seen:
        name = f"order:{await order(ground)}"
        parts = await seen.until(lambda parts: name in parts)
        assert parts[name]["interrupts"] == [], "nothing sounds over it yet"
        airing = parts[name]["clusters"][0]["airing_id"]
        order_id = OrderId(name.removeprefix("order:"))
        started = AiringStarted(airing=airing, due_us=now, started_us=now, error_us=0)
        await box.report(OrderAccepted(order=order_id, airing=airing), started)
        parts = await seen.until(lambda parts: parts[name]["clusters"][0]["playing"] is not None)
        assert parts[name]["interrupts"] == ["Bản tin"], "the others end by their rule, or are too late by then"
        await box.report(ended(airing))
        parts = await seen.until(lambda parts: parts[name]["over"])
        assert parts[name]["interrupts"] == []


async def test_an_order_that_is_said_several_times_tells_how_far_it_is(ground: Ground) -> None:
    await ground.cluster()
    once = await order(ground)
    thrice = await ground.station.ordering.sound(Wish(EMERGENCY, "flood", ("all",), 3, "emergency:23456789"), "hoa")
    async with screen(ground) as seen:
        parts = (await seen.hear())["parts"]
    assert parts[f"order:{once}"]["progress"] is None
    siren_and_words = 10 * SECOND
    assert parts[f"order:{thrice.id}"]["progress"]["each_us"] == siren_and_words


async def test_a_box_that_falls_silent_is_late_and_then_lost_without_any_bell(
    ground: Ground, clock: MovableClock
) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    await box.http.post("/box/v1/heartbeat", content=box.beat().seal([box.key]).encode())
    name = f"cluster:{cluster}"
    async with screen(ground) as seen:
        await seen.until(lambda parts: parts != {} and parts[name]["presence"] == "online")
        clock.shift_us += 70 * SECOND
        await seen.until(lambda parts: parts[name]["presence"] == "late")
        clock.shift_us += 30 * SECOND
        await seen.until(lambda parts: parts[name]["presence"] == "lost" and parts["faults"]["open"] == 1)
        await box.report(booted(), Fault(code="disk_full", detail="", raised=True))
        await seen.until(lambda parts: parts[name]["presence"] == "online" and parts["faults"]["open"] == 1)


async def test_a_loudspeaker_that_would_not_sound_is_not_counted(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    name, changed = f"cluster:{cluster}", f"/api/v1/clusters/{cluster}/loudspeakers/2"

    def states(parts: dict[str, Any]) -> list[str]:
        return [one["state"] for one in parts.get(name, {}).get("loudspeakers", [])]

    async with screen(ground) as seen:
        await seen.until(lambda parts: states(parts) == ["away"] * 3)
        await box.http.post("/box/v1/heartbeat", content=box.beat().seal([box.key]).encode())
        await seen.until(lambda parts: states(parts) == ["ready"] * 3)
        await ground.technician().patch(changed, json={"muted": True})
        await seen.until(lambda parts: states(parts) == ["ready", "muted", "ready"])
        broken = box.beat(faults=("audio_no_card",), not_before_us=ground.station.clock.now_us() + 1)
        await box.http.post("/box/v1/heartbeat", content=broken.seal([box.key]).encode())
        await seen.until(lambda parts: states(parts) == ["broken"] * 3)


async def test_the_next_airing_is_shown_until_it_is_due(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    start_us = ground.station.clock.now_us() + 60 * SECOND
    await ground.airing(cluster, "Bản tin", start_us=start_us, end_us=start_us + SECOND)
    async with screen(ground) as seen:
        parts = await seen.until(lambda parts: "next" in parts)
        assert (parts["next"]["title"], parts["next"]["start_us"]) == ("Bản tin", start_us)
        assert parts["next"]["clusters"] == [cluster]
        clock.shift_us += 61 * SECOND
        await seen.until(lambda parts: "next" not in parts)


async def test_whoever_comes_back_gets_what_they_missed_or_everything(ground: Ground) -> None:
    await ground.cluster("Cụm chợ")
    async with screen(ground) as before:
        await before.hear()
        await ground.cluster("Đình")
        await before.until(lambda parts: len(parts) == 3)
    for name in ("Trạm xá", "Trường"):
        await ground.cluster(name)
        await ground.station.feeding.look()
    async with screen(ground, f"?run={before.run}&since={before.seq}") as again:
        again.seq, again.parts = before.seq, before.parts
        await again.until(lambda parts: len(parts) == 5)
        await again.hear()
        assert again.kinds == ["change", "change", "beat"]
    async with screen(ground, f"?run={before.run}&since={again.seq}") as still:
        assert (await still.hear())["kind"] == "beat"
    for query in (f"?run=other&since={again.seq}", f"?run={before.run}&since=99", f"?since={again.seq}", ""):
        async with screen(ground, query) as anew:
            assert (await anew.hear())["kind"] == "snapshot"
            assert anew.parts == again.parts


async def test_a_screen_hears_its_own_word_to_tell_slow_from_dead(ground: Ground) -> None:
    async with screen(ground) as seen:
        await seen.say("17")
        while "echo" not in (heard := await seen.hear()):
            assert heard["kind"] in ("snapshot", "beat")
        assert (heard["kind"], heard["echo"]) == ("beat", "17")
        await seen.say(b"\x00no text")
        while (heard := await seen.hear()).get("echo") != "":
            assert "echo" not in heard


async def test_nobody_watches_without_the_right(ground: Ground) -> None:
    cookie = await cookie_of(ground, Role.VIEWER)
    own = {"Cookie": cookie, "Origin": ground.url}
    async with screen(ground, headers=own) as seen:
        assert (await seen.hear())["kind"] == "snapshot"
    cases: list[tuple[dict[str, str], tuple[str, int]]] = [
        ({}, ("login_required", 4401)),
        ({"Authorization": "Bearer wrong"}, ("login_required", 4401)),
        ({"Cookie": "tienglang=wrong", "Origin": ground.url}, ("login_required", 4401)),
        ({"Cookie": cookie, "Origin": "https://la.test"}, ("foreign_origin", 4403)),
        ({"Cookie": cookie, "Origin": "null"}, ("foreign_origin", 4403)),
        ({"Cookie": cookie}, ("foreign_origin", 4403)),
    ]
    for headers, refusal in cases:
        async with screen(ground, headers=headers) as seen:
            assert await seen.refused() == refusal, headers
    async with screen(ground, "?since=x") as seen:
        assert await seen.refused() == ("invalid", 4422)


async def test_a_screen_ends_with_its_session(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "BEAT_EVERY_S", 0.2)
    own = {"Cookie": await cookie_of(ground, Role.VIEWER), "Origin": ground.url}
    async with screen(ground, headers=own) as seen:
        assert (await seen.hear())["kind"] == "snapshot"
        for _ in range(3):
            assert (await seen.hear())["kind"] == "beat"
        assert (await ground.client(headers=own).post("/api/v1/logout")).is_success
        assert await seen.refused() == ("login_required", 4401)


async def test_a_screen_is_cut_off_at_once_when_its_device_is_signed_out_and_the_others_stay(ground: Ground) -> None:
    """No beat is due for fifteen seconds: longer than anything here is waited for."""
    own = {"Cookie": await cookie_of(ground, Role.VIEWER), "Origin": ground.url}
    form = {"name": "viewer.test", "password": PASSWORD}
    answer = await ground.client(headers={"origin": ground.url}).post("/api/v1/login", json=form)
    other = {"Cookie": f"tienglang={answer.cookies['tienglang']}", "Origin": ground.url}
    async with screen(ground, headers=own) as mine, screen(ground, headers=other) as lost, screen(ground) as operators:
        for seen in (mine, lost, operators):
            assert [(await seen.hear())["kind"] for _ in range(2)] == ["snapshot", "beat"]
        assert (await ground.client(headers=own).delete("/api/v1/me/sessions")).json() == {"ended": 1}
        assert await lost.refused() == ("login_required", 4401)
        assert lost.kinds[2:] == ["refusal"]
        assert (await mine.hear())["kind"] == "beat", "this one was looked at too"
        await ground.cluster("Cụm chợ")
        for seen in (mine, operators):
            await seen.until(lambda parts: len(parts) == 2)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/login", {"name": "viewer.test", "password": PASSWORD}),
        ("POST", "/users/{user}/lock-out", None),
        ("POST", "/users/{user}/one-time-password", None),
        ("PATCH", "/users/{user}", {"disabled": True}),
    ],
)
async def test_a_screen_is_cut_off_at_once_when_its_account_is_shut_or_comes_in_anew(
    ground: Ground, method: str, path: str, body: dict[str, Any] | None
) -> None:
    own = {"Cookie": await cookie_of(ground, Role.VIEWER), "Origin": ground.url}
    user = (await ground.client(headers=own).get("/api/v1/me")).json()["id"]
    async with screen(ground, headers=own) as seen:
        assert [(await seen.hear())["kind"] for _ in range(2)] == ["snapshot", "beat"]
        who = ground.client(headers=own) if path == "/login" else ground.technician()
        answer = await who.request(method, f"/api/v1{path.format(user=user)}", json=body)
        assert answer.is_success, answer.text
        assert await seen.refused() == ("login_required", 4401)


async def test_the_number_of_screens_is_bounded(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "MOST_EACH", 2)
    async with screen(ground) as one, screen(ground) as two:
        assert [(await seen.hear())["kind"] for seen in (one, two)] == ["snapshot"] * 2
        async with screen(ground) as three:
            assert await three.refused() == ("feeds_too_many", 4429)
        monkeypatch.setattr(feeding, "MOST_WATCHERS", 2)
        async with screen(ground) as three:
            assert await three.refused() == ("feed_full", 4503)
    monkeypatch.setattr(feeding, "MOST_EACH", MOST_EACH)
    async with screen(ground) as three:
        assert (await three.hear())["kind"] == "snapshot"


async def test_a_screen_that_takes_nothing_is_dropped(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "SENT_WITHIN_S", 0.05)

    async def stuck(_text: str) -> None:
        await asyncio.Event().wait()

    async def may() -> None:
        return

    with pytest.raises(Problem) as dropped, ground.station.feeding.seat("hoa") as watcher:
        await ground.station.feeding.show(watcher, "", 0, stuck, may)
    assert (dropped.value.status, dropped.value.code) == (408, "too_slow")


async def test_whoever_pings_and_reads_nothing_is_not_listened_to(ground: Ground) -> None:
    """Answers to pings would heap up here, as fast as the line is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ground.station.settings.port, limit=1000)
    shake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    shake |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Authorization": f"Bearer {ground.token}"}
    head = "".join(f"{name}: {value}\r\n" for name, value in shake.items())
    writer.write(f"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\n{head}\r\n".encode())
    assert b"101" in await reader.readline()
    pings, taken = (b"\x89\xfd" + bytes(4) + b"x" * 125) * 1000, 0
    with suppress(TimeoutError):
        while taken < 60_000_000:
            writer.write(pings)
            async with asyncio.timeout(2):
                await writer.drain()
            taken += len(pings)
    assert taken < 20_000_000, "what the system's own buffers hold"
    writer.transport.abort()


async def test_fifty_screens_of_one_account_see_the_same(ground: Ground) -> None:
    async with AsyncExitStack() as open_screens:
        screens = [await open_screens.enter_async_context(screen(ground)) for _ in range(50)]
        assert [(await seen.hear())["kind"] for seen in screens] == ["snapshot"] * 50
        await ground.cluster("Cụm chợ")
        for seen in screens:
            await seen.until(lambda parts: len(parts) == 2)
        assert {seen.seq for seen in screens} == {screens[0].seq}


async def test_a_server_that_stops_lets_the_screens_go(tmp_path: Path) -> None:
    async with ground_in(tmp_path) as ground, screen(ground) as seen:
        await seen.hear()
        closing = asyncio.get_running_loop().time()
        ground.station.news.close()
    assert asyncio.get_running_loop().time() - closing < 3


def test_a_beat_comes_at_least_every_fifteen_seconds() -> None:
    assert BEAT_EVERY_S <= 15


def test_an_idle_hour_costs_a_screen_less_than_eighty_kilobytes() -> None:
    beat = len(f'{{"kind":"beat","seq":{1 << 20},"now_us":{1 << 51}}}') + 2
    packet, tls = 52, 29
    answered = 2 * packet + tls
    assert 3600 / BEAT_EVERY_S * (beat + answered) + 3600 / PING_EVERY_S * (2 * answered + 16) < 80_000
