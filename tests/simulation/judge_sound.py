"""P1, P2, P6 and the floor: what may sound, how often, until when, and never two at once."""

from __future__ import annotations

from itertools import pairwise

from speaker_client.protocol.ids import SECOND, AiringId
from speaker_client.protocol.priority import Priority
from tests.simulation.oracle import Case
from tests.simulation.witness import FOREVER, Sound

ZERO_US = 100_000
"""A start this near to the first sample is a start from zero."""
REPEAT_US = 5 * SECOND
SLACK_US = SECOND // 10


def judge_sound(case: Case) -> int:
    """Blame what sounded and should not have; the longest repetition after one restart (µs)."""
    longest = 0
    for airing, sounds in case.sounds.items():
        longest = max(longest, _repetition(case, airing, sounds))
        for sound in sounds:
            _stale(case, sound)
            _authorised(case, sound)
        _withdrawn(case, airing, sounds[0])
    _one_at_a_time(case)
    _stops(case)
    return longest


def _repetition(case: Case, airing: AiringId, sounds: list[Sound]) -> int:
    if airing in case.given:
        return 0  # at least once: see `judge_order`
    gone_on = sum(_goes_on(case, before, after) for before, after in pairwise(sounds))
    if sum(sound.from_us < ZERO_US for sound in sounds) - gone_on > 1:
        case.blame("started_twice", airing, [case.second(one.began_us) for one in sounds])
    repeated = [max(0, before.to_us - after.from_us) for before, after in pairwise(sounds)]
    longest = max(repeated, default=0)
    if longest > REPEAT_US + SLACK_US:
        case.blame("repeated_too_long", airing, longest / SECOND)
    points = sorted([(one.from_us, 1) for one in sounds] + [(one.to_us, -1) for one in sounds])
    depth = deepest = 0
    for _, step in points:
        depth += step
        deepest = max(deepest, depth)
    if deepest > 2:
        case.blame("heard_thrice", airing)
    return longest


def _goes_on(case: Case, before: Sound, after: Sound) -> bool:
    """Whether what sounds from its very beginning is no second start: it had hardly begun when it was broken off.

    Then it goes on from there; or, where a crash took the memory of the last seconds and an order the floor, from
    where the disk last knew, as anything does that waits for an order's end: see the bound on what is repeated.
    """
    if 0 < before.to_us <= after.from_us < ZERO_US:
        return True
    crashed = any(before.ended_us - SLACK_US <= when <= after.began_us for when in case.record.crashes)
    waited = any(one.cue.airing in case.given for one in case.others(after.cue.airing, before.ended_us, after.began_us))
    return crashed and waited and before.to_us <= REPEAT_US and after.from_us < ZERO_US


def _stale(case: Case, sound: Sound) -> None:
    entry = case.books.entries.get(sound.cue.airing)
    order = case.given.get(sound.cue.airing)
    if order and sound.ended_us > order.until_us + SLACK_US + sound.clock_error_us:
        case.blame("stale", sound.cue.airing, case.second(sound.ended_us), "latest", case.second(order.until_us))
    if order:
        return
    version = case.version(sound.cue.airing, sound.ended_us)
    if entry is None or version is None:
        return
    planned = version[1]
    programme = case.books.schedule.programmes[planned.programme]
    latest = entry.due_us + planned.duration_us + programme.grace_us
    if sound.ended_us > latest + SLACK_US + sound.clock_error_us:
        case.blame("stale", sound.cue.airing, case.second(sound.ended_us), "latest", case.second(latest))


