"""P3 and P5: every airing has one end, the same on both sides, with a reason that was true."""

from __future__ import annotations

from broadcast_server.fleet.ledger import ENDS, State
from speaker_client.protocol.ids import SECOND, AiringId
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.report import AiringEnded, Reason, Result
from tests.simulation.books import Entry
from tests.simulation.oracle import Case
from tests.simulation.witness import FOREVER, Sound

READY_US = 6 * SECOND
"""From so long before its start an airing needs everything, to be owed a start on time."""
PUNCTUAL_US = SECOND
SLACK_US = SECOND // 10
UNTOLD_US = 8 * SECOND
"""What a crash may swallow: a checkpoint and the deck's pause between two words."""


def judge_ends(case: Case) -> int:
    """Blame ends that are missing, doubled, different or untrue; how many were lost without a reason."""
    lost = 0
    for airing, ends in case.ends.items():
        if len(ends) > 1:
            case.blame("ended_twice", airing, [one.result for one in ends])
        if airing not in case.entries:
            case.blame("unknown_airing", airing)
    for airing, entry in case.entries.items():
        mine = case.ends.get(airing)
        if mine:
            _same(case, entry, mine[0])
            _emitted(case, mine[0])
            before = len(case.found)
            _true_reason(case, mine[0])
            if airing not in case.given:
                _owed(case, mine[0])
            lost += len(case.found) > before
        else:
            _without_word(case, entry)
    return lost


def _same(case: Case, entry: Entry, end: AiringEnded) -> None:
    airing = entry.airing
    by = airing.withdrawn_by if end.reason is Reason.WITHDRAWN and end.by is None else end.by
    if end.reason is Reason.WITHDRAWN and (airing.state, airing.reason) == (State.SUPERSEDED, Reason.PREEMPTED):
        return  # the box only hears that it is gone; why is the station's to know
    if (airing.state, airing.reason) != (State(end.result), end.reason) or airing.by not in (by, end.by):
        case.blame("two_truths", airing.id, airing.state, airing.reason, "but the box says", end.result, end.reason)


def _without_word(case: Case, entry: Entry) -> None:
    airing = entry.airing
    if airing.state not in ENDS and not _is_unheard_of(case, entry):
        case.blame("left_open", airing.id, airing.state, "until", case.second(airing.until_us))
    if airing.state in (State.PLAYED, State.PARTIAL) or airing.id in case.sounds:
        case.blame("end_without_word", airing.id, airing.state)
    if airing.reason is Reason.NO_ORDER and airing.id in case.record.knew:
        case.blame("untrue_reason", airing.id, "NO_ORDER, but it had it")
    if airing.state is State.MISSED and airing.reason not in (Reason.NO_PLAN, Reason.NO_ORDER):
        case.blame("end_without_word", airing.id, airing.state, airing.reason)
    if airing.reason is Reason.NO_PLAN and airing.id in case.record.knew:
        case.blame("untrue_reason", airing.id, "NO_PLAN, but it had one")


def _is_unheard_of(case: Case, entry: Entry) -> bool:
    """An order that never reached the box stays UNKNOWN until the box speaks of something later."""
    expires, said = entry.order_expires_us, [report.at_us or 0 for report in case.reports]
    return expires is not None and entry.airing.id not in case.record.knew and max(said, default=0) <= expires


def _emitted(case: Case, end: AiringEnded) -> None:
    """The box claims no more than was emitted, and little less."""
    sounds = case.sounds.get(end.airing, [])
    emitted = sum(sound.to_us - sound.from_us for sound in sounds)
    if end.sounded_us() > emitted + SLACK_US * max(1, len(sounds)):
        case.blame("claims_too_much", end.airing, end.sounded_us() / SECOND, "of", emitted / SECOND)
    if end.result is Result.PLAYED and emitted * 100 < end.duration_us * 95 - SLACK_US * 100:
        case.blame("played_but_not_heard", end.airing, emitted / SECOND, "of", end.duration_us / SECOND)
    if end.result in (Result.MISSED, Result.CANCELLED, Result.SUPERSEDED) and emitted > UNTOLD_US * len(sounds):
        case.blame("heard_but_not_said", end.airing, end.result, emitted / SECOND)


# -- P3 ------------------------------------------------------------------------------------------------------


