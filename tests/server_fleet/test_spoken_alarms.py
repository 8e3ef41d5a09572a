"""Prepared alarms as they are really said: by the library's own lane, with the words and the voice of that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from audio_library.content import ContentId
from audio_library.speech import OWN_PACE, Espeak, Pace, Spoken, Voice
from broadcast_server.library.intakes import OPEN
from broadcast_server.library.recordings import KEPT_US, SPOKEN_KEPT_US, STATION, living
from broadcast_server.ordering import Wish
from broadcast_server.programmes.drafts import NewProgramme
from broadcast_server.retiring import retire_sounds
from broadcast_server.shelving import FETCHED_US
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.ids import HOUR, SECOND
from tests.server_fleet.ground import Ground, MovableClock
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

    async def say_otherwise(self, said: str) -> None:
        """An entry of the dictionary has it made anew; nothing takes its place yet."""
        await self.station.pronouncing.learn("ngầm", said, "lan")
        assert await self.prepare()
        await self.work()

    async def have_both(self, clock: MovableClock) -> None:
        """Boxes have had the time to fetch what is made; it takes its place."""
        assert await self.prepare()
        clock.shift_us += FETCHED_US + SECOND
        await self.settle()

    async def tidy(self) -> None:
        """What is done every day."""
        async with self.station.database.transaction() as session:
            await retire_sounds(session, self.station.station_id, self.station.clock.now_us())
        await self.station.reception.tidy()

    async def flood(self) -> RecordingRow:
        """What an order sounds."""
        async with self.station.database.reading() as session:
            row = (await session.scalars(select(TemplateRow))).one()
            return await session.get_one(RecordingRow, row.recording_id)

    async def shelf(self) -> str:
        """What the boxes are told to hold."""
        async with self.station.database.reading() as session:
            return (await session.get_one(StationRow, self.station.station_id)).shelf

    async def made(self) -> Sequence[RecordingRow]:
        """All that the station said and still keeps."""
        async with self.station.database.reading() as session:
            kept = living(self.station.station_id).where(RecordingRow.made_by == STATION)
            return (await session.scalars(kept.order_by(RecordingRow.made_us))).all()

    async def has_one(self) -> bool:
        """Whether it keeps a single one of these."""
        return len(await self.made()) == 1

    async def _is_done(self) -> bool:
        async with self.station.database.reading() as session:
            return await session.scalar(select(IntakeRow.id).where(IntakeRow.state.in_(OPEN)).limit(1)) is None


class Engine:
    """A Piper of the station's, that is silent when it is told to be."""

    def __init__(self, folder: Path) -> None:
        self._silent, self._asked = folder / "silent", folder / "asked"
        program = folder / "piper"
        program.write_text(f"""#!/bin/sh
echo >> {self._asked}
test ! -e {self._silent} && exec espeak-ng -v vi -p 99 --stdin -w "$6"
""")
        program.chmod(0o755)

    @property
    def asked(self) -> int:
        """How often it was started."""
        return len(self._asked.read_text())

    def fail(self) -> None:
        """Say nothing from now on."""
        self._silent.touch()

    def mend(self) -> None:
        """Speak again."""
        self._silent.unlink()


@pytest.fixture
def piper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The station's first voice; it has to be named before the ground."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr("audio_library.speech.piper.HERE", folder)
    monkeypatch.setenv("TIENGLANG_PIPER_VOICE", str(folder / "vi.onnx"))
    return Engine(folder)


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


async def test_an_alarm_that_a_lesser_voice_said_is_said_again_by_the_first_once_that_speaks(
    piper: Engine, library: Library, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept the sound of the robot until something else was changed."""
    loop_s = [1000.0]
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: loop_s[0])
    piper.fail()
    await library.settle()
    lesser = await library.flood()
    assert lesser.voice == "espeak-ng"
    for _ in range(3 * 60):
        assert not await library.prepare(), "it is ready all the while"
        loop_s[0] += 60
    asked, made = piper.asked, await library.made()
    assert [one.id for one in made] == [lesser.id], "nothing is made in vain"
    for _ in range(10):
        await library.prepare()
    assert piper.asked == asked
    piper.mend()
    loop_s[0] += 3600
    for _ in range(3):
        assert await library.prepare()
        assert (await library.flood()).id == lesser.id, "until the boxes have both"
        await library.work()
    await library.have_both(clock)
    better = await library.flood()
    assert better.voice == "piper"
    assert better.content != lesser.content
    asked = piper.asked
    loop_s[0] += 7200
    assert not await library.prepare()
    assert piper.asked == asked


async def test_a_voice_that_falls_silent_again_has_the_boxes_fetch_nothing(
    piper: Engine, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop_s = [1000.0]
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: loop_s[0])
    piper.fail()
    await library.settle()
    lesser, signed = await library.flood(), await library.shelf()
    for _ in range(8):
        piper.mend()
        while not await library.prepare():
            loop_s[0] += 60
        piper.fail()
        await library.work()
        assert await library.prepare()
        assert (await library.flood()).id == lesser.id
        assert await library.shelf() == signed
    assert loop_s[0] > 1000 + 2**7, "it is asked for ever more seldom"


async def test_what_was_said_otherwise_since_does_not_stay_for_ever(library: Library, clock: MovableClock) -> None:
    content = library.station.content
    await library.settle()
    first = await library.flood()
    await library.say_otherwise("đường ngầm")
    for _ in range(2):
        await library.tidy()
        assert len(await library.made()) == 2, "the boxes do not have both yet"
        assert await library.prepare()
    await library.have_both(clock)
    second = await library.flood()
    daily = asyncio.create_task(library.station.announcing.retire_daily())
    await until(library.has_one)
    daily.cancel()
    assert [one.id for one in await library.made()] == [second.id]
    clock.shift_us += KEPT_US - SECOND
    await library.tidy()
    assert content.holds(ContentId(first.content)), "for a box that was away, and knows only that"
    clock.shift_us += 2 * SECOND
    await library.tidy()
    assert set(content) == {second.content, second.original}


async def test_what_an_alarm_sounded_stays_as_long_as_the_log_is_asked_for_it(
    ground: Ground, library: Library, clock: MovableClock
) -> None:
    await ground.cluster()
    await library.settle()
    sounded = await library.flood()
    await library.station.ordering.sound(Wish("emergency", "flood", ("all",), 1, "k"), "hoa")
    await library.say_otherwise("đường ngầm")
    await library.have_both(clock)
    clock.shift_us += SPOKEN_KEPT_US - HOUR
    await library.tidy()
    assert sounded.id in [one.id for one in await library.made()]
    clock.shift_us += HOUR
    await library.tidy()
    assert [one.id for one in await library.made()] == [(await library.flood()).id]


async def test_a_sound_that_was_made_this_moment_or_plays_in_a_programme_is_not_put_away(
    ground: Ground, library: Library, clock: MovableClock
) -> None:
    await library.settle()
    played = await library.flood()
    new = NewProgramme(title="Diễn tập", items=(played.id,), targets=("all",))
    await ground.cluster()
    await library.station.scheduling.make_programme(new, "hoa")
    await library.say_otherwise("đường ngầm")
    made = {one.id for one in await library.made()}
    assert len(made) == 2
    await library.tidy()
    assert {one.id for one in await library.made()} == made
    await library.have_both(clock)
    await library.tidy()
    assert {one.id for one in await library.made()} == made
