"""The templates' sounds: what cannot be made now is tried again at growing distances, and takes nothing down."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql

from audio_library import room
from audio_library.speech import Choice, Espeak, Voice
from audio_library.speech.hours import Cut
from audio_library.speech.reading import Region
from broadcast_server.emergency_templates import TEMPLATES
from broadcast_server.library.intakes import State
from broadcast_server.prepared import read_prepared, sounds
from broadcast_server.shelving import AWAY_US, FETCHED_US, holds_all_since
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.library import IntakeRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import StationRow
from broadcast_server.template_voice import CLOCK, TemplateVoice
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import DAY, HOUR, SECOND
from speaker_client.protocol.shelf import Shelf
from tests.server_fleet.ground import Box, Ground, MovableClock, recording

FIRST = [one for one in TEMPLATES if one.name not in CLOCK]
"""The clock's phrases come after all these."""


async def asked(ground: Ground) -> int:
    async with ground.station.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(IntakeRow)) or 0


async def without_the_clock(ground: Ground) -> None:
    async with ground.station.database.transaction() as session:
        await session.execute(delete(TemplateRow).where(TemplateRow.name.in_(CLOCK)))


def shelf_of(text: str) -> Shelf:
    return Shelf.read(payload_of(Envelope.model_validate_json(text)))


class Spoken(list[tuple[str, Voice]]):
    """Which phrases of the clock were said in which voice."""


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    """Nothing is really said."""
    said = Spoken()

    async def note(name: str, _espeak: Espeak, voice: Voice) -> tuple[bytes, list[Cut]]:
        said.extend([(name, voice)] if name in CLOCK else [])
        return name.encode(), [Cut(len(said), 1)] * 60 if name in CLOCK else []

    monkeypatch.setattr("broadcast_server.shelving._sound", note)
    return said


async def work(ground: Ground, state: State = State.READY) -> list[IntakeRow]:
    """The library ends what it was given; with what."""
    async with ground.station.database.transaction() as session:
        given = list(await session.scalars(select(IntakeRow).filter_by(state=State.RECEIVED.value)))
        for row in given:
            row.state = state.value
            if state is State.READY:
                made = recording(ground, row.id, row.id.ljust(64, "0"))
                row.recording_id, made.text, made.made_by = row.id, row.text, row.made_by
                session.add(made)
    return given


async def shelf(ground: Ground) -> tuple[dict[str, str], Shelf]:
    """What an order sounds for each name, and what was signed."""
    async with ground.station.database.reading() as session:
        text = (await session.get_one(StationRow, ground.station.station_id)).shelf
        named = sounds(await read_prepared(session, ground.station.station_id))
    return {name: str(item.content) for name, item in named.items()}, shelf_of(text)


def held(signed: Shelf) -> set[str]:
    """What every box holds."""
    return {str(item.content) for item in signed.items}


async def prepared(ground: Ground) -> None:
    """All that is to be made is made."""
    station = ground.station
    while await station.shelving.prepare(station.reception):
        await work(ground)


async def says(ground: Ground, box: Box, at_us: int, missing: int, ahead_us: int = 0) -> None:
    async with ground.station.database.transaction() as session:
        row = await session.get_one(BoxRow, box.id)
        row.seen_us, row.heartbeat = (
            at_us,
            box.beat(missing=missing, not_before_us=at_us + ahead_us).model_dump(mode="json"),
        )


