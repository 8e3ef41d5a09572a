"""A live voice on the floor: who gives way to whom, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.protocol.ids import HOUR, MINUTE, SECOND
from speaker_client.protocol.live import LONGEST_US
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import AiringEnded, AiringStarted, OrderAccepted, Reason, Refused, Result
from tests.speaker_client.orders import MADE, Box, airing, drill, emergency, live, live_emergency, song
from tests.speaker_client.station_of_tests import NOW


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def end(box: Box) -> AiringEnded:
    (only,) = box.said(AiringEnded)
    return only


def test_it_takes_the_floor_from_a_programme_which_goes_on_afterwards(box: Box) -> None:
    programme = song(NOW + 10 * SECOND, resumes=True)
    box.plays(programme)
    box.later(MINUTE)
    speech = live(1, "a", box.now)
    box.hear(speech)
    box.later(100_000)
    cue = box.deck.cues[airing(speech)]
    assert (cue.at_mono_us, cue.from_us) == (speech.start_us, 0), "in step with every other box"
    assert cue.spoken
    assert cue.spoken.key == speech.key
    assert box.deck.cuts == [programme.id]
    box.ends(programme.id, MINUTE)
    box.sounds(airing(speech))
    assert box.floor.on_air == airing(speech)
    assert [body.airing for body in box.said(OrderAccepted)] == [airing(speech)]
    box.later(30 * SECOND)
    box.falls_silent(airing(speech), 30 * SECOND, None, spoken=(0, 30 * SECOND))
    assert (end(box).result, end(box).duration_us, end(box).reason) == (Result.PLAYED, 30 * SECOND, None)
    box.later(SECOND)
    assert box.deck.cues[programme.id].from_us == MINUTE


def test_a_box_that_hears_of_it_late_joins_where_it_is_and_says_what_it_missed(box: Box) -> None:
    speech = live(1, "a")
    box.later(10 * SECOND)
    box.hear(speech)
    cue = box.deck.cues[airing(speech)]
    assert cue.at_mono_us - cue.from_us == speech.start_us
    box.sounds(airing(speech))
    assert box.said(AiringStarted)[0].error_us == 0
    box.falls_silent(airing(speech), 20 * SECOND, None, spoken=(0, 20 * SECOND))
    assert (end(box).result, end(box).reason) == (Result.PARTIAL, Reason.NO_VOICE)
    assert end(box).sounded_us() == pytest.approx(10 * SECOND, abs=SECOND)


def test_what_had_to_be_made_up_was_not_heard(box: Box) -> None:
    speech = live(1, "a")
    box.hear(speech)
    box.later(SECOND)
    box.sounds(airing(speech))
    box.falls_silent(airing(speech), 10 * SECOND, None, spoken=(0, 10 * SECOND), concealed=100)
    assert (end(box).result, end(box).reason, end(box).concealed) == (Result.PARTIAL, Reason.NO_VOICE, 100)


def test_a_speaker_who_vanished_is_never_called_whole(box: Box) -> None:
    speech = live(1, "a")
    box.hear(speech)
    box.sounds(airing(speech))
    box.falls_silent(airing(speech), 10 * SECOND, Reason.SPEAKER_GONE, spoken=(0, 10 * SECOND))
    assert (end(box).result, end(box).reason) == (Result.PARTIAL, Reason.SPEAKER_GONE)


def test_a_voice_that_never_came_is_missed(box: Box) -> None:
    speech = live(1, "a")
    box.hear(speech)
    box.falls_silent(airing(speech), 0, Reason.NO_VOICE)
    assert (end(box).result, end(box).reason) == (Result.MISSED, Reason.NO_VOICE)


def test_an_emergency_ends_it_and_while_one_stands_nobody_speaks(box: Box) -> None:
    speech, alarm = live_emergency(1, "a"), emergency(1, "b")
    box.hear(speech)
    box.sounds(airing(speech))
    box.later(SECOND)
    box.hear(alarm)
    assert box.deck.cuts == [airing(speech)]
    box.falls_silent(airing(speech), SECOND, None)
    assert (end(box).result, end(box).reason, end(box).by) == (Result.PARTIAL, Reason.PREEMPTED, airing(alarm))
    box.hear(live_emergency(2, "c", box.now))
    assert box.said(AiringEnded)[-1].result is Result.SUPERSEDED


def test_a_drill_is_stronger_than_a_voice_and_weaker_than_a_voice_in_an_emergency(box: Box) -> None:
    exercise = drill(1, "a")
    box.hear(exercise)
    box.hear(live(1, "b"))
    assert [(one.result, one.by) for one in box.said(AiringEnded)] == [(Result.SUPERSEDED, airing(exercise))]
    box.hear(live_emergency(1, "c"))
    assert box.deck.cuts == [airing(exercise)]


def test_a_stronger_programme_keeps_the_floor_and_takes_it(box: Box) -> None:
    strong = song(NOW + 10 * SECOND, resumes=False, seconds=60).model_copy(
        update={"priority": Priority.PRIORITY_COMMUNE}
    )
    box.plays(strong)
    speech = live(1, "a", box.now)
    box.hear(speech)
    box.later(SECOND)
    assert (list(box.deck.cues), box.deck.cuts) == ([strong.id], [])
    box.now += 60 * SECOND
    box.ends(strong.id, 60 * SECOND)
    assert airing(speech) in box.deck.cues, "it is joined once the floor is free"


def test_a_stop_ends_it_and_one_that_came_first_keeps_it_off(box: Box) -> None:
    speech, other = live(1, "a"), live(2, "b")
    box.hear(speech)
    box.sounds(airing(speech))
    box.stop()
    box.falls_silent(airing(speech), SECOND, None)
    assert (end(box).result, end(box).reason, end(box).by) == (Result.PARTIAL, Reason.STOPPED, "lan")
    box.listener.command(MADE.stop(2, airing(other)).seal([MADE.schedule]).encode(), box.time)
    box.hear(other)
    assert box.said(AiringEnded)[-1].result is Result.CANCELLED


def test_a_box_that_restarts_joins_again(box: Box) -> None:
    speech = live(1, "a")
    box.hear(speech)
    box.sounds(airing(speech))
    box.journal.close()
    box.now += 5 * SECOND
    box.start()
    cue = box.deck.cues[airing(speech)]
    assert cue.spoken
    assert cue.at_mono_us - cue.from_us == speech.start_us


def test_it_needs_its_own_role_and_a_length_that_can_be(box: Box) -> None:
    forged = live_emergency(1, "a").model_copy(update={"role": "schedule"})
    box.listener.command(forged.seal([MADE.schedule]).encode(), box.time)
    box.listener.command(live_emergency(1, "b").seal([MADE.schedule]).encode(), box.time)
    box.hear(live(1, "c", until_us=NOW + LONGEST_US + HOUR))
    box.listener.flush_refusals(box.time)
    assert {(body.statement, body.code) for body in box.said(Refused)} == {
        ("live_emergency", "wrong_role"),
        ("live", "too_long"),
    }
    assert not box.deck.cues
