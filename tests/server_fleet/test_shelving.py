"""The templates' sounds: what cannot be made now is tried again at growing distances, and takes nothing down."""

from __future__ import annotations

import asyncio
import errno
import logging
import os

import pytest
from sqlalchemy import delete, func, select

from audio_library import room
from audio_library.speech.hours import Cut
from broadcast_server.emergency_templates import TEMPLATES
from broadcast_server.library.intakes import State
from broadcast_server.shelving import CLOCK, shelf_items
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.shelf import Shelf
from tests.server_fleet.ground import Ground
from tests.server_fleet.test_roads import recording

FIRST = [one for one in TEMPLATES if one.name not in CLOCK]
"""The clock's phrases come after all these."""


async def asked(ground: Ground) -> int:
    async with ground.station.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(IntakeRow)) or 0


async def without_the_clock(ground: Ground) -> None:
    async with ground.station.database.transaction() as session:
        await session.execute(delete(TemplateRow).where(TemplateRow.name.in_(CLOCK)))


async def test_a_disk_without_room_is_borne(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It took the whole server down, which then met the same disk again."""
    station = ground.station
    await without_the_clock(ground)
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: 1000.0)
    with monkeypatch.context() as full:
        full.setattr(room, "RESERVE", 1 << 60)
        assert await station.shelving.prepare(station.reception)
    assert await station.shelving.prepare(station.reception)
    assert await asked(ground) == 0, "not at once"
    told = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(told) == len(FIRST)


async def test_a_full_folder_for_passing_files_is_borne_too(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(name: str) -> tuple[bytes, list[Cut]]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    monkeypatch.setattr("broadcast_server.shelving._sound", full)
    assert await ground.station.shelving.prepare(ground.station.reception)
    told = [one.message for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(told) == len([one for one in FIRST if one.text is None])
    assert await asked(ground) == len([one for one in FIRST if one.text is not None])


async def test_nobody_waits_for_the_database_while_there_is_nothing_to_collect(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sound that can never be made is missing for years, and looked for every second of them."""
    station = ground.station
    monkeypatch.setattr(room, "RESERVE", 1 << 60)
    assert await station.shelving.prepare(station.reception)
    async with station.database.transaction() as session, asyncio.timeout(8):
        await session.execute(select(1))  # the lock is taken with the first question
        assert await station.shelving.prepare(station.reception)


async def test_a_sound_that_was_refused_is_not_asked_for_every_second(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, loop_s = ground.station, [1000.0]
    await without_the_clock(ground)
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: loop_s[0])
    tries = []
    for _ in range(40):
        await station.shelving.prepare(station.reception)
        tries.append(await asked(ground) // len(FIRST))
        async with station.database.transaction() as session:
            for row in await session.scalars(select(IntakeRow)):
                row.state, row.refusal = State.REFUSED.value, {"code": "no_voice"}
        loop_s[0] += 1.0
    assert tries[0] == 1
    assert tries[-1] <= 6
    loop_s[0] += 3600
    for _ in range(2):
        await station.shelving.prepare(station.reception)
    assert await asked(ground) // len(FIRST) == tries[-1] + 1, "it is never given up"
    async with station.database.reading() as session:
        rows = await session.scalars(select(TemplateRow).where(TemplateRow.recording_id.is_(None)))
        assert len(list(rows)) == len(FIRST)


async def test_the_shelf_says_which_sounds_are_an_emergencys_own(ground: Ground) -> None:
    station = ground.station
    async with station.database.transaction() as session:
        for position, row in enumerate(await session.scalars(select(TemplateRow))):
            session.add(recording(ground, row.name, f"{position:064x}"))
            await session.flush()
            row.recording_id = row.name
        await station.shelving._sign(session, station.clock.now_us())
        text = (await session.get_one(StationRow, station.station_id)).shelf
        names = await shelf_items(session, station.station_id)
    assert text
    shelf = Shelf.read(payload_of(Envelope.model_validate_json(text)))
    assert {names[one.name].content for one in TEMPLATES if one.kind == "emergency"} == set(shelf.alarms)
    assert names["drill"].content not in shelf.alarms
