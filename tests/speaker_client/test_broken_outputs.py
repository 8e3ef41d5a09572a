"""An output that breaks, is away or comes and goes: what is on air begins again, goes on, or is told as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.conductor import MOST_TRIES, STUCK_US
from speaker_client.deck import Done, Emitted, Sounded
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.order import FloorOrder
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.speaker_client.orders import MESSAGE, VOICE, Box, airing, emergency, item, live_emergency, song
from tests.speaker_client.station_of_tests import NOW

DUE = NOW + 2 * SECOND


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture
def order(box: Box) -> FloorOrder:
    """Siren and message, three times: 75 seconds, given just now."""
    given = emergency(1, "1", NOW)
    box.hear(given)
    return given


@pytest.fixture
def voice(box: Box) -> FloorOrder:
    """A live alarm that is heard."""
    opened = live_emergency(1, "1", NOW, key=VOICE.public)
    box.hear(opened)
    box.later(SECOND)
    box.sounds(airing(opened))
    return opened


def test_a_broken_output_ends_no_emergency(box: Box, order: FloorOrder) -> None:
    box.sounds(airing(order))
    box.later(10 * SECOND)
    box.falls_silent(airing(order), 10 * SECOND, Reason.AUDIO_FAULT)
    assert box.said(AiringEnded) == []
    assert box.deck.released == [airing(order)] * 2, "it waits on the deck for the output"
    assert box.deck.cues[airing(order)].from_us == 0, "and begins again, as after a crash"
    box.sounds(airing(order))
    box.later(75 * SECOND)
    box.ends(airing(order), 75 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


def test_a_broken_output_ends_no_live_alarm(box: Box, voice: FloorOrder) -> None:
    box.later(10 * SECOND)
    box.falls_silent(airing(voice), 10 * SECOND, Reason.AUDIO_FAULT, spoken=(0, 10 * SECOND))
    assert box.said(AiringEnded) == []
    assert box.deck.cues[airing(voice)].from_us >= 10 * SECOND, "where it is by now"


def test_an_output_that_is_gone_for_longer_than_an_emergency_lasts_does_not_end_it(box: Box, order: FloorOrder) -> None:
    frozen = box.deck.cues[airing(order)]
    box.later(75 * SECOND + STUCK_US + SECOND)
    again = box.deck.cues[airing(order)]
    assert again.serial != frozen.serial, "it was given up, and waits anew"
    box.conductor.heard(Done(airing(order), frozen.serial, 0, 0), box.time)
    box.conductor.tick(box.time)
    assert box.said(AiringEnded) == [], "what the deck still says of the cue that was given up ends nothing"
    box.sounds(airing(order))
    box.later(75 * SECOND)
    box.ends(airing(order), 75 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


def test_one_that_no_output_was_there_for_until_it_expired_does_not_begin_any_more(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 180),), rounds=1)
    box.hear(order)
    box.later(2 * MINUTE + SECOND)
    assert box.deck.cuts == [airing(order)]
    box.ends(airing(order), 0)
    box.later(SECOND)
    assert [(one.result, one.reason) for one in box.said(AiringEnded)] == [(Result.MISSED, Reason.AUDIO_FAULT)]
    assert box.deck.released == [airing(order)]


@pytest.mark.parametrize("reason", [Reason.AUDIO_FAULT, Reason.LATE])
def test_one_whose_time_was_over_when_the_output_came_back_begins_again(
    box: Box, order: FloorOrder, reason: Reason
) -> None:
    box.later(76 * SECOND)
    box.falls_silent(airing(order), 0, reason)
    assert box.said(AiringEnded) == []
    assert box.deck.released == [airing(order)] * 2


def late(box: Box, order: FloorOrder, late_us: int, away_us: int | None = None) -> None:
    """The first sample leaves so late that what was due before it was dropped; the output was away for all of it, or
    for `away_us`, and the box was slow."""
    cue = box.deck.cues[airing(order)]
    asked_us = cue.from_us + (late_us if away_us is None else away_us)
    said = Sounded(airing(order), cue.serial, box.now, late_us, cue.from_us + late_us, asked_us)
    box.conductor.heard(said, box.time)


def test_words_that_an_output_was_not_there_for_are_said_from_the_beginning_once_it_is(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 20),), rounds=1)
    box.hear(order)
    box.later(10 * SECOND)
    late(box, order, 10 * SECOND)
    assert box.deck.cuts == [airing(order)]
    box.ends(airing(order), 10 * SECOND)
    assert box.deck.cues[airing(order)].from_us == 0
    late(box, order, SECOND, away_us=0)
    assert box.deck.cuts == [airing(order)], "once: a slow box says what it can"
    box.later(20 * SECOND)
    box.ends(airing(order), 20 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


def test_what_was_lost_of_an_order_is_not_told_as_heard(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 60),), rounds=1)
    box.hear(order)
    box.later(58 * SECOND)
    late(box, order, 58 * SECOND)
    cue = box.deck.cues[airing(order)]
    box.conductor.heard(Emitted(airing(order), cue.serial, 58 * SECOND), box.time)
    box.ends(airing(order), 58 * SECOND)
    box.sounds(airing(order))
    box.later(2 * SECOND)
    box.stop()
    box.ends(airing(order), 2 * SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.sounded_us()) == (Result.PARTIAL, 2 * SECOND)


def test_an_output_that_comes_and_goes_costs_an_order_nothing_of_its_beginning(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 20),), rounds=1)
    box.hear(order)
    for away_us in (10 * SECOND, 6 * SECOND, SECOND):
        box.later(away_us)
        late(box, order, away_us)
        box.falls_silent(airing(order), away_us, Reason.AUDIO_FAULT)
    assert box.deck.cuts == [airing(order)] * 3
    box.sounds(airing(order))
    box.later(20 * SECOND)
    box.ends(airing(order), 20 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


def test_an_output_that_never_stays_is_not_waited_for_for_ever(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 20),), rounds=1)
    box.hear(order)
    for _ in range(MOST_TRIES):
        box.later(3 * SECOND)
        late(box, order, 3 * SECOND)
        box.ends(airing(order), 3 * SECOND)
    box.later(3 * SECOND)
    late(box, order, 3 * SECOND)
    assert len(box.deck.cuts) == MOST_TRIES
    assert box.floor.on_air == airing(order)


def test_an_output_that_is_back_in_the_last_moment_is_in_time(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 20),), rounds=1)
    box.hear(order)
    box.later(2 * MINUTE - 30_000)
    late(box, order, 2 * MINUTE - 30_000)
    box.later(60_000)
    box.ends(airing(order), 2 * MINUTE)
    box.sounds(airing(order))
    box.later(20 * SECOND)
    box.ends(airing(order), 20 * SECOND)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]


def test_an_output_that_was_back_for_a_moment_keeps_no_order_alive_for_hours(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 20),), rounds=1)
    box.hear(order)
    box.later(110 * SECOND)
    late(box, order, 110 * SECOND)
    box.falls_silent(airing(order), 110 * SECOND, Reason.AUDIO_FAULT)
    box.later(20 * SECOND)
    box.ends(airing(order), 0)
    box.later(SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason) == (Result.MISSED, Reason.AUDIO_FAULT)


def test_what_stood_in_for_words_is_not_taken_for_them_after_a_crash(box: Box) -> None:
    order = emergency(1, "1", NOW, first=(item(MESSAGE, 60),), rounds=1)
    box.hear(order)
    box.sounds(airing(order))
    box.later(58 * SECOND)
    cue = box.deck.cues[airing(order)]
    box.conductor.heard(Emitted(airing(order), cue.serial, 58 * SECOND, concealed=5_800), box.time)
    box.start()
    box.sounds(airing(order))
    box.later(3 * SECOND)
    box.falls_silent(airing(order), 3 * SECOND, Reason.AUDIO_FAULT)
    assert box.said(AiringEnded) == [], "not heard: it begins again"
    box.stop()
    box.ends(airing(order), 0)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.sounded_us()) == (Result.PARTIAL, 3 * SECOND)


def test_what_was_missing_in_one_try_is_not_missing_in_the_next(box: Box, order: FloorOrder) -> None:
    box.sounds(airing(order))
    box.later(60 * SECOND)
    box.falls_silent(airing(order), 60 * SECOND, Reason.AUDIO_FAULT, concealed=6_000)
    box.sounds(airing(order))
    box.later(75 * SECOND)
    box.ends(airing(order), 75 * SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.concealed) == (Result.PLAYED, 0)


def test_of_two_tries_the_better_counts(box: Box, order: FloorOrder) -> None:
    box.sounds(airing(order))
    box.later(50 * SECOND)
    box.falls_silent(airing(order), 50 * SECOND, Reason.AUDIO_FAULT)
    box.sounds(airing(order))
    box.later(5 * SECOND)
    box.stop()
    box.ends(airing(order), 5 * SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason, end.sounded_us() // SECOND) == (Result.PARTIAL, Reason.STOPPED, 49)


def test_what_stood_in_for_a_programme_before_a_crash_was_not_heard_after_it(box: Box) -> None:
    piece = song(DUE, resumes=True)
    box.plays(piece)
    box.later(5 * MINUTE)
    cue = box.deck.cues[piece.id]
    box.conductor.heard(Emitted(piece.id, cue.serial, 5 * MINUTE, concealed=20_000), box.time)
    box.start()
    box.later(SECOND)
    again = box.deck.cues[piece.id]
    box.sounds(piece.id)
    box.later(5 * MINUTE)
    box.ends(piece.id, again.from_us + again.length_us)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.concealed) == (Result.PARTIAL, 20_000)


@pytest.mark.parametrize(
    ("went_on_us", "result", "reason"),
    [(SECOND // 2, Result.PLAYED, None), (10 * SECOND, Result.PARTIAL, Reason.AUDIO_FAULT)],
)
def test_a_voice_that_was_closed_while_the_output_was_away_is_not_blamed_on_its_speaker(
    box: Box, voice: FloorOrder, went_on_us: int, result: Result, reason: Reason | None
) -> None:
    box.later(59 * SECOND)
    heard_us = box.now - voice.start_us
    box.falls_silent(airing(voice), heard_us, Reason.AUDIO_FAULT, spoken=(0, heard_us))
    box.later(went_on_us)
    box.falls_silent(airing(voice), heard_us, Reason.NO_VOICE, closed_us=heard_us + went_on_us)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason) == (result, reason)
    assert end.duration_us == heard_us + went_on_us


def test_a_voice_of_which_nothing_comes_any_more_is_never_called_whole(box: Box, voice: FloorOrder) -> None:
    """Its speaker may go on for minutes, and it is the box that hears nothing."""
    box.later(MINUTE)
    box.falls_silent(airing(voice), MINUTE, Reason.AUDIO_FAULT, spoken=(0, MINUTE))
    box.later(5 * SECOND)
    box.falls_silent(airing(voice), MINUTE, Reason.NO_VOICE)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason) == (Result.PARTIAL, Reason.AUDIO_FAULT)


def test_an_order_that_was_heard_whole_does_not_begin_again_when_its_output_breaks(box: Box, order: FloorOrder) -> None:
    box.sounds(airing(order))
    box.later(74 * SECOND)
    box.falls_silent(airing(order), 74 * SECOND, Reason.AUDIO_FAULT)
    assert [one.result for one in box.said(AiringEnded)] == [Result.PLAYED]
    assert box.deck.released == [airing(order)]


def test_a_stop_is_obeyed_while_it_begins_again(box: Box, order: FloorOrder) -> None:
    box.later(10 * SECOND)
    late(box, order, 10 * SECOND)
    box.stop()
    box.ends(airing(order), 10 * SECOND)
    assert [(one.result, one.reason) for one in box.said(AiringEnded)] == [(Result.CANCELLED, Reason.STOPPED)]
    assert box.deck.released == [airing(order)]


def test_a_live_alarm_with_a_hole_is_not_whole_and_says_that_the_output_broke(box: Box, voice: FloorOrder) -> None:
    box.later(30 * SECOND)
    box.falls_silent(airing(voice), 30 * SECOND, Reason.AUDIO_FAULT, spoken=(0, 30 * SECOND))
    box.later(20 * SECOND)
    late(box, voice, 20 * SECOND)
    box.later(40 * SECOND)
    box.falls_silent(airing(voice), 90 * SECOND, None, spoken=(50 * SECOND, 90 * SECOND))
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason) == (Result.PARTIAL, Reason.AUDIO_FAULT)
    assert end.due_us == voice.start_us, "it began when its first word was heard"


def test_an_order_that_was_stopped_while_the_output_broke_does_not_begin_again(box: Box, order: FloorOrder) -> None:
    box.sounds(airing(order))
    box.stop()
    box.falls_silent(airing(order), SECOND, Reason.AUDIO_FAULT)
    assert len(box.said(AiringEnded)) == 1
    assert box.deck.released == [airing(order)]
