"""A relay in a box's plan: joined in step, interrupted and gone on with, never ended by silence, honestly reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from speaker_client.holdings import needs
from speaker_client.playout import Standing, State, entry, hopeless_at
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, LoudspeakerNumber, OccurrenceId, OrderId, ProgrammeId
from speaker_client.protocol.plan import Part, PlannedAiring, Relay
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.speaker_client.orders import SONG, VOICE, Box, airing, emergency, item
from tests.speaker_client.station_of_tests import NOW

RELAY = AiringId("7" * 32)
FREE = 1 << 62


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def relayed(at_us: int = NOW + 10 * SECOND, minutes: int = 10, *parts: Part) -> PlannedAiring:
    length_us = minutes * MINUTE
    relay = Relay(
        stream=OrderId("8" * 32), key=VOICE.public, start_us=at_us, length_us=length_us, fallback=(item(SONG, 60),)
    )
    return PlannedAiring(
        id=RELAY,
        occurrence=OccurrenceId("8" * 32),
        programme=ProgrammeId("vov"),
        title="Tiếp sóng",
        priority=Priority.RELAY,
        loudspeakers=(LoudspeakerNumber(1),),
        relay=relay,
        parts=parts or (Part(start_us=at_us, length_us=length_us),),
        grace_us=0,
        resumes=True,
    )


def end(box: Box) -> AiringEnded:
    (only,) = [one for one in box.said(AiringEnded) if one.airing == RELAY]
    return only


def test_it_is_joined_where_it_is_and_ends_when_it_was_to_end() -> None:
    planned = relayed()
    start = planned.start_us
    standing = Standing(planned, 1)
    early, late = entry(standing, start - SECOND, FREE), entry(standing, start + 3 * MINUTE, FREE)
    assert early
    assert (early.at_us, early.from_us, early.length_us) == (start, 0, 10 * MINUTE)
    assert late
    assert late.at_us - late.from_us == start
    assert late.at_us + late.length_us == planned.end_us == standing.until_us
    assert entry(standing, planned.end_us - 20 * SECOND, FREE) is None
    assert hopeless_at(standing) == planned.end_us - 29 * SECOND
    playing = Standing(planned, 1, State.PLAYING, segments=((0, MINUTE),), interrupted=True)
    back = entry(playing, start + 4 * MINUTE, FREE)
    assert back
    assert back.at_us - back.from_us == start, "what was missed is gone"


def test_it_sounds_without_its_fallback_on_the_disk_which_is_fetched_all_the_same(box: Box) -> None:
    planned = relayed()
    assert [need.content for need in needs([planned])] == [SONG]
    box.shelf.away.add(SONG)
    box.plays(planned)
    cue = box.deck.cues[RELAY]
    assert (cue.relay, len(cue.reels)) == (planned.relay, 1), "the deck looks for it when it needs it"
    assert box.floor.on_air == RELAY


def test_an_emergency_takes_the_floor_and_the_relay_is_joined_again_where_it_is_then(box: Box) -> None:
    planned = relayed()
    box.plays(planned)
    assert len(box.deck.cues[RELAY].reels) == 1
    box.later(MINUTE)
    alarm = emergency(1, "b", box.now)
    box.hear(alarm)
    assert box.deck.cuts == [RELAY]
    box.ends(RELAY, MINUTE)
    box.sounds(airing(alarm))
    box.later(65 * SECOND)
    box.ends(airing(alarm), 65 * SECOND)
    box.later(SECOND)
    cue = box.deck.cues[RELAY]
    assert cue.at_mono_us - cue.from_us == planned.start_us
    box.sounds(RELAY)
    box.now = planned.end_us
    box.falls_silent(RELAY, 10 * MINUTE, None, concealed=100)
    assert (end(box).result, end(box).reason, end(box).by) == (Result.PARTIAL, Reason.PREEMPTED, airing(alarm))
    assert len(end(box).segments) == 2


def test_what_was_filled_or_silent_did_not_sound(box: Box) -> None:
    box.plays(relayed())
    box.now += 10 * MINUTE
    box.falls_silent(RELAY, 10 * MINUTE, Reason.NO_RELAY, concealed=12000, filled=11000)
    assert (end(box).result, end(box).reason) == (Result.PARTIAL, Reason.NO_RELAY)
    assert (end(box).concealed, end(box).filled) == (12000, 11000)


def test_slight_losses_leave_it_whole_and_a_relay_that_never_came_is_missed(box: Box) -> None:
    box.plays(relayed())
    box.now += 10 * MINUTE
    box.falls_silent(RELAY, 10 * MINUTE, None, concealed=2000)
    assert (end(box).result, end(box).reason) == (Result.PLAYED, None)


def test_a_relay_of_which_no_frame_came_is_missed_though_its_fallback_was_heard(box: Box) -> None:
    box.plays(relayed())
    box.now += 10 * MINUTE
    box.falls_silent(RELAY, 10 * MINUTE, Reason.NO_RELAY, concealed=60_000, filled=58_000)
    assert (end(box).result, end(box).reason) == (Result.MISSED, Reason.NO_RELAY)


def test_a_part_without_a_frame_is_followed_by_the_next(box: Box) -> None:
    start = NOW + 10 * SECOND
    later = Part(start_us=start + 5 * MINUTE, from_us=5 * MINUTE, length_us=5 * MINUTE)
    box.plays(relayed(start, 10, Part(start_us=start, length_us=2 * MINUTE), later))
    box.now = start + 2 * MINUTE
    box.falls_silent(RELAY, 2 * MINUTE, Reason.NO_RELAY, concealed=6000)
    assert not box.said(AiringEnded)
    box.later(later.start_us - SECOND - box.now)
    cue = box.deck.cues[RELAY]
    assert (cue.part, cue.at_mono_us, cue.from_us) == (1, later.start_us, 5 * MINUTE)


def test_a_box_that_restarts_joins_again(box: Box) -> None:
    planned = relayed()
    box.plays(planned)
    box.journal.close()
    box.now += 2 * MINUTE
    box.start()
    cue = box.deck.cues[RELAY]
    assert cue.at_mono_us - cue.from_us == planned.start_us


def test_a_stop_ends_it(box: Box) -> None:
    box.plays(relayed())
    box.later(MINUTE)
    box.stop()
    box.ends(RELAY, MINUTE)
    assert (end(box).result, end(box).reason, end(box).by) == (Result.PARTIAL, Reason.STOPPED, "lan")


def test_a_plan_may_carry_a_relay_and_still_no_live_voice() -> None:
    planned = relayed()
    with pytest.raises(ValueError, match="and not two"):
        PlannedAiring.model_validate(planned.model_dump() | {"items": [item(SONG, 60).model_dump()]})