@pytest.mark.parametrize("away", [False, True])
async def test_in_another_voice_all_is_made_anew_and_what_was_there_serves_until_every_box_has_both(
    ground: Ground, clock: MovableClock, spoken: Spoken, away: bool
) -> None:
    station = ground.station
    await prepared(ground)
    box = await ground.box(await ground.cluster())
    before, _ = await shelf(ground)
    assert before.keys() == {one.name for one in TEMPLATES}
    await station.pronouncing.speak_as("vi-vn-x-south", None, "lan")
    said = {one.name for one in TEMPLATES if one.text is not None or one.name in CLOCK}
    made: list[IntakeRow] = []
    for _ in range(3 * len(TEMPLATES)):
        assert await station.shelving.prepare(station.reception)
        given = await work(ground)
        assert len(given) <= 1, "an announcement waits for one of them at most"
        made += given
        named, signed = await shelf(ground)
        assert named == before
        assert held(signed) >= set(before.values())
    assert len(held(signed)) == len(before) + len(said)
    texts = [one for one in made if one.text]
    said_so = {"voice": "vi-vn-x-south", "pace": 100}
    assert [one.manner for one in texts] == [{**said_so, "words": one.text} for one in texts]
    assert len(texts) == len(said) - len(CLOCK)
    assert spoken == [(name, voice) for voice in ("vi", "vi-vn-x-south") for name in CLOCK]
    clock.shift_us += FETCHED_US + SECOND
    for ago_us, missing, ahead_us in ((FETCHED_US, 0, 0), (FETCHED_US, 0, DAY), (0, 1, 0), (-AWAY_US, 1, 0)):
        clock.shift_us -= min(0, ago_us)
        await says(ground, box, clock.now_us() - max(0, ago_us), missing, ahead_us)
        assert await station.shelving.prepare(station.reception)
        assert (await shelf(ground))[0] == before, "the box has not said that it holds all"
    if away:
        await says(ground, box, clock.now_us() - 2 * AWAY_US, 1)
    else:
        await says(ground, box, clock.now_us(), 0)
    await station.shelving.prepare(station.reception)
    assert not await station.shelving.prepare(station.reception)
    after, signed = await shelf(ground)
    assert {name for name, content in after.items() if content != before[name]} == said
    assert held(signed) == set(after.values())
    alarms = [one.name for one in TEMPLATES if one.kind == "emergency"]
    assert set(signed.alarms) == {names[one] for names in (before, after) for one in alarms}, "no drill sounds the old"
    async with station.database.reading() as session:
        query = select(TemplateRow).where(TemplateRow.name.in_(CLOCK)).order_by(TemplateRow.position)
        cuts = [row.cuts[0] for row in await session.scalars(query) if row.cuts]
    assert cuts == [[3, 1], [4, 1]], "out of the sound that they are in"


def test_a_moment_has_room_in_any_database_in_which_it_is_looked_for() -> None:
    query = select(BoxRow.id).where(holds_all_since(1_800_000_000_000_000)).compile(dialect=postgresql.dialect())
    assert str(query).count("::BIGINT") == 2
    assert str(query).count("AS BIGINT") == 1


async def all_anew(ground: Ground, clock: MovableClock) -> tuple[set[str], list[str]]:
    """What takes another sound's place when the boxes have both, and the texts that were said for that."""
    station = ground.station
    (before, _), made = await shelf(ground), list[IntakeRow]()
    for _ in range(3 * len(TEMPLATES)):
        await station.shelving.prepare(station.reception)
        made += await work(ground)
    clock.shift_us += FETCHED_US + SECOND
    await prepared(ground)
    after, _ = await shelf(ground)
    return {name for name, content in after.items() if content != before[name]}, [one.text for one in made if one.text]


async def test_a_correction_of_the_dictionary_has_those_made_anew_that_are_read_otherwise(
    ground: Ground, clock: MovableClock, spoken: Spoken
) -> None:
    pronouncing = ground.station.pronouncing
    await prepared(ground)
    await pronouncing.learn("Thọ Xuân", "thọ xuân", "lan")
    assert await all_anew(ground, clock) == (set(), []), "no template has that word"
    entry, _ = await pronouncing.learn("ngầm", "đường ngầm", "lan")
    flood = next(one for one in TEMPLATES if one.name == "flood")
    assert await all_anew(ground, clock) == ({"flood"}, [flood.text])
    assert await all_anew(ground, clock) == (set(), []), "once"
    await pronouncing.forget(entry.id, "lan")
    assert await all_anew(ground, clock) == ({"flood"}, [flood.text])


@pytest.mark.parametrize("meant", [None, "đường tràn"])
async def test_a_slip_in_the_dictionary_that_was_mended_is_never_what_an_order_sounds(
    ground: Ground, clock: MovableClock, spoken: Spoken, meant: str | None
) -> None:
    """With one box away each sound waits a day: the slip took its turn, and was heard for the day after it."""
    station = ground.station
    await prepared(ground)
    await says(ground, await ground.box(await ground.cluster()), clock.now_us(), 1)
    (before, _), sounded, made = await shelf(ground), set[str](), list[IntakeRow]()
    slip, _ = await station.pronouncing.learn("ngầm", "ngâm", "lan")
    for _ in range(3):
        await station.shelving.prepare(station.reception)
        made += await work(ground)
    assert [one.text is not None for one in made] == [True]
    assert made[0].recording_id
    if meant is None:
        await station.pronouncing.forget(slip.id, "lan")
    else:
        await station.pronouncing.edit(slip.id, None, meant, "lan")
    for _ in range(60):
        unready = await station.shelving.prepare(station.reception)
        made += await work(ground)
        named, signed = await shelf(ground)
        sounded.add(named["flood"])
        clock.shift_us += HOUR
    assert not unready
    wanted = {before["flood"]} if meant is None else {before["flood"], (made[-1].recording_id or "").ljust(64, "0")}
    assert sounded == wanted
    assert len(made) == len(wanted)
    assert held(signed) == set(named.values())


