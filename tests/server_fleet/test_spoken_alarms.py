"""Prepared alarms as they are really said: by the library's own lane, with the words and the voice of that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from audio_library.speech import OWN_PACE, Espeak, Pace, Spoken, Voice
from broadcast_server.library.intakes import OPEN
from broadcast_server.library.recordings import STATION, living
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from tests.server_fleet.ground import Ground
from tests.waiting import until

PLAIN, OTHERWISE = "qua ngầm", "qua đường ngầm"
"""Of the flood: as it comes, and with an entry of the dictionary."""


class Library:
    """The library at work when it is let, and how the word was said each time."""

    def __init__(self, ground: Ground) -> None:
        self.station, self.said = ground.station, list[str]()

    async def work(self) -> None:
        """All that was given to it is made."""
        running = asyncio.create_task(self.station.reception.run())
        try:
            await until(self._is_done, 60)
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def prepare(self) -> bool:
        """The shelf's next step."""
        return await self.station.shelving.prepare(self.station.reception)

    async def settle(self) -> None:
        """Until nothing is to be made any more."""
        while await self.prepare():
            await self.work()

    async def flood(self) -> RecordingRow:
        """What an order sounds."""
        async with self.station.database.reading() as session:
            row = (await session.scalars(select(TemplateRow))).one()
            return await session.get_one(RecordingRow, row.recording_id)

    async def made(self) -> Sequence[RecordingRow]:
        """All that the station said and still keeps."""
        async with self.station.database.reading() as session:
            kept = living(self.station.station_id).where(RecordingRow.made_by == STATION)
            return (await session.scalars(kept.order_by(RecordingRow.made_us))).all()

    async def _is_done(self) -> bool:
        async with self.station.database.reading() as session:
            return await session.scalar(select(IntakeRow.id).where(IntakeRow.state.in_(OPEN)).limit(1)) is None


@pytest.fixture
async def library(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Of the templates there is only the flood."""
    async with ground.station.database.transaction() as session:
        await session.execute(delete(TemplateRow).where(TemplateRow.name != "flood"))
    library, speak = Library(ground), Espeak.speak

    async def note(self: Espeak, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        library.said += [one for one in (PLAIN, OTHERWISE) if one in text]
        return await speak(self, text, voice, file, pace)

    monkeypatch.setattr(Espeak, "speak", note)
    return library


async def test_an_entry_that_came_and_went_while_it_was_said_is_not_heard(library: Library) -> None:
    """What was read with the entry was kept as what is read without it, until something else changed."""
    pronouncing = library.station.pronouncing
    assert await library.prepare()
    entry, _ = await pronouncing.learn("ngầm", "đường ngầm", "lan")
    await library.work()
    await pronouncing.forget(entry.id, "lan")
    await library.settle()
    assert library.said[-1] == PLAIN
