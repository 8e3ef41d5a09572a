"""Giving an order: once for a key, after whoever had the lock, later than every order before it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server import speaking
from broadcast_server.fleet.ledger import State
from broadcast_server.ordering import Ordering, Wish
from broadcast_server.problem import Problem
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.live import Ending
from tests.programmes.alarms import SIREN
from tests.programmes.stage import OFFICER, Stage, at


async def orders(stage: Stage) -> list[str]:
    async with stage.station.database.reading() as session:
        return list(await session.scalars(select(OrderRow.id).order_by(OrderRow.made_us)))


async def test_many_presses_with_one_key_at_the_same_moment_are_one_order(stage: Stage, ordering: Ordering) -> None:
    given = await asyncio.gather(*(ordering.sound(SIREN, OFFICER) for _ in range(20)))
    assert [one.id for one in given] == await orders(stage) * 20
    assert len(await stage.log(None)) == 3


async def test_words_sound_without_their_siren_and_a_siren_alone_is_waited_for(
    stage: Stage, ordering: Ordering
) -> None:
    async with stage.station.database.transaction() as session:
        await session.execute(update(TemplateRow).filter_by(name="siren").values(recording_id=None))
    assert await ordering.sound(Wish("emergency", "flood", ("all",), 2, "emergency:words"), OFFICER)
    with pytest.raises(Problem) as refused:
        await ordering.sound(SIREN, OFFICER)
    assert refused.value.code == "not_ready"


async def test_in_the_quiet_hours_an_emergency_sounds_and_a_drill_does_not(stage: Stage, ordering: Ordering) -> None:
    await stage.station.hushing.set("21:00", "05:00", OFFICER)
    stage.clock.moment = at("2026-11-23 22:00")
    with pytest.raises(Problem) as refused:
        await ordering.sound(Wish("drill", "drill", ("all",), None, "drill:one"), OFFICER)
    assert (refused.value.code, refused.value.more["next_us"]) == ("quiet_hours", at("2026-11-24 05:00"))
    given = await ordering.sound(SIREN, OFFICER)
    assert await orders(stage) == [given.id]
    stage.clock.moment = at("2026-11-24 05:00")
    assert await ordering.sound(Wish("drill", "drill", ("all",), None, "drill:one"), OFFICER)


async def test_so_they_are_where_two_may_write_at_once(
    stage: Stage, ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sees the other's order, and the database takes one: what PostgreSQL does, and SQLite cannot."""
    first, look = await ordering.sound(SIREN, OFFICER), ordering._known
    looks: list[Wish] = []

    async def too_early(session: AsyncSession, wish: Wish) -> OrderRow | None:
        looks.append(wish)
        return await look(session, wish) if len(looks) > 1 else None

    monkeypatch.setattr(ordering, "_known", too_early)
    assert (await ordering.sound(SIREN, OFFICER)).id == first.id
    assert await orders(stage) == [first.id]


@pytest.mark.parametrize(
    "other",
    [
        Wish("emergency", "flood", ("all",), 2, SIREN.key),
        Wish("emergency", "siren", ("village:x",), 2, SIREN.key),
        Wish("emergency", "siren", ("all",), 3, SIREN.key),
    ],
)
async def test_a_key_is_not_taken_for_another_order(stage: Stage, ordering: Ordering, other: Wish) -> None:
    """Whoever pressed “fire” must not be told that all is well because “flood” was given before."""
    first = await ordering.sound(SIREN, OFFICER)
    for dry in (True, False):
        with pytest.raises(Problem) as refused:
            await ordering.sound(other, OFFICER, dry)
        assert (refused.value.status, refused.value.code) == (422, "key_used")
        assert refused.value.more["order"] == first.id
    assert await orders(stage) == [first.id]


async def test_a_press_without_a_count_is_the_same_again(stage: Stage, ordering: Ordering) -> None:
    plain = Wish("emergency", "siren", ("all",), None, SIREN.key)
    assert (await ordering.sound(plain, OFFICER)).id == (await ordering.sound(plain, OFFICER)).id


async def test_what_comes_too_late_is_not_given_unless_it_was_given_in_time(stage: Stage, ordering: Ordering) -> None:
    wish = replace(SIREN, expires_us=stage.clock.now_us() + MINUTE)
    first = await ordering.sound(wish, OFFICER)
    stage.clock.pass_us(MINUTE + 1)
    assert (await ordering.sound(wish, OFFICER)).id == first.id
    with pytest.raises(Problem) as refused:
        await ordering.sound(replace(wish, key="emergency:late"), OFFICER)
    assert (refused.value.status, refused.value.code) == (409, "order_expired")
    assert await orders(stage) == [first.id]