TEXTS = {one.name for one in TEMPLATES if one.text is not None}
PIPER = Choice(("piper", "espeak-ng"), piper_voice=Path("vi.onnx"))


@pytest.mark.parametrize(
    ("were", "changed", "said"),
    [
        (Choice(), Choice(espeak_pitch=20), {*TEXTS, *CLOCK}),
        (Choice(), Choice(("gtts", "espeak-ng")), TEXTS),
        (Choice(), Choice(("recorded", "espeak-ng")), set()),
        (PIPER, replace(PIPER, piper_region="vi-vn-x-south"), TEXTS),
    ],
)
async def test_machines_that_are_others_have_all_that_they_say_made_anew(
    ground: Ground, clock: MovableClock, spoken: Spoken, were: Choice, changed: Choice, said: set[str]
) -> None:
    station = ground.station
    station.shelving._voice = TemplateVoice(station.pronouncing, were)
    await prepared(ground)
    station.shelving._voice = TemplateVoice(station.pronouncing, changed)
    assert (await all_anew(ground, clock))[0] == said


async def test_another_equaliser_is_heard_in_the_templates_too(
    ground: Ground, clock: MovableClock, spoken: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = ground.station
    await prepared(ground)
    monkeypatch.setattr("audio_library.ffmpeg.PRESENCE_DB", 4.0)
    station.shelving._voice = TemplateVoice(station.pronouncing, station.settings.voice_choice)
    assert (await all_anew(ground, clock))[0] == {one.name for one in TEMPLATES if one.text is not None}


async def test_what_an_earlier_version_made_is_made_anew_once(
    ground: Ground, clock: MovableClock, spoken: Spoken
) -> None:
    """Nobody knows with which dictionary, and whether equalised."""
    await prepared(ground)
    async with ground.station.database.transaction() as session:
        for row in await session.scalars(select(TemplateRow)):
            row.accent = ["vi", None] if row.name == "flood" else row.accent
    assert (await all_anew(ground, clock))[0] == {"flood"}


async def test_a_clock_that_was_far_ahead_holds_no_sound_back(
    ground: Ground, clock: MovableClock, spoken: Spoken
) -> None:
    station = ground.station
    await prepared(ground)
    before, _ = await shelf(ground)
    clock.shift_us += 365 * DAY
    await station.pronouncing.speak_as("vi-vn-x-south", None, "lan")
    for _ in range(3 * len(TEMPLATES)):
        await station.shelving.prepare(station.reception)
        await work(ground)
    clock.shift_us -= 365 * DAY
    for _ in range(2):
        await station.shelving.prepare(station.reception)
        clock.shift_us += FETCHED_US + SECOND
    assert (await shelf(ground))[0] != before


async def test_what_cannot_be_said_in_another_voice_stays_and_is_tried_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, spoken: Spoken
) -> None:
    station, loop_s = ground.station, [1000.0]
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: loop_s[0])
    await prepared(ground)
    before, _ = await shelf(ground)
    await station.pronouncing.speak_as("vi", Region.SOUTH, "lan")
    tried: list[IntakeRow] = []
    for _ in range(40):
        assert await station.shelving.prepare(station.reception)
        tried += await work(ground, State.REFUSED)
    assert (await shelf(ground))[0] == before
    assert len(tried) == len([one for one in TEMPLATES if one.text is not None or one.name in CLOCK])
    loop_s[0] += 3600
    assert await station.shelving.prepare(station.reception)
    assert len(await work(ground)) == 1, "it is never given up"


async def test_what_was_made_at_last_is_tried_again_soon_when_it_fails_another_time(
    ground: Ground, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, spoken: Spoken
) -> None:
    station, loop_s = ground.station, [1000.0]
    monkeypatch.setattr("broadcast_server.shelving._now_s", lambda: loop_s[0])
    for _ in range(12):
        await station.shelving.prepare(station.reception)
        await work(ground, State.REFUSED)
        await station.shelving.prepare(station.reception)
        loop_s[0] += 3600
    await prepared(ground)
    await station.pronouncing.learn("ngầm", "đường ngầm", "lan")
    await station.shelving.prepare(station.reception)
    assert len(await work(ground, State.REFUSED)) == 1
    await station.shelving.prepare(station.reception)
    loop_s[0] += 2
    await station.shelving.prepare(station.reception)
    assert len(await work(ground)) == 1


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
    async def full(name: str, *_: object) -> tuple[bytes, list[Cut]]:
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
        names = sounds(await read_prepared(session, station.station_id))
    shelf = shelf_of(text)
    assert {names[one.name].content for one in TEMPLATES if one.kind == "emergency"} == set(shelf.alarms)
    assert names["drill"].content not in shelf.alarms
