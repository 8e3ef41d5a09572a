"""Emergency and drill on the box."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.deck import Reel
from speaker_client.playout import Standing, heard, next_part
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.plan import Part
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import AiringEnded, OrderAccepted, Reason, Refused, Result
from tests.speaker_client.orders import MESSAGE, SIREN, SONG, Box, airing, drill, emergency, item, song
from tests.speaker_client.station_of_tests import NOW


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_it_sounds_at_once_whole_and_in_rounds(box: Box) -> None:
    order = emergency(1, "1", NOW)
    box.hear(order)
    assert box.deck.released == [airing(order)]
    cue = box.deck.cues[airing(order)]
    assert (cue.from_us, cue.length_us) == (5_000, 75 * SECOND - 5_000)
    assert [reel.path.name[0] for reel in cue.reels] == list("ababab")
    assert [one.order for one in box.said(OrderAccepted)] == [order.id]


def test_it_takes_the_floor_and_the_song_goes_on_where_it_was_cut(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.plays(piece)
    box.later(60 * SECOND)
    order = emergency(1, "1", box.now)
    box.hear(order)
    assert box.deck.cuts == [piece.id]
    assert box.deck.released == [piece.id, airing(order)]
    box.ends(piece.id, 60 * SECOND)
    box.sounds(airing(order))
    box.later(75 * SECOND)
    box.ends(airing(order), 75 * SECOND)
    again = box.deck.cues[piece.id]
    assert (again.from_us, again.length_us) == (60 * SECOND, 540 * SECOND)
    box.later(SECOND)
    box.sounds(piece.id)
    box.later(540 * SECOND)
    box.ends(piece.id, 600 * SECOND)
    assert [(one.airing, one.result) for one in box.said(AiringEnded)] == [
        (airing(order), Result.PLAYED),
        (piece.id, Result.PLAYED),
    ]


def test_a_song_that_does_not_resume_ends_partial_by_the_emergency(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=False)
    box.plays(piece)
    box.later(60 * SECOND)
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.ends(piece.id, 60 * SECOND)
    (end,) = box.said(AiringEnded)
    assert (end.airing, end.result, end.reason, end.by) == (piece.id, Result.PARTIAL, Reason.PREEMPTED, airing(order))


def test_a_song_that_was_to_begin_during_it_joins_in_step_afterwards(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=False)
    box.pull(piece)
    order = emergency(1, "1", rounds=2)
    box.hear(order)
    box.sounds(airing(order))
    box.later(50 * SECOND)
    box.ends(airing(order), 50 * SECOND)
    assert box.deck.cues[piece.id].from_us == 48 * SECOND + SECOND // 2
    assert box.said(AiringEnded)[0].airing == airing(order)


def test_the_latest_emergency_wins_in_whatever_order_they_come(box: Box) -> None:
    first, second, third = (emergency(n, str(n), NOW + n * SECOND) for n in (1, 2, 3))
    box.later(2 * SECOND)
    box.hear(second)
    box.hear(first)
    assert box.deck.released == [airing(second)]
    (end,) = box.said(AiringEnded)
    assert (end.airing, end.result, end.by) == (airing(first), Result.SUPERSEDED, airing(second))
    box.sounds(airing(second))
    box.later(SECOND)
    box.hear(third)
    assert box.deck.cuts == [airing(second)]
    assert box.deck.released[-1] == airing(third)


def test_a_drill_never_stops_an_emergency_and_gives_way_to_it(box: Box) -> None:
    exercise, real = drill(1, "d", NOW), emergency(1, "1", NOW + SECOND)
    box.hear(exercise)
    assert box.deck.released == [airing(exercise)]
    box.sounds(airing(exercise))
    box.later(SECOND)
    box.hear(real)
    assert box.deck.cuts == [airing(exercise)]
    box.ends(airing(exercise), SECOND)
    box.hear(drill(2, "e", box.now + SECOND))
    assert box.deck.released == [airing(exercise), airing(real)]


def test_no_drill_sounds_what_is_an_emergencys_own_whoever_has_its_key(box: Box) -> None:
    box.pull(alarms=(SIREN,))
    box.hear(drill(1, "d"))
    box.listener.flush_refusals(box.time)
    assert box.deck.released == []
    assert [(one.code, one.statement) for one in box.said(Refused)] == [("alarm_in_drill", "drill")]
    exercise = drill(2, "e", first=(item(MESSAGE, 20),))
    box.hear(exercise)
    assert box.deck.released == [airing(exercise)]
    real = emergency(1, "1", box.now + 1)
    box.hear(real)
    assert box.deck.released[-1] == airing(real)


def test_silence_now_also_ends_one_that_waits_for_its_content(box: Box) -> None:
    box.shelf.away = {SIREN}
    box.hear(emergency(1, "1"))
    box.stop()
    box.shelf.away = set()
    box.later(SECOND)
    assert box.deck.released == []
    assert [one.result for one in box.said(AiringEnded)] == [Result.CANCELLED]


def test_while_it_waits_for_its_content_the_song_goes_on(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.plays(piece)
    box.shelf.away = {SIREN}
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.later(30 * SECOND)
    assert box.deck.cuts == []
    box.shelf.away = set()
    box.later(SECOND)
    assert box.deck.released == [piece.id, airing(order)]
    assert box.deck.cues[airing(order)].from_us == 0


def test_with_its_first_item_here_it_begins_and_what_never_came_makes_it_no_whole_airing(box: Box) -> None:
    box.shelf.away = {MESSAGE}
    order = emergency(1, "1", meanwhile=item(SIREN, 5))
    box.hear(order)
    assert box.deck.released == [airing(order)]
    cue = box.deck.cues[airing(order)]
    assert (cue.waits, cue.meanwhile) == (True, Reel(Path(SIREN), 5 * SECOND))
    box.sounds(airing(order))
    box.falls_silent(airing(order), 75 * SECOND, None, concealed=3_000)
    (end,) = box.said(AiringEnded)
    assert (end.result, end.reason) == (Result.PARTIAL, Reason.NO_MEDIA)


def test_after_a_crash_it_begins_again_from_its_first_sample(box: Box) -> None:
    order = emergency(1, "1")
    box.hear(order)
    box.sounds(airing(order))
    box.later(10 * SECOND)
    box.start()
    assert box.deck.released == [airing(order)]
    assert box.deck.cues[airing(order)].from_us == 0
    assert box.deck.cues[airing(order)].at_mono_us >= box.now


def test_it_is_over_at_its_expiry_after_whole_rounds(box: Box) -> None:
    order = emergency(1, "1", until_us=NOW + 60 * SECOND, rounds=400)
    box.hear(order)
    assert box.deck.cues[airing(order)].length_us <= 50 * SECOND
    box.now += 61 * SECOND
    box.start()
    box.later(SECOND)
    assert box.deck.released == []


def test_one_that_waits_in_vain_never_begins_after_its_expiry(box: Box) -> None:
    box.shelf.away = {SIREN}
    box.hear(emergency(1, "1"))
    box.later(2 * MINUTE + 1)
    box.shelf.away = set()
    box.later(SECOND)
    assert box.deck.released == []
    assert [(one.result, one.reason) for one in box.said(AiringEnded)] == [(Result.MISSED, Reason.NO_MEDIA)]


def test_after_a_crash_the_latest_begins_and_the_one_before_it_is_over(box: Box) -> None:
    first = emergency(1, "1")
    box.hear(first)
    box.sounds(airing(first))
    box.later(SECOND)
    second = emergency(2, "2", box.now, first=(item(SONG, 20),))
    box.shelf.away = {SONG}
    box.hear(second)
    assert box.deck.cuts == [], "what cannot sound silences nothing"
    box.shelf.away = set()
    box.start()
    box.sounds(airing(second))
    box.later(SECOND)
    assert box.deck.released == [airing(second)]
    (end,) = box.said(AiringEnded)
    assert (end.airing, end.reason, end.by) == (airing(first), Reason.PREEMPTED, airing(second))


def test_after_a_crash_the_latest_is_by_its_number_though_the_stations_clock_was_set_back(box: Box) -> None:
    first = emergency(1, "1")
    box.hear(first)
    box.sounds(airing(first))
    second = emergency(2, "2", NOW - 5 * SECOND, first=(item(SONG, 20),))
    box.shelf.away = {SONG}
    box.hear(second)
    box.shelf.away = set()
    box.start()
    assert list(box.deck.cues) == [airing(second)], "the other is not even armed"
    assert box.deck.released == [airing(second)]


def test_a_song_goes_on_also_if_the_order_that_cut_it_made_way_at_once(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.plays(piece)
    box.later(60 * SECOND)
    first, second = emergency(1, "1", box.now), emergency(2, "2", box.now + 1)
    box.hear(first)
    box.hear(second)
    box.ends(airing(first), 0)
    box.ends(piece.id, 60 * SECOND)
    box.sounds(airing(second))
    box.later(75 * SECOND)
    box.ends(airing(second), 75 * SECOND)
    assert box.deck.cues[piece.id].from_us == 60 * SECOND


def test_what_comes_and_goes_unheard_behind_an_order_does_not_keep_the_cut_song_from_going_on(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True, seconds=12)
    parts = [Part(start_us=piece.start_us + seconds * SECOND, length_us=14 * SECOND) for seconds in (23, 500)]
    weaker = {"id": "e" * 32, "parts": tuple(parts), "priority": Priority.RELAY}
    box.pull(piece, piece.model_copy(update=weaker))
    box.later(piece.start_us - SECOND - box.now)
    box.later(SECOND)
    box.sounds(piece.id)
    box.later(SECOND)
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.ends(piece.id, SECOND)
    box.sounds(airing(order))
    box.later(25 * SECOND)
    box.later(50 * SECOND)
    box.ends(airing(order), 75 * SECOND)
    box.later(SECOND)
    assert box.deck.released == [piece.id, airing(order), piece.id]
    assert box.deck.cues[piece.id].from_us == SECOND


def test_a_drill_takes_the_floor_only_from_what_is_weaker(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True).model_copy(update={"priority": Priority.PRIORITY_ABOVE})
    box.plays(piece)
    order = drill(1, "d", box.now)
    box.hear(order)
    box.later(2 * MINUTE + 1)
    assert box.deck.cuts == []
    (end,) = box.said(AiringEnded)
    assert (end.airing, end.result, end.by) == (airing(order), Result.SUPERSEDED, piece.id)


def test_silence_now_is_also_for_the_song_that_waits_to_go_on(box: Box) -> None:
    piece = song(NOW + 2 * SECOND, resumes=True)
    box.plays(piece)
    box.later(60 * SECOND)
    order = emergency(1, "1", box.now)
    box.hear(order)
    box.ends(piece.id, 60 * SECOND)
    box.sounds(airing(order))
    box.stop()
    box.ends(airing(order), SECOND)
    box.later(SECOND)
    assert box.deck.released == [piece.id, airing(order)]
    assert {(one.airing, one.reason) for one in box.said(AiringEnded)} == {
        (piece.id, Reason.STOPPED),
        (airing(order), Reason.STOPPED),
    }


def test_what_sounded_twice_is_counted_once() -> None:
    assert heard(((2, 40),), 0, 35) == ((0, 40),)
    assert heard(((0, 10), (20, 30)), 5, 25) == ((0, 30),)


def test_an_interruption_is_forgotten_with_the_part_that_it_fell_into() -> None:
    piece = song(NOW, resumes=True)
    parts = (piece.parts[0], piece.parts[0].model_copy(update={"start_us": NOW + 700 * SECOND}))
    following = next_part(Standing(piece.model_copy(update={"parts": parts}), 1, interrupted=True))
    assert following
    assert not following.interrupted
