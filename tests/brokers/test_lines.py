"""The box's and the station's lines, over both brokers and over none."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import pytest

from broadcast_server.speakers_mqtt import BrokerDoor, Speakers
from speaker_client.link import Line, Link, alert_line, routine_line
from speaker_client.protocol.account import Account
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.patience import LinkState, Patience
from tests.brokers.house import BOXES, STATION, House
from tests.brokers.people import SOON, running
from tests.ports import free_ports
from tests.waiting import until

B1 = BoxId("b1")


def hasty() -> Patience:
    """Dials again within a tenth of the usual time."""
    return Patience(draw=lambda: 0.1)


class Ear:
    """What the station heard."""

    def __init__(self) -> None:
        self.heartbeats: list[tuple[BoxId, bytes]] = []
        self.lost: list[BoxId] = []

    async def heartbeat(self, box: BoxId, data: bytes) -> None:
        self.heartbeats.append((box, data))

    async def will(self, box: BoxId) -> None:
        self.lost.append(box)


def speakers(house: House, ear: Ear) -> Speakers:
    return Speakers(STATION, BrokerDoor(house.host, house.port, house.password), ear.heartbeat, ear.will, hasty())


def b1_line(port: int, secret: str = BOXES["b1"]) -> Line:
    return routine_line("127.0.0.1", port, STATION, B1, secret)


async def test_a_hint_and_an_alarm_reach_the_box_and_its_heartbeat_the_station(house: House) -> None:
    ear, hints, alarms = Ear(), list[bytes](), list[bytes]()
    link = Link(b1_line(house.port), hints.append)
    alert = Link(alert_line(house.host, house.port, STATION, B1, BOXES["b1"]), alarms.append)
    ours = speakers(house, ear)
    async with running(link, alert, ours):
        await until(lambda: link.state == alert.state == ours.state == LinkState.ONLINE)
        assert await ours.hint(B1, b"news")
        assert await ours.alert(B1, b"storm")
        assert await link.publish(b"alive")
        await until(lambda: bool(hints and alarms and ear.heartbeats))
    assert (hints, alarms, ear.heartbeats, ear.lost) == ([b"news"], [b"storm"], [(B1, b"alive")], [])
    assert link.state == ours.state == LinkState.OFFLINE


async def test_alarms_leave_by_a_line_of_their_own(house: House) -> None:
    alarms = list[bytes]()
    alert = Link(alert_line(house.host, house.port, STATION, B1, BOXES["b1"]), alarms.append)
    door = BrokerDoor(house.host, house.port, house.password)
    routine, urgent = Speakers(STATION, door), Speakers(STATION, door.for_alerts())
    async with running(alert, routine, urgent):
        await until(lambda: alert.state == routine.state == urgent.state == LinkState.ONLINE)
        assert await urgent.alert(B1, b"storm")
        await until(lambda: alarms == [b"storm"])


async def test_a_hundred_hints_at_once_all_arrive_in_order(house: House) -> None:
    hints = list[bytes]()
    link, ours = Link(b1_line(house.port), hints.append), speakers(house, Ear())
    said = [str(number).encode() for number in range(100)]
    async with running(link, ours):
        await until(lambda: link.state == ours.state == LinkState.ONLINE)
        assert all(await asyncio.gather(*(ours.hint(B1, hint) for hint in said)))
        await until(lambda: len(hints) == 100)
    assert hints == said


async def test_when_the_broker_is_killed_both_lines_come_back(
    own_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ear, hints = Ear(), list[bytes]()
    link, ours = Link(b1_line(own_house.port), hints.append, patience=hasty()), speakers(own_house, ear)
    async with running(link, ours):
        await until(lambda: link.state == ours.state == LinkState.ONLINE)
        own_house.kill()
        await until(lambda: link.state == ours.state == LinkState.OFFLINE)
        assert not await link.publish(b"nobody hears")
        assert not await ours.hint(B1, b"nobody hears")
        await asyncio.sleep(0.3)  # several failures, told once
        await asyncio.to_thread(own_house.start)
        await until(lambda: link.state == ours.state == LinkState.ONLINE)
        assert await ours.hint(B1, b"back")
        await until(lambda: hints == [b"back"])
    told = [record.levelname for record in caplog.records if record.name.endswith("link")]
    assert told == ["WARNING", "INFO"]


async def test_a_broker_that_is_back_is_dialled_at_once_when_the_station_was_reached_by_another_road(
    own_house: House,
) -> None:
    link = Link(b1_line(own_house.port), lambda _: None, patience=Patience(lambda: 3600.0))
    async with running(link):
        await until(lambda: link.state == LinkState.ONLINE)
        own_house.kill()
        await until(lambda: link.state == LinkState.OFFLINE)
        await asyncio.to_thread(own_house.start)
        link.hurry()
        await until(lambda: link.state == LinkState.ONLINE)


async def test_a_wrong_password_is_a_refusal_and_no_broken_road(house: House, caplog: pytest.LogCaptureFixture) -> None:
    states = list[LinkState]()
    link = Link(b1_line(house.port, "guess"), lambda _: None, states.append)
    async with running(link):
        await until(lambda: link.state == LinkState.REFUSED)
        await asyncio.sleep(0.2)
    assert states == [LinkState.DIALLING, LinkState.REFUSED, LinkState.OFFLINE]
    assert [record.levelname for record in caplog.records if record.name.endswith("link")] == ["WARNING"]


async def test_the_station_itself_may_be_refused(house: House) -> None:
    ours = Speakers(STATION, BrokerDoor(house.host, house.port, "guess"))
    async with running(ours):
        await until(lambda: ours.state == LinkState.REFUSED)


async def test_a_topic_that_is_not_granted_is_a_refusal(embedded: House) -> None:
    """Mosquitto grants it and delivers nothing, so only the embedded broker can be asked."""
    line = Line(embedded.host, embedded.port, Account("b1"), BOXES["b1"], ("tienglang/tayho/b2/down",))
    link = Link(line, lambda _: None)
    async with running(link):
        await until(lambda: link.state == LinkState.REFUSED)


async def test_retained_words_are_not_taken_for_a_sign_of_life(house: House) -> None:
    ear = Ear()
    link, ours = Link(b1_line(house.port), lambda _: None), speakers(house, ear)
    async with running(link):
        await until(lambda: link.state == LinkState.ONLINE)
        assert link._client
        await link._client.publish("tienglang/tayho/b1/up", b"stale", qos=1, retain=True)
        async with running(ours):
            await until(lambda: ours.state == LinkState.ONLINE)
            assert await link.publish(b"fresh")
            await until(lambda: bool(ear.heartbeats))
        await link._client.publish("tienglang/tayho/b1/up", b"", qos=1, retain=True)
    assert ear.heartbeats == [(B1, b"fresh")]


async def test_a_message_that_no_broker_carries_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="8193"):
        await Link(b1_line(1), lambda _: None).publish(b"x" * 8193)
    with pytest.raises(ValueError, match="8193"):
        await Speakers(STATION, BrokerDoor("127.0.0.1", 1, "")).hint(B1, b"x" * 8193)


async def test_no_broker_at_all_is_borne_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    link = Link(b1_line(free_ports()), lambda _: None, patience=Patience(draw=lambda: 0.02))
    async with running(link) as (task,):
        await asyncio.sleep(0.4)
        assert not task.done()
    assert len(caplog.records) == 1


async def test_a_line_can_be_ended_while_the_broker_says_nothing() -> None:
    """The other end takes the call and is mute: ending must not wait for it."""
    calls = list[asyncio.StreamWriter]()
    mute = await asyncio.start_server(lambda _, writer: calls.append(writer), "127.0.0.1", 0)
    port = mute.sockets[0].getsockname()[1]
    link = Link(b1_line(port), lambda _: None)
    async with running(link) as (task,):
        await until(lambda: bool(calls))
        began = time.monotonic()
    assert task.cancelled()
    assert time.monotonic() - began < 5
    for writer in calls:
        writer.close()
    mute.close()


async def test_a_line_can_be_ended_as_soon_as_it_was_begun(house: House) -> None:
    for moment in (0.0, 0.001, 0.003, 0.01, 0.03):
        link = Link(b1_line(house.port), lambda _: None)
        async with running(link) as (task,):
            await asyncio.sleep(moment)
        assert task.cancelled()


async def test_a_listener_that_fails_ends_the_line(house: House) -> None:
    def broken(_: bytes) -> None:
        raise OSError("no space left")

    link, ours = Link(b1_line(house.port), broken), speakers(house, Ear())
    async with running(link, ours) as (task, _):
        await until(lambda: link.state == ours.state == LinkState.ONLINE)
        await ours.hint(B1, b"news")
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                await asyncio.wait({task})
        assert isinstance(task.exception(), OSError)
