"""An order that never reached its box: a quiet box says so by its next heartbeat, a silent one leaves it unknown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND
from speaker_client.protocol.report import Booted, OrderAccepted
from tests.server_fleet.ground import Box, Ground, MovableClock, booted, press


@pytest.fixture
async def box(ground: Ground) -> Box:
    """A box that has said all that it has to say."""
    box = await ground.box(await ground.cluster())
    await box.report(booted())
    return box


async def beat(box: Box, **changed: object) -> None:
    envelope = box.beat(**changed).seal([box.key])
    assert (await box.http.post("/box/v1/heartbeat", content=envelope.encode())).status_code == 204


async def stands(ground: Ground) -> tuple[str, str | None]:
    async with ground.station.database.reading() as session:
        (row,) = await session.scalars(select(AiringRow))
        return row.state, row.reason


async def test_a_quiet_box_settles_it_by_its_next_heartbeat(ground: Ground, clock: MovableClock, box: Box) -> None:
    await press(ground)
    await beat(box)
    assert await stands(ground) == ("PENDING", None), "it may still come"
    clock.shift_us += 2 * MINUTE + SECOND
    await beat(box, clock_error_us=30 * SECOND)
    assert await stands(ground) == ("PENDING", None), "by that clock it may still be on time"
    clock.shift_us += SECOND
    await beat(box)
    assert await stands(ground) == ("MISSED", "NO_ORDER")


async def test_a_box_that_has_more_to_say_is_waited_for(ground: Ground, clock: MovableClock, box: Box) -> None:
    order = await press(ground)
    async with ground.station.database.reading() as session:
        (airing,) = await session.scalars(select(AiringRow.id))
    box.write(OrderAccepted(order=order, airing=airing))
    clock.shift_us += 3 * MINUTE
    await beat(box)
    assert await stands(ground) == ("PENDING", None)
    await box.hand_in(box.lines[1:])
    clock.shift_us += SECOND
    await beat(box)
    assert await stands(ground) == ("PENDING", None), "it has the order, and will say how it ended"


async def test_a_box_that_is_away_leaves_it_unknown_until_it_speaks(
    ground: Ground, clock: MovableClock, box: Box
) -> None:
    await press(ground)
    clock.shift_us += HOUR
    await ground.station.monitoring.look()
    assert await stands(ground) == ("UNKNOWN", None)
    box.write(Booted(software="later", machine_boot="m"))
    await beat(box)
    assert await stands(ground) == ("UNKNOWN", None)
    await box.hand_in(box.lines[1:])
    assert await stands(ground) == ("MISSED", "NO_ORDER")