def _owed(case: Case, end: AiringEnded) -> None:
    """With power, clock, content, sink, plan and floor it starts within a second, and then goes to its end."""
    known = case.version(end.airing, end.due_us)
    if known is None:
        return
    since, planned = known
    start = planned.start_us
    if end.reason is Reason.STOPPED and _was_stopped(case, end):
        return
    if end.by in case.record.faults or _was_stopped_in_turn(case, end.by):
        return  # what took the floor could then not be played, or was stopped before its first sample
    if since > start - READY_US or not _undisturbed(case, end.airing, planned, start - READY_US, start + 2 * SECOND):
        return
    sounds = case.sounds.get(end.airing, [])
    bound = max((sound.clock_error_us for sound in sounds), default=0)
    if not any(abs(one.began_us - start) <= max(PUNCTUAL_US, bound + SLACK_US) for one in sounds):
        case.blame("lost_without_reason", end.airing, end.result, end.reason, "due", case.second(start))
    elif end.result not in _wanted(planned) and _undisturbed(
        case, end.airing, planned, start - READY_US, planned.end_us + 2 * SECOND
    ):
        case.blame("cut_without_reason", end.airing, end.result, end.reason, "due", case.second(start))


def _was_stopped_in_turn(case: Case, order: str | None) -> bool:
    ends = case.ends.get(AiringId(order), []) if order else []
    return order in case.given and any(one.reason is Reason.STOPPED for one in ends)


def _undisturbed(case: Case, airing: AiringId, planned: PlannedAiring, low_us: int, high_us: int) -> bool:
    record = case.record
    everything = record.up.throughout(low_us, high_us) and record.clock.throughout(low_us, high_us)
    held = all(record.held[content].throughout(low_us, high_us) for content in planned.contents())
    calm = not any(low_us <= when <= high_us and by > SLACK_US for when, by in record.jumps)
    return (
        everything
        and held
        and calm
        and airing not in record.faults
        and record.had_output(low_us, high_us)
        and _has_floor(case, airing, planned, low_us, high_us)
        and _still_planned(case, airing, high_us)
    )


def _has_floor(case: Case, airing: AiringId, planned: PlannedAiring, low_us: int, high_us: int) -> bool:
    """Whether nothing else sounds while it should."""
    parts = [(max(low_us, one.start_us), min(high_us, one.end_us)) for one in planned.parts]
    return not any(case.others(airing, low + SLACK_US, high - SLACK_US) for low, high in parts if high > low)


def _still_planned(case: Case, airing: AiringId, high_us: int) -> bool:
    """Whether every plan that the box accepted by then names it as it was."""
    versions = {known for when, known in case.record.knew.get(airing, []) if when <= high_us}
    accepted = [seq for when, seq in case.record.plans if when <= high_us]
    first = next((n for n, seq in enumerate(accepted) if airing in case.published.get(seq, {})), len(accepted))
    same = {case.published.get(seq, {}).get(airing) for seq in accepted[first:]}
    return len(same) == 1 and len(versions) >= 1


def _wanted(planned: PlannedAiring) -> set[Result]:
    """What an undisturbed airing of this plan may end in: either where it was cut just where whole begins."""
    beyond = sum(part.length_us for part in planned.parts) - planned.duration_us * 95 // 100
    if abs(beyond) <= SLACK_US:
        return {Result.PLAYED, Result.PARTIAL}
    return {Result.PARTIAL} if beyond < 0 else {Result.PLAYED}


def _true_reason(case: Case, end: AiringEnded) -> None:
    """Whatever was not played whole says why, and that is so."""
    if end.result is Result.PLAYED:
        return
    if not _TRUE.get(end.reason, _never)(case, end):
        case.blame("untrue_reason", end.airing, end.result, end.reason, end.by, "due", case.second(end.due_us))


def _span(case: Case, end: AiringEnded) -> tuple[int, int]:
    return end.due_us - READY_US, max(end.due_us, case.end_moment(end.airing))


def _was_off(case: Case, end: AiringEnded) -> bool:
    return not case.record.up.throughout(*_span(case, end))


def _had_no_clock(case: Case, end: AiringEnded) -> bool:
    return not case.record.clock.throughout(*_span(case, end))


def _lacked_content(case: Case, end: AiringEnded) -> bool:
    held = (case.record.held[content].throughout(*_span(case, end)) for content in end.contents)
    return not all(held) or end.airing in case.record.faults


def _broke(case: Case, end: AiringEnded) -> bool:
    return end.airing in case.record.faults


