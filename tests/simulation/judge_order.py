"""P4: an emergency is heard at least once, nothing of it too late; the latest wins; what it interrupted goes on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from speaker_client.protocol.ids import SECOND, AiringId
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.simulation.oracle import Case
from tests.simulation.witness import FOREVER, Given, Sound

PROMPT_US = 3 * SECOND
"""What a box that has all it needs may take until the first sample."""
JOIN_US = 2 * SECOND + SECOND // 10
"""So much of the first round may be dropped to be in step with the neighbours."""
SLACK_US = SECOND // 5


def judge_orders(case: Case) -> None:
    """Blame emergencies and drills that were not heard, or too often, too late, or over something stronger."""
    for airing, given in case.given.items():
        sounds = case.sounds.get(airing, [])
        _began_late(case, given, sounds)
        _begun_again(case, given, sounds)
        _outranked(case, given, sounds)
        if airing in case.record.heard:
            _owed(case, given, sounds)
    for airing, ends in case.ends.items():
        if airing not in case.given:
            _goes_on(case, ends[0])
            _goes_on_as_planned(case, ends[0])


def _began_late(case: Case, given: Given, sounds: list[Sound]) -> None:
    """Never before it was given, and never for the first time after its expiry."""
    for sound in sounds[:1]:
        early = sound.began_us < given.made_us
        latest = given.expires_us + sound.clock_error_us + SLACK_US
        late = min(sound.began_us, case.record.begun.get(given.planned.id, sound.began_us)) > latest
        if early or late:
            case.blame("began_late", given.planned.id, case.second(sound.began_us), "by", case.second(given.expires_us))


def _begun_again(case: Case, given: Given, sounds: list[Sound]) -> None:
    """It starts once by whatever roads it came, and after a crash or a broken output again, from the beginning."""
    breaks = [*case.record.crashes, *case.record.faults.get(given.planned.id, [])]
    for before, after in pairwise(sounds):
        if not any(before.began_us <= when <= after.began_us for when in breaks):
            case.blame("started_again", given.planned.id, case.second(after.began_us))
        if (
            after.from_us > JOIN_US and after.ended_us - after.began_us > SLACK_US
        ):  # else it only tried whether it sounds
            case.blame("not_from_its_beginning", given.planned.id, after.from_us / SECOND)


def _outranked(case: Case, given: Given, sounds: list[Sound]) -> None:
    """It does not begin once a later or a stronger one has, and is not over."""
    for other in case.given.values():
        if not other.ends(given) or other.planned.id not in case.sounds:
            continue
        since = case.sounds[other.planned.id][0].began_us
        until = case.record.ended.get(other.planned.id, [case.sounds[other.planned.id][-1].ended_us])[0]
        for sound in sounds:
            if since < sound.began_us < until - SLACK_US:
                by = other.planned.id[:6]
                case.blame("outranked", given.planned.id, "by", by, case.second(sound.began_us))


# -- P4 ------------------------------------------------------------------------------------------------------


def _owed(case: Case, given: Given, sounds: list[Sound]) -> None:
    """Wherever power, clock and content last for a round, one is heard, unless a person or a later order ended it."""
    airing = given.planned.id
    if any(_is_whole(given, sound) for sound in sounds):
        return
    end = next(iter(case.ends.get(airing, [])), None)
    if end is not None and (end.result is Result.PLAYED or end.reason is Reason.CORRUPT):
        return  # all but a twentieth: what it claims was really emitted, or could not be: see `judge_end`
    ended = end is not None and end.reason in (Reason.STOPPED, Reason.PREEMPTED)
    over = case.end_moment(airing) if ended else given.until_us - SECOND
    for start in _chances(case, given):
        end_us = start + PROMPT_US + given.round_us
        if end_us < min(over, given.until_us - SECOND) and _has_all(case, given, start, end_us):
            case.blame("emergency_not_heard", airing, "ready at", case.second(start), "over at", case.second(over))
            return


def _chances(case: Case, given: Given) -> Iterator[int]:
    """The moments from which on it could be heard: when it came, and whenever something that it lacked came back."""
    airing, record = given.planned.id, case.record
    begun = record.begun.get(airing, FOREVER)
    if held := record.knew.get(airing):
        spans = [record.up, record.clock, *(record.held[content] for content in given.planned.contents())]
        starts = [held[0][0], *(since for one in spans for since, _ in one.all() if since >= held[0][0])]
        starts += record.faults.get(airing, [])
    else:
        starts = record.heard[airing]  # a crash came before it was on the disk, each time but perhaps the last
    for start in sorted(starts):
        if begun < start or start < given.expires_us - PROMPT_US:
            yield start


def _has_all(case: Case, given: Given, low_us: int, high_us: int) -> bool:
    record = case.record
    held = all(record.held[content].throughout(low_us, high_us) for content in given.planned.contents())
    awake = record.up.throughout(low_us, high_us) and record.clock.throughout(low_us, high_us)
    broke = any(low_us < when < high_us for when in record.faults.get(given.planned.id, []))
    calm = not broke and record.had_output(low_us, high_us) and not record.jumps_in(low_us, high_us)
    return held and awake and calm and not _floor_is_kept(case, given, low_us, high_us)


def _floor_is_kept(case: Case, given: Given, low_us: int, high_us: int) -> bool:
    """Whether the timetable has something on air that a drill is not stronger than."""
    others = (one.cue.airing for one in case.others(given.planned.id, low_us, high_us))
    versions = (case.version(one, high_us) for one in others if one not in case.given)
    return any(one is not None and one[1].priority >= given.planned.priority for one in versions)


def _is_whole(given: Given, sound: Sound) -> bool:
    """Whether a round was heard from its beginning to its end; the first may be joined a little late."""
    first_whole = sound.from_us <= JOIN_US and sound.to_us >= given.round_us - SLACK_US
    length = given.round_us
    begins = -(-(sound.from_us - SLACK_US) // length) * length
    return first_whole or sound.to_us >= begins + length - SLACK_US


# -- what was interrupted ------------------------------------------------------------------------------------


def _goes_on(case: Case, end: AiringEnded) -> None:
    """What an order took the floor from is played to its end afterwards, if it is to go on and still can."""
    known = case.version(end.airing, case.end_moment(end.airing))
    by = AiringId(end.by) if end.by else None
    if known is None or not known[1].resumes or len(known[1].parts) > 1 or end.result is not Result.PARTIAL:
        return
    if end.reason is not Reason.PREEMPTED or by not in case.given or by not in case.record.ended:
        return
    began = [one.began_us for one in case.sounds.get(by, [])]
    mine = case.sounds.get(end.airing, [])
    cut = next((one for one in mine if any(abs(one.ended_us - when) < SLACK_US for when in began)), None)
    if cut is None or any(abs(one.from_us - cut.to_us) < SLACK_US for one in mine):
        return
    free, planned = case.record.ended[by][0], known[1]
    high = free + PROMPT_US + planned.duration_us - cut.to_us
    record = case.record
    calm = record.up.throughout(free - PROMPT_US, high) and record.clock.throughout(free - PROMPT_US, high)
    calm = calm and record.had_output(free - PROMPT_US, high)
    held = all(record.held[content].throughout(free - PROMPT_US, high) for content in planned.contents())
    others = case.others(end.airing, free, high) or _due(case, end.airing, free, high)
    latest = max(planned.end_us, planned.start_us + planned.duration_us) + planned.grace_us
    whole = planned.parts[0].length_us == planned.duration_us
    if calm and held and whole and not others and not record.jumps_in(free, high) and high < latest - SECOND:
        case.blame("not_gone_on", end.airing, "after", by[:6], case.second(free), "could until", case.second(latest))


def _goes_on_as_planned(case: Case, end: AiringEnded) -> None:
    """What was on air when a newer plan gave the floor to something else goes on where that plan says, if it can."""
    over, record = case.end_moment(end.airing), case.record
    accepted = [(when, case.published.get(seq, {}).get(end.airing)) for when, seq in record.plans if when <= over]
    since, planned = accepted[-1] if accepted else (over, None)
    if planned is None or end.reason is not Reason.PREEMPTED or end.airing in record.faults:
        return
    sounds = case.sounds.get(end.airing, [])
    for part in planned.parts[1:]:
        low, high = min(over, part.start_us) - PROMPT_US, part.end_us
        calm = record.up.throughout(low, high) and record.clock.throughout(low, high) and not record.jumps_in(low, high)
        held = all(record.held[content].throughout(low, high) for content in planned.contents())
        room = not case.others(end.airing, part.start_us + SLACK_US, high)
        heard_to = max((one.to_us for one in sounds if one.began_us < part.start_us), default=0)
        start_us = part.start_us + max(0, heard_to - part.from_us)  # what was heard already is left out, in step
        began = start_us >= part.end_us - SECOND or any(abs(one.began_us - start_us) < SECOND for one in sounds)
        was_on = bool(sounds) and sounds[0].began_us < part.start_us
        if since < low and was_on and calm and held and room and not began:
            case.blame("not_gone_on", end.airing, "as planned at", case.second(part.start_us))


def _due(case: Case, airing: AiringId, low_us: int, high_us: int) -> bool:
    """Whether something else was to begin then, so that there was no room."""
    versions = ((one, known[-1][1]) for one, known in case.record.knew.items() if one != airing)
    return any(low_us - SECOND <= part.start_us <= high_us + SECOND for _, one in versions for part in one.parts)
