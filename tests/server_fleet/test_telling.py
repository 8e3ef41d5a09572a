"""News and orders reach a box through the real embedded broker, and heartbeats come back by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from broadcast_server.app import Job
from broadcast_server.doorkeeping import KnownBox
from broadcast_server.station import Station
from broadcast_server.store.fleet import BoxRow, OutboxRow
from speaker_client.protocol import topics
from speaker_client.protocol.account import alert_account, routine_account
from speaker_client.protocol.command import Hint, Stop
from speaker_client.protocol.envelope import parse, payload_of
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.signature import signed_by
from tests.server_fleet.ground import Box, Ground, ground_in, quiet_background
from tests.waiting import until

PATIENCE_S = 15.0


def with_broker(station: Station) -> tuple[Job, ...]:
    return (*quiet_background(station), station.carrying.run, station.insisting.insist_forever)


@asynccontextmanager
async def ear(ground: Ground, box: Box, alert: bool = False) -> AsyncIterator[aiomqtt.Client]:
    """The box's line to the broker, listening."""
    station, account = box.papers.station, alert_account(box.id) if alert else routine_account(box.id)
    will = None if alert else aiomqtt.Will(topics.up(station, box.id), b"", qos=1)
    async with aiomqtt.Client(
        "127.0.0.1",
        ground.station.settings.mqtt_port,
        username=account,
        identifier=account,
        password=box.papers.access,
        will=will,
    ) as client:
        await client.subscribe(topics.alert(station, box.id) if alert else topics.down(station, box.id), qos=1)
        yield client


async def next_payload(client: aiomqtt.Client, ground: Ground) -> dict[str, object]:
    async with asyncio.timeout(PATIENCE_S):
        message = await anext(aiter(client.messages))
    envelope = parse(bytes(message.payload))
    assert signed_by(envelope, ground.station.keys.schedule.public)
    return payload_of(envelope)


async def outbox_is_empty(ground: Ground, box: Box) -> bool:
    async with ground.station.database.reading() as session:
        return await session.get(OutboxRow, box.id) is None


async def test_a_change_is_hinted_with_the_tag_of_the_new_bundle_and_the_outbox_forgets_it(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_broker) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        await until(lambda: _up(ground))
        async with ear(ground, box) as client:
            await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
            hint = Hint.read(await next_payload(client, ground))
        answer = await box.http.get("/box/v1/bundle")
        assert answer.headers["etag"] == f'"{hint.etag}"'
        await until(lambda: outbox_is_empty(ground, box))


async def test_stop_comes_by_both_lines_soon(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_broker) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        await until(lambda: _up(ground))
        async with ear(ground, box) as routine, ear(ground, box, alert=True) as alarm:
            began = asyncio.get_running_loop().time()
            await ground.technician().post("/api/v1/stop", json={"clusters": [cluster]})
            orders = [Stop.read(await next_payload(line, ground)) for line in (alarm, routine)]
            assert asyncio.get_running_loop().time() - began < PATIENCE_S / 2
        assert orders[0] == orders[1]
        assert orders[0].audience == f"cluster:{cluster}"


async def test_news_from_before_a_restart_are_told_after_it(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_broker) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        await until(lambda: _up(ground))
        telling = ground.station.telling
        voices = telling.routine, telling.alarm
        telling.routine = telling.alarm = None
        await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
        await asyncio.sleep(0.3)
        assert not await outbox_is_empty(ground, box)
        async with ear(ground, box) as client:
            telling.routine, telling.alarm = voices
            Hint.read(await next_payload(client, ground))


async def test_heartbeats_and_last_wills_come_by_the_broker(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_broker) as ground:
        box = await ground.box(await ground.cluster())
        await until(lambda: _up(ground))
        topic = topics.up(box.papers.station, box.id)
        async with ear(ground, box) as client:
            await client.publish(topic, box.beat().seal([box.key]).encode())
            await until(lambda: _presence(ground, box, "online"))
            await client.publish(topic, b"")
            await until(lambda: _presence(ground, box, "late"))


async def test_a_revoked_box_is_hung_up_on_and_not_let_in_again(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_broker) as ground:
        box = await ground.box(await ground.cluster())
        await until(lambda: _up(ground))
        with pytest.raises(aiomqtt.MqttError):
            await _revoked_while_listening(ground, box)
        with pytest.raises(aiomqtt.MqttError):
            await ear(ground, box).__aenter__()