def _lost_floor(case: Case, end: AiringEnded) -> bool:
    if end.by is None:
        return False
    known = case.version(end.airing, case.end_moment(end.airing))
    mine, its = case.given.get(end.airing), case.given.get(AiringId(end.by))
    if mine and its:
        return its.ends(mine) and its.planned.id in case.record.heard
    if its and its.planned.id in case.record.heard and case.record.released[end.airing]:
        return True  # the order took the floor before the first sample, and may itself have been stopped before its own
    planned_so = known is not None and known[1].cut_by == end.by
    low, high = _span(case, end)
    broke = end.by in case.record.faults  # it took the floor and then could not be played
    taker = case.version(AiringId(end.by), high)
    was_due = taker is not None and low <= taker[1].start_us <= high + SECOND  # and then the power went
    return planned_so or broke or was_due or bool(case.others(end.airing, low, high + SECOND))


def _was_stopped(case: Case, end: AiringEnded) -> bool:
    """By an order to this cluster that was obeyed while it stood, and that meant this airing."""
    order = next((one for one in case.orders if one.by == end.by), None)
    obeyed = case.record.obeyed.get(order.seq) if order else None
    if order is None or obeyed is None or obeyed > order.expires_us + 5 * SECOND:
        return False
    sounded = any(one.began_us - SECOND <= obeyed <= one.ended_us + SECOND for one in case.sounds.get(end.airing, []))
    if order.airings:
        return end.airing in order.airings
    given = case.given.get(end.airing)
    if (given.made_us if given else end.due_us) > order.made_us:
        return False  # a stop for whatever sounds means nothing that was given, or due, later
    waited = given is not None or bool(_taken_by(case, end.airing)) or _waited(case, end, obeyed)
    return sounded or waited or _nearly_began(case, end, obeyed)


def _taken_by(case: Case, airing: AiringId) -> list[Sound]:
    """What an emergency or a drill took the floor from: how it had sounded until then."""
    orders = [one for name in case.given for one in case.sounds.get(name, [])]
    mine = case.sounds.get(airing, [])
    return [one for one in mine if any(abs(one.ended_us - other.began_us) < SECOND // 10 for other in orders)]


def _waited(case: Case, end: AiringEnded, moment_us: int) -> bool:
    """Whether it had begun or was due, and an order that the box had heard was not over: that may have the floor."""
    orders = (one for one, times in case.record.heard.items() if times[0] <= moment_us)
    stood = any(case.record.ended.get(one, [moment_us])[0] > moment_us - SECOND for one in orders)
    return stood and min(case.record.begun.get(end.airing, moment_us), end.due_us) < moment_us


def _nearly_began(case: Case, end: AiringEnded, moment_us: int) -> bool:
    """It was released, and stopped before its first sample."""
    return any(moment_us - SECOND <= when <= moment_us for when in case.record.released[end.airing])


def _was_withdrawn(case: Case, end: AiringEnded) -> bool:
    moment = case.end_moment(end.airing)
    accepted = [seq for when, seq in case.record.plans if when <= moment + SECOND]
    return bool(accepted) and end.airing not in case.published.get(accepted[-1], {})


def _was_late(case: Case, end: AiringEnded) -> bool:
    """Late needs something that made it late."""
    begun = case.record.begun.get(end.airing, FOREVER)
    known = [when for when, _ in case.record.knew.get(end.airing, []) if when < begun]
    came_late = not known or known[-1] > end.due_us - READY_US
    low, high = _span(case, end)
    jumped = any(low - 60 * SECOND <= when <= high and by > SLACK_US for when, by in case.record.jumps)
    busy = bool(case.others(end.airing, end.due_us, high))
    checks = (_was_off, _had_no_clock, _lacked_content)
    return came_late or jumped or busy or any(check(case, end) for check in checks)


def _never(_case: Case, _end: AiringEnded) -> bool:
    return False


_TRUE = {
    Reason.POWER_OFF: _was_off,
    Reason.CLOCK: _had_no_clock,
    Reason.NO_MEDIA: _lacked_content,
    Reason.CORRUPT: _lacked_content,
    Reason.AUDIO_FAULT: _broke,
    Reason.PREEMPTED: _lost_floor,
    Reason.STOPPED: _was_stopped,
    Reason.WITHDRAWN: _was_withdrawn,
    Reason.LATE: _was_late,
}