async def test_what_came_in_time_is_given_though_its_words_took_long_to_speak(
    stage: Stage, ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(_: Wish, dry: bool) -> None:
        stage.clock.pass_us(9 * SECOND)

    monkeypatch.setattr(ordering, "_said", slowly)
    wish = replace(SIREN, expires_us=stage.clock.now_us())
    given = await ordering.sound(wish, OFFICER)
    assert await orders(stage) == [given.id]


async def test_what_came_in_time_is_not_given_once_it_waited_longer_for_the_database(
    stage: Stage, ordering: Ordering
) -> None:
    wish = replace(SIREN, expires_us=stage.clock.now_us() + SECOND)
    async with stage.station.database.transaction() as session:
        await session.execute(select(OrderRow))
        waiting = asyncio.create_task(ordering.sound(wish, OFFICER))
        await asyncio.sleep(0.1)
        stage.clock.pass_us(12 * SECOND)
    with pytest.raises(Problem) as refused:
        await waiting
    assert (refused.value.code, await orders(stage)) == ("order_expired", [])


async def test_the_later_order_is_the_later_though_the_clock_was_set_back(stage: Stage, ordering: Ordering) -> None:
    first = await ordering.sound(SIREN, OFFICER)
    stage.clock.pass_us(-5 * SECOND)
    second = await ordering.sound(Wish("emergency", "siren", ("all",), 2, "emergency:two"), OFFICER)
    assert second.made_us == first.made_us + 1
    assert await orders(stage) == [first.id, second.id]


async def test_nor_is_one_refused_as_late_for_the_clock_that_was_set_back(stage: Stage, ordering: Ordering) -> None:
    first = await ordering.sound(SIREN, OFFICER)
    stage.clock.pass_us(-55 * SECOND)
    wish = replace(SIREN, key="emergency:two", expires_us=stage.clock.now_us() + 30 * SECOND)
    assert (await ordering.sound(wish, OFFICER)).made_us == first.made_us + 1


async def test_but_it_waits_for_no_order_that_is_over_or_elsewhere(stage: Stage, ordering: Ordering) -> None:
    """It was to sound as much later as the clock was set back."""
    await ordering.sound(SIREN, OFFICER)
    over = [row.id for row in await stage.log(None) if row.cluster_id != stage.clusters["Chợ"]]
    for airing in over:
        await stage.say(airing, State.PLAYED)
    stage.clock.pass_us(-50 * SECOND)
    for name in ("Đình", "Chợ"):
        wish = Wish("emergency", "siren", (f"cluster:{stage.clusters[name]}",), 2, name)
        order = await ordering.sound(wish, OFFICER)
        waited_us = order.made_us - stage.clock.moment
        assert waited_us == (0 if name == "Đình" else 50 * SECOND + 1)


async def test_an_order_that_waited_for_the_lock_was_given_when_it_had_it(stage: Stage, ordering: Ordering) -> None:
    """Else a stop could be later by its moment and earlier in the log, and boxes would differ in what they obey."""
    async with stage.station.database.transaction() as session:
        await session.execute(select(OrderRow))
        waiting = asyncio.create_task(ordering.sound(SIREN, OFFICER))
        stopping = asyncio.create_task(stage.station.commanding.stop((), (), OFFICER))
        await asyncio.sleep(0.1)
        stage.clock.pass_us(SECOND)
    assert (await waiting).made_us == stage.clock.moment
    await stopping
    for stop in await stage.stops():
        assert stop.given_us == stage.clock.moment


async def test_so_was_a_live(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a stop of everything that was given before the live would be taken for one that came after it."""
    monkeypatch.setattr(speaking, "ON_AIR_S", 0.0)
    station = stage.station
    async with station.database.transaction() as session:
        await session.execute(select(OrderRow))
        waiting = asyncio.create_task(station.speaking.open(speaking.Wish(("all",), "", emergency=False), OFFICER))
        await asyncio.sleep(0.1)
        stage.clock.pass_us(SECOND)
    speech = await waiting
    async with station.database.reading() as session:
        assert (await session.get_one(OrderRow, speech.order)).made_us == stage.clock.moment
        begins = set(await session.scalars(select(AiringRow.start_us)))
    assert begins == {speech.start_us} == {stage.clock.moment + speaking.START_US}
    await station.speaking.close(speech, Ending.CLOSED)


async def test_what_nobody_could_hear_is_not_taken_for_an_alarm(stage: Stage, ordering: Ordering) -> None:
    """It was accepted, and over in the same moment: nobody learnt that the village has no loudspeaker yet."""
    village = await stage.station.places.add_village("Thôn mới", OFFICER)
    empty = (f"village:{village.id}",)
    for wish in (replace(SIREN, targets=empty), replace(SIREN, targets=empty, template="", text="Chạy ngay!")):
        for dry in (True, False):
            with pytest.raises(Problem) as refused:
                await ordering.sound(wish, OFFICER, dry)
            assert (refused.value.status, refused.value.code) == (422, "no_loudspeakers")
    with pytest.raises(Problem) as refused:
        await stage.station.speaking.open(speaking.Wish(empty, "", emergency=True), OFFICER)
    assert refused.value.code == "no_loudspeakers"
    assert await orders(stage) == []
    both = await ordering.sound(replace(SIREN, targets=(*empty, "all")), OFFICER)
    assert await orders(stage) == [both.id]