async def test_a_box_put_out_behind_the_doorkeepers_back_is_forgotten_in_peace(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        gone = await ground.box(await ground.cluster())
        station, now = ground.station, ground.station.clock.now_us()
        async with station.database.transaction() as session:
            session.add(OutboxRow(box_id=gone.id, station_id=station.station_id, since_us=now))
            (await session.get_one(BoxRow, gone.id)).revoked_us = now
        assert (await station.telling.tell_all()).boxes == 1
        assert await outbox_is_empty(ground, gone)


class Heard:
    """A voice that keeps what is said by it."""

    def __init__(self) -> None:
        self.kinds: list[object] = []

    async def hint(self, box: BoxId, data: bytes) -> bool:
        self.kinds.append(payload_of(parse(data))["kind"])
        return True

    alert = hint


async def test_a_stop_that_was_not_told_yet_is_told_though_other_news_came_after_it(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        cluster = await ground.cluster()
        await ground.box(cluster)
        telling = ground.station.telling
        routine = telling.routine = Heard()
        await ground.station.commanding.stop((), [cluster], "lan")
        await asyncio.sleep(0.002)
        await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
        await telling.tell_all()
    assert routine.kinds == ["stop", "hint"]


async def test_news_that_came_while_a_box_was_told_is_not_forgotten_with_what_it_was_told(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        telling, places = ground.station.telling, ground.station.places

        class Slow(Heard):
            async def hint(self, box: BoxId, data: bytes) -> bool:
                await places.adjust_loudspeaker(cluster, 1, gain_cb=-300, muted=None, by="hoa")
                return True

        telling.routine, telling.alarm = Slow(), Heard()
        await places.adjust_loudspeaker(cluster, 1, gain_cb=-200, muted=None, by="hoa")
        await telling.tell_all()
        assert not await outbox_is_empty(ground, box)
        telling.routine = Heard()
        await telling.tell_all()
        assert await outbox_is_empty(ground, box)


async def test_of_many_changes_in_a_row_a_box_gets_one_hint_and_of_a_stop_at_once(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        telling, places = ground.station.telling, ground.station.places
        routine = telling.routine = Heard()
        for gain_cb in (-200, -300, -400):
            await places.adjust_loudspeaker(cluster, 1, gain_cb=gain_cb, muted=None, by="hoa")
            told = await telling.tell_all(gather_s=60.0)
        assert (told, routine.kinds) == ((0, True), ["hint"]), "the others wait"
        assert not await outbox_is_empty(ground, box)
        await ground.station.commanding.stop((), [cluster], "lan")
        assert await telling.tell_all(gather_s=60.0) == (1, False)
        assert routine.kinds == ["hint", "stop", "hint"]
        assert await outbox_is_empty(ground, box)


async def test_a_box_that_asks_by_itself_is_hinted_at_nothing_that_it_has_taken(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        cluster = await ground.cluster()
        box = await ground.box(cluster)
        telling, commanding = ground.station.telling, ground.station.commanding
        routine = telling.routine = Heard()
        taken = await _taken(ground, box)
        await commanding.stop((), [cluster], "lan")
        assert await telling.tell_all(gather_s=60.0) == (0, True), "its question will tell it"
        taken = await _taken(ground, box, taken)
        assert await telling.tell_all(gather_s=60.0) == (0, True), "that it was answered it may not have heard"
        await ground.station.bundling.newer(await _known(ground, box), taken, 0)
        assert await telling.tell_all(gather_s=60.0) == (1, False)
        assert not routine.kinds
        assert await outbox_is_empty(ground, box)
        await commanding.stop((), [cluster], "lan")
        assert await telling.tell_all(gather_s=60.0) == (0, True), "what it held before is not what came since"
        await asyncio.sleep(0.1)
        await commanding.stop((), [cluster], "lan")
        assert await telling.tell_all(gather_s=0.05) == (1, False), "more news do not give it more time"
        assert routine.kinds == ["stop", "stop", "hint"], "it did not take them in time"


async def _known(ground: Ground, box: Box) -> KnownBox:
    known = await ground.station.doors.find(box.id)
    assert known is not None
    return known


async def _taken(ground: Ground, box: Box, before: str | None = None) -> str:
    """What a box is given that has this."""
    packed = await ground.station.bundling.newer(await _known(ground, box), before, 0)
    assert packed is not None
    return packed.etag


async def test_a_stop_that_is_slow_on_its_way_to_one_box_holds_up_no_other(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=lambda _: ()) as ground:
        for name in ("Cụm chợ", "Cụm đồi"):
            await ground.box(await ground.cluster(name))
        both = asyncio.Barrier(2)

        class Slow(Heard):
            async def hint(self, box: BoxId, data: bytes) -> bool:
                await both.wait()
                return await super().hint(box, data)

        telling = ground.station.telling
        routine = telling.routine = Slow()
        await ground.station.commanding.stop((), (), "lan")
        async with asyncio.timeout(PATIENCE_S):
            assert (await telling.tell_all()).boxes == 2
    assert sorted(map(str, routine.kinds)) == ["hint", "hint", "stop", "stop"]


async def _revoked_while_listening(ground: Ground, box: Box) -> None:
    async with ear(ground, box) as client, asyncio.timeout(PATIENCE_S):
        await ground.technician().post(f"/api/v1/boxes/{box.id}/revoke")
        await anext(aiter(client.messages))


async def _up(ground: Ground) -> bool:
    return ground.station.carrying.up


async def _presence(ground: Ground, box: Box, wanted: str) -> bool:
    return ground.station.monitoring.presence_of(box.id)[0].value == wanted
