"""What is on air and is interrupted: by what was planned meanwhile, by an alarm, by a crash, by a clock that is set."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.deck import Emitted
from speaker_client.playout import START_LEAD_US
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, AiringId
from speaker_client.protocol.plan import Part, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.speaker_client.orders import MESSAGE, Box, airing, emergency, item, song
from tests.speaker_client.station_of_tests import NOW

DUE = NOW + 2 * SECOND
NOTE_AT = DUE + 2 * MINUTE


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture
def piece(box: Box) -> PlannedAiring:
    """Ten minutes of song, on air since DUE."""
    planned = song(DUE, resumes=True)
    box.plays(planned)
    return planned


def note(at_us: int = NOTE_AT) -> PlannedAiring:
    """A minute of something stronger."""
    return song(at_us, resumes=False).model_copy(
        update={
            "id": AiringId("7" * 32),
            "priority": Priority.ANNOUNCEMENT,
            "items": (item(MESSAGE, 60),),
            "parts": (Part(start_us=at_us, length_us=MINUTE),),
        }
    )


def around_the_note(piece: PlannedAiring, second_us: int = NOTE_AT + MINUTE) -> PlannedAiring:
    """The song as the station publishes it when the note has come between."""
    rest_us = piece.duration_us - 2 * MINUTE
    parts = (
        Part(start_us=DUE, length_us=2 * MINUTE),
        Part(start_us=second_us, from_us=2 * MINUTE, length_us=rest_us),
    )
    return piece.model_copy(update={"parts": parts, "grace_us": piece.until_us - second_us - rest_us})


def hear_the_note(box: Box, piece: PlannedAiring) -> None:
    """From a minute into the song to the end of the note that was planned then."""
    box.later(MINUTE)
    box.pull(around_the_note(piece), note(), seq=2)
    assert box.deck.cuts == [], "what sounds goes on"
    box.later(NOTE_AT - box.now - START_LEAD_US)
    assert box.deck.cuts == [piece.id]
    box.ends(piece.id, 2 * MINUTE - START_LEAD_US)
    box.later(START_LEAD_US)
    assert box.deck.released[-1] == note().id
    box.sounds(note().id)
    box.later(MINUTE)
    box.ends(note().id, MINUTE)


def test_a_song_goes_on_after_what_was_planned_in_its_midst(box: Box, piece: PlannedAiring) -> None:
    hear_the_note(box, piece)
    again = box.deck.cues[piece.id]
    assert (again.part, again.from_us // SECOND) == (1, 120)
    box.later(SECOND)
    box.sounds(piece.id)
    box.later(8 * MINUTE)
    box.ends(piece.id, piece.duration_us)
    assert {one.airing: one.result for one in box.said(AiringEnded)} == {
        note().id: Result.PLAYED,
        piece.id: Result.PLAYED,
    }


def test_what_was_planned_in_its_midst_survives_a_crash(box: Box, piece: PlannedAiring) -> None:
    box.later(MINUTE)
    box.pull(around_the_note(piece), note(), seq=2)
    box.start()
    box.later(SECOND)
    cue = box.deck.cues[piece.id]
    assert (cue.part, cue.from_us + cue.length_us) == (0, 2 * MINUTE), "the first part, to where the note begins"


def test_a_note_that_is_called_off_again_leaves_the_song_whole(box: Box, piece: PlannedAiring) -> None:
    box.later(MINUTE)
    box.pull(around_the_note(piece), note(), seq=2)
    box.pull(around_the_note(piece), seq=3)
    box.later(9 * MINUTE)
    assert box.deck.cuts == []
    box.ends(piece.id, piece.duration_us)
    assert {one.airing: one.result for one in box.said(AiringEnded)} == {
        note().id: Result.CANCELLED,
        piece.id: Result.PLAYED,
    }


def test_a_plan_that_takes_back_what_was_heard_changes_nothing_on_air(box: Box, piece: PlannedAiring) -> None:
    box.later(MINUTE)
    later = (Part(start_us=DUE + 5 * MINUTE, length_us=10 * MINUTE),)
    box.pull(piece.model_copy(update={"parts": later}), seq=2)
    other = piece.model_copy(update={"items": (item(MESSAGE, 600),)})
    box.pull(other, seq=3)
    longer = (Part(start_us=DUE, length_us=11 * MINUTE),)
    box.pull(piece.model_copy(update={"parts": longer}), seq=4)
    assert box.journal.memory.standings[piece.id].planned == piece
    assert box.deck.cuts == []


@pytest.mark.parametrize("step_us", [HOUR, -HOUR])
def test_a_clock_that_is_set_silences_nothing(box: Box, step_us: int) -> None:
    order = emergency(1, "1", NOW, rounds=50)
    box.hear(order)
    box.sounds(airing(order))
    box.later(10 * SECOND)
    box.ahead_us = step_us
    box.later(SECOND)
    assert box.deck.cuts == []
    assert box.said(AiringEnded) == []


def test_of_two_emergencies_the_one_given_last_wins_though_the_stations_clock_was_set_back(box: Box) -> None:
    first, second = emergency(1, "1", NOW, rounds=50), emergency(2, "2", NOW - 10 * MINUTE)
    box.hear(first)
    box.sounds(airing(first))
    box.later(10 * SECOND)
    box.ahead_us = -10 * MINUTE
    box.hear(second)
    assert box.deck.cuts == [airing(first)]
    assert box.deck.released == [airing(first), airing(second)]


def test_a_stop_means_what_came_due_while_an_emergency_had_the_floor(box: Box) -> None:
    piece, after = song(NOW + MINUTE, resumes=True), note(NOW + HOUR)
    box.pull(piece, after)
    order = emergency(1, "1", NOW, rounds=50)
    box.hear(order)
    box.sounds(airing(order))
    box.later(2 * MINUTE)
    box.stop(given_us=box.now)
    box.ends(airing(order), 2 * MINUTE)
    box.later(SECOND)
    assert box.deck.released == [airing(order)], "silence"
    assert {one.airing for one in box.said(AiringEnded)} == {airing(order), piece.id}
    assert set(box.journal.memory.standings) == {after.id}


def alarm_over(box: Box, piece: PlannedAiring, sounded_us: int, seconds: int = 75) -> None:
    """An emergency takes the floor from the song, which had sounded so long, and is over."""
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.ends(piece.id, sounded_us)
    box.sounds(airing(order))
    box.later(seconds * SECOND)
    box.ends(airing(order), seconds * SECOND)


def test_what_came_late_after_an_alarm_is_in_step_again_after_what_was_planned_in_its_midst(
    box: Box, piece: PlannedAiring
) -> None:
    box.later(30 * SECOND)
    alarm_over(box, piece, 30 * SECOND)
    box.later(SECOND)
    box.sounds(piece.id)
    box.pull(around_the_note(piece), note(), seq=2)
    box.later(NOTE_AT - box.now - START_LEAD_US)
    box.ends(piece.id, 45 * SECOND)
    box.later(START_LEAD_US)
    box.sounds(note().id)
    box.later(MINUTE)
    box.ends(note().id, MINUTE)
    again = box.deck.cues[piece.id]
    assert again.part == 1
    assert again.at_mono_us - again.from_us == NOTE_AT + MINUTE - 2 * MINUTE


def test_what_was_cut_goes_on_while_what_was_due_meanwhile_is_not_here(box: Box) -> None:
    piece = song(DUE, resumes=True, seconds=60)
    box.shelf.away.add(MESSAGE)
    box.pull(piece, note(DUE + MINUTE))
    box.later(piece.start_us - SECOND - box.now)
    box.later(SECOND)
    box.sounds(piece.id)
    box.later(30 * SECOND)
    alarm_over(box, piece, 30 * SECOND)
    assert box.deck.cues[piece.id].from_us == 30 * SECOND
    assert box.said(AiringEnded)[-1].airing != piece.id


def test_what_was_cut_waits_also_while_the_order_begins_again_after_the_output_broke(box: Box) -> None:
    piece = song(DUE, resumes=True, seconds=30)
    box.pull(piece, note(DUE + 30 * SECOND))
    box.later(piece.start_us - SECOND - box.now)
    box.later(SECOND)
    box.sounds(piece.id)
    box.later(5 * SECOND)
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.ends(piece.id, 5 * SECOND)
    box.sounds(airing(order))
    box.later(5 * SECOND)
    box.falls_silent(airing(order), 5 * SECOND, Reason.AUDIO_FAULT)
    assert box.journal.memory.standings[piece.id].interrupted


def test_a_crash_takes_the_memory_of_five_seconds_at_most(box: Box, piece: PlannedAiring) -> None:
    for sounded_us in range(0, MINUTE, 990_000):
        box.later(990_000)
        box.conductor.heard(Emitted(piece.id, box.deck.cues[piece.id].serial, sounded_us), box.time)
        known = box.journal.memory.standings[piece.id].segments
        assert sounded_us - (known[-1][1] if known else 0) <= 4 * SECOND, "the deck's next word is a second away"
