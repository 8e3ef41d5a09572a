"""How long a sound stays that nobody asks for any more."""

from __future__ import annotations

from dataclasses import replace

from audio_library.content import ContentId, FolderStore
from broadcast_server.library.recordings import KEPT_US, SPOKEN_KEPT_US
from broadcast_server.store.library import RecordingRow
from speaker_client.protocol.ids import DAY, Micros
from tests.programmes.alarms import WISH
from tests.programmes.stage import OFFICER, Stage


async def test_what_was_spoken_stays_as_long_as_the_log_is_asked_for_it(stage: Stage) -> None:
    held = stage.station.content
    order = await stage.station.ordering.sound(WISH, OFFICER)
    said = set(held)
    assert said
    await tidy(stage, order.until_us + SPOKEN_KEPT_US - 1)
    assert set(held) == said
    await stage.station.ordering.sound(replace(WISH, key="k2"), OFFICER)
    await tidy(stage, order.until_us + SPOKEN_KEPT_US)
    assert set(held) == said, "it was said again since"
    await tidy(stage, stage.clock.moment + SPOKEN_KEPT_US + DAY)
    assert list(held) == []


async def test_only_deleted_recordings_are_forgotten_and_not_at_once(stage: Stage) -> None:
    held, made = stage.station.content, {name: await stage.recording(1, name) for name in ("kept", "deleted")}
    async with stage.station.database.transaction() as session:
        for name, recording in made.items():
            row = await session.get_one(RecordingRow, recording)
            row.content, row.original = (put(held, f"{name} {part}") for part in ("aired", "original"))
            row.deleted_us = stage.clock.moment if name == "deleted" else None
    began = stage.clock.moment
    await tidy(stage, began + KEPT_US - 1)
    assert len(list(held)) == 4
    await tidy(stage, began + KEPT_US)
    assert {held.path(one).read_text() for one in held} == {"kept aired", "kept original"}


async def test_a_disk_that_lets_nothing_go_ends_nothing_else(stage: Stage) -> None:
    order = await stage.station.ordering.sound(WISH, OFFICER)
    for said in set(stage.station.content):
        place = stage.station.content.place(said)
        place.unlink()
        place.mkdir()  # is not removed as a file is
    await tidy(stage, order.until_us + SPOKEN_KEPT_US)
    assert place.exists()


async def tidy(stage: Stage, at_us: int) -> None:
    """What the station does every day, at that moment."""
    stage.clock.moment = Micros(at_us)
    await stage.station.reception.tidy()


def put(content: FolderStore, text: str) -> ContentId:
    file = content.root / "new"
    file.write_text(text)
    return content.put(file)
