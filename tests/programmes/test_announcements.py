"""Announcements in the timetable: when they sound, what they disturb, and that they do not stay for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, Micros
from tests.programmes.stage import OFFICER, found_in, stage_like

CLOCKS_GO_BACK = Micros(int(datetime(2026, 11, 1, 5, tzinfo=UTC).timestamp()) * SECOND)
"""02:00 in Halifax, and then it is 01:00 again."""


@pytest.mark.parametrize("at_us", [None, CLOCKS_GO_BACK - HOUR, CLOCKS_GO_BACK + 30 * MINUTE, CLOCKS_GO_BACK + HOUR])
async def test_an_announcement_sounds_at_its_moment_though_clocks_show_it_twice(
    tmp_path: Path, at_us: int | None
) -> None:
    pattern = await found_in(tmp_path / "pattern", "America/Halifax")
    async with stage_like(pattern, tmp_path / "station") as stage:
        stage.clock.moment = Micros(CLOCKS_GO_BACK + (10 * MINUTE if at_us is None else -2 * HOUR))
        announcing = stage.station.announcing
        made = await announcing.announce_recording(await stage.recording(1), "", ("all",), at_us, OFFICER)
        assert made.start_us == (CLOCKS_GO_BACK + 10 * MINUTE + 20 * SECOND if at_us is None else at_us)
        assert [one.start_us for one in await stage.planned()] == [made.start_us]