def _authorised(case: Case, sound: Sound) -> None:
    """In a plan that the station signed for this cluster, that this box accepted, and as that plan says."""
    airing = sound.cue.airing
    order = case.given.get(airing)
    accepted = [seq for when, seq in case.record.plans if when <= sound.began_us]
    versions = [plan[airing] for seq in accepted if airing in (plan := case.published.get(seq, {}))]
    versions += [order.planned] if order and case.record.heard.get(airing, [FOREVER])[0] <= sound.began_us else []
    reels = [(str(reel.path), reel.duration_us) for reel in sound.cue.reels]
    speakers = sound.cue.loudspeakers
    if not any(
        [(item.content, item.duration_us) for item in one.items] == reels and frozenset(one.loudspeakers) == speakers
        for one in versions
    ):
        case.blame("unauthorised", airing, case.second(sound.began_us))


def _withdrawn(case: Case, airing: AiringId, first: Sound) -> None:
    """What the plan in force no longer names does not begin."""
    if airing in case.given:
        return
    accepted = [seq for when, seq in case.record.plans if when < first.began_us - SECOND]
    if accepted and airing not in case.published.get(accepted[-1], {}):
        if case.record.begun.get(airing, first.began_us) <= first.began_us - SECOND // 2:
            return  # it had begun on the box's disk when the plan changed, and a crash came before the sound
        later = [seq for when, seq in case.record.plans if first.began_us - SECOND <= when <= first.began_us]
        if not any(airing in case.published.get(seq, {}) for seq in later):
            case.blame("played_withdrawn", airing, case.second(first.began_us), "plan", accepted[-1])


def _one_at_a_time(case: Case) -> None:
    line = sorted((one for sounds in case.sounds.values() for one in sounds), key=lambda one: one.began_us)
    for before, after in pairwise(line):
        allowed = SLACK_US + before.clock_error_us + after.clock_error_us
        if before.ended_us - after.began_us > allowed:
            overlap = (before.ended_us - after.began_us) / SECOND
            case.blame("two_at_once", after.cue.airing, "with", before.cue.airing[:6], overlap, "s")
        missing = before.cue.from_us + before.cue.length_us - before.to_us
        fades = before.ended_us - after.began_us > 0 and missing > allowed
        if fades and not _stronger(case, after, before) and not _was_stopped(case, before):
            case.blame("floor_taken", before.cue.airing, "by", after.cue.airing[:6], case.second(after.began_us))


def _was_stopped(case: Case, sound: Sound) -> bool:
    """Whether it fades because somebody stopped it: what waited for the floor may begin at that moment."""
    return any(-SLACK_US < sound.ended_us - when < SLACK_US for when in case.record.obeyed.values())


def _stronger(case: Case, one: Sound, other: Sound) -> bool:
    """Whether it may take the floor from the other; among orders of a kind the later one may."""
    mine_given, its_given = (case.given.get(sound.cue.airing) for sound in (one, other))
    if mine_given and its_given:
        return mine_given.ends(its_given)
    known = [case.version(sound.cue.airing, sound.ended_us) for sound in (one, other)]
    mine, its = (version[1].priority if version else 0 for version in known)
    return mine > its or mine == its >= Priority.LIVE_EMERGENCY


def _came_later(case: Case, airing: AiringId, moment_us: int) -> bool:
    """Whether it was given, or was due, only after a stop for whatever sounds had been given."""
    given, versions = case.given.get(airing), case.record.knew.get(airing, [])
    return given.made_us > moment_us if given else any(one.start_us > moment_us for _, one in versions)


def _stops(case: Case) -> None:
    """A stop that reached the box silences what it names within a second, and what is named never starts."""
    for order in case.orders:
        told = case.record.told.get(order.by)
        if told is None:
            continue
        told = min(told, case.record.obeyed.get(order.seq, told))
        for airing, sounds in case.sounds.items():
            if order.airings and airing not in order.airings:
                continue
            if not order.airings and _came_later(case, airing, order.made_us - SECOND):
                continue  # or is named by a stop of its own
            for sound in sounds:
                began_before = sound.began_us < told - SECOND // 2
                if sound.ended_us > told + SECOND and (order.airings or began_before):
                    case.blame("not_stopped", airing, order.by, "told at", case.second(told))
