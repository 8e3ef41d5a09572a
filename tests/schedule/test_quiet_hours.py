"""Quiet hours by the clock: what is heard in them, and when the next may sound."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.content import ContentId
from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.programme import Everywhere, Item, Programme
from broadcast_server.schedule.quiet_hours import NEVER, USUAL, QuietHours, breaches
from broadcast_server.schedule.rule import Daily, Rule
from broadcast_server.schedule.wall_clock import wall
from speaker_client.protocol.ids import DAY, HOUR, MINUTE, SECOND
from speaker_client.protocol.priority import Priority

NOON = int(datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()) * SECOND


def at(hour: int, minute: int = 0, day: int = 0) -> int:
    """That time on the day of NOON, or so many days later."""
    return NOON + (hour - 12) * HOUR + minute * MINUTE + day * DAY


@pytest.mark.parametrize(
    ("quiet", "start_us", "minutes", "free_us"),
    [
        (USUAL, at(22), 10, at(5, day=1)),
        (USUAL, at(21), 10, at(5, day=1)),
        (USUAL, at(20, 50), 10, at(20, 50)),
        (USUAL, at(20, 51), 10, at(5, day=1)),
        (USUAL, at(4, 59), 1, at(5)),
        (USUAL, at(5), 60, at(5)),
        (QuietHours(time(12), time(13, 30)), at(12, 15), 5, at(13, 30)),
        (QuietHours(time(12), time(13, 30)), at(13, 30), 5, at(13, 30)),
        (NEVER, at(23), 360, at(23)),
    ],
)
def test_what_may_not_sound_now_may_from_the_end_of_the_quiet_hours(
    quiet: QuietHours, start_us: int, minutes: int, free_us: int
) -> None:
    length_us = minutes * MINUTE
    assert quiet.next_free(start_us, length_us) == free_us
    assert (quiet.disturbed(start_us, start_us + length_us) is None) == (free_us == start_us)


@given(
    st.times(),
    st.times(),
    st.sampled_from(["Asia/Ho_Chi_Minh", "America/Halifax"]),
    st.integers(0, 400 * 24 * 60),
    st.integers(1, 360),
)
def test_a_programme_is_disturbing_when_any_minute_of_it_is(
    start: time, end: time, zone: str, first: int, minutes: int
) -> None:
    quiet = QuietHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0), zone)
    begins_us = at(0) + first * MINUTE

    def is_quiet(moment_us: int) -> bool:
        now = wall(zone, moment_us).time()
        if quiet.start <= quiet.end:
            return quiet.start <= now < quiet.end
        return now >= quiet.start or now < quiet.end

    told = quiet.disturbed(begins_us, begins_us + minutes * MINUTE) is not None
    heard = any(is_quiet(begins_us + n * MINUTE) for n in range(minutes))
    clocks_change = wall(zone, begins_us + DAY) - wall(zone, begins_us - 2 * DAY) != timedelta(days=3)
    assert told == heard or clocks_change


def test_of_a_timetable_what_begins_or_ends_in_the_quiet_hours_is_found_and_an_emergency_never() -> None:
    own = Programme("own", "Tin", Priority.OWN, (Item(ContentId("a"), 10 * MINUTE, 1),), (Everywhere(),))
    alarm = replace(own, id="alarm", priority=Priority.EMERGENCY)
    times = (time(4, 55), time(5), time(20, 50), time(20, 55), time(23))
    rules = [Rule(f"of {one.id}", one.id, date(2026, 11, 1), times, Daily()) for one in (own, alarm)]
    found = breaches(USUAL, rules, {own.id: own, alarm.id: alarm}, Window(at(0), at(0, day=2)))
    assert [(one.occurrence.programme.id, one.occurrence.start_us - at(0)) for one in found] == [
        ("own", day * DAY + minute * MINUTE) for day in (0, 1) for minute in (4 * 60 + 55, 20 * 60 + 55, 23 * 60)
    ]
    assert breaches(NEVER, rules, {own.id: own}, Window(at(0), at(0, day=2))) == []
