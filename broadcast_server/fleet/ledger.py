"""The log's arithmetic: what was expected × what was reported → one end for every airing.

The box's word is final, and stands above what the station concluded without it. What a box says twice, or of
what it was never told, is a contradiction to be recorded; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from speaker_client.protocol.ids import MINUTE, AiringId, Micros
from speaker_client.protocol.report import AiringEnded, AiringStarted, Reason, Result

PATIENCE = Micros(10 * MINUTE)
"""How long after its end an airing may stay without word before it is called UNKNOWN."""


class State(StrEnum):
    """Where an airing stands; the last five are ends."""

    PENDING = "PENDING"
    PLAYING = "PLAYING"
    UNKNOWN = "UNKNOWN"
    PLAYED = "PLAYED"
    PARTIAL = "PARTIAL"
    MISSED = "MISSED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"


ENDS = frozenset({State.PLAYED, State.PARTIAL, State.MISSED, State.SUPERSEDED, State.CANCELLED})


class Contradiction(Exception):
    """A report that cannot be true beside what is already known; `code` is stable."""

    def __init__(self, code: str, airing: AiringId) -> None:
        super().__init__(f"{code}: airing {airing}")
        self.code, self.airing = code, airing


@dataclass(frozen=True)
class Airing:
    """One airing in the log. `first_plan`: seq of the first plan that carried it, None if it was never published;
    `withdrawn_plan`: seq of the first plan that no longer did, since `withdrawn_by` changed the timetable; if its
    occurrence is wanted still, and only lost the floor, `by` names what has it. `report`: the box's last word, None
    before."""

    id: AiringId
    start_us: int
    end_us: int
    until_us: int
    first_plan: int | None = None
    withdrawn_plan: int | None = None
    withdrawn_by: str | None = None
    state: State = State.PENDING
    reason: Reason | None = None
    by: str | None = None
    started_us: int | None = None
    error_us: int | None = None
    sounded_us: int | None = None
    report: AiringEnded | None = None
    decided_us: int | None = None

    @property
    def ended(self) -> bool:
        """Whether it has its one end."""
        return self.state in ENDS


def apply(report: AiringStarted | AiringEnded, airing: Airing, now_us: int) -> Airing:
    """The airing after the box's report on it; Contradiction if that cannot be."""
    if airing.first_plan is None:
        raise Contradiction("never_published", airing.id)
    if airing.report is not None:
        raise Contradiction("ended_twice" if isinstance(report, AiringEnded) else "started_after_end", airing.id)
    if isinstance(report, AiringStarted):
        return _started(report, airing)
    return _ended(report, airing, now_us)


def close(airings: Iterable[Airing], held: int, accepted: int, at_us: int, before: int = 0) -> tuple[Airing, ...]:
    """Those that end because the box went from plan `held` to plan `accepted` (at `at_us`) without a word on them.

    Reports come in the journal's order, so an airing withdrawn by then was dropped in silence or never known, and
    one that was over by then, and first published after `held`, never reached the box. What is on air ends by itself;
    what a box began that another has replaced since (`held` is 0) was cut short. `before` is the newest plan that a
    replaced box of the cluster accepted: what was in it may well have sounded there, so it is never called MISSED and
    stays UNKNOWN, for no box is left to ask.
    """
    if accepted <= held:
        return ()
    silent = (one for one in airings if _without_word(one))
    closed = (_closed(one, held, accepted, at_us, before) for one in silent)
    return tuple(one for one in closed if one is not None)


def unheard(airing: Airing, expires_us: int, at_us: int) -> Airing:
    """An order's airing after the box said at `at_us`, past the order's expiry, anything but a word on it: MISSED, or
    CANCELLED if it was stopped."""
    if airing.ended or airing.report is not None or airing.started_us is not None or at_us <= expires_us:
        return airing
    if airing.withdrawn_by is not None:
        end, reason = State.CANCELLED, Reason.STOPPED
        return replace(airing, state=end, reason=reason, by=airing.withdrawn_by, decided_us=at_us)
    return replace(airing, state=State.MISSED, reason=Reason.NO_ORDER, decided_us=at_us)


def overdue(airing: Airing, now_us: int) -> Airing:
    """UNKNOWN once it should long be over and the box has not spoken; unchanged otherwise."""
    waiting = airing.state in (State.PENDING, State.PLAYING) and airing.first_plan is not None
    if waiting and now_us >= airing.end_us + PATIENCE:
        return replace(airing, state=State.UNKNOWN)
    return airing


def _started(report: AiringStarted, airing: Airing) -> Airing:
    first = airing.started_us is None  # it may go on after a break: the first start is the one that counts
    return replace(
        airing,
        state=State.PLAYING,
        reason=None,
        by=None,
        decided_us=None,
        started_us=report.started_us if first else airing.started_us,
        error_us=report.error_us if first else airing.error_us,
    )


def _ended(report: AiringEnded, airing: Airing, now_us: int) -> Airing:
    first = airing.started_us is None
    told = _STATE_OF[report.result], report.reason, report.by
    state, reason, by = _withdrawn(airing) if report.reason is Reason.WITHDRAWN and report.by is None else told
    return replace(
        airing,
        state=state,
        reason=reason,
        by=by,
        started_us=report.started_us if first else airing.started_us,
        error_us=report.error_us if first else airing.error_us,
        sounded_us=report.sounded_us(),
        report=report,
        decided_us=now_us,
    )


def _without_word(airing: Airing) -> bool:
    return airing.report is None and not airing.ended


def _closed(airing: Airing, held: int, accepted: int, at_us: int, before: int) -> Airing | None:
    if airing.first_plan is None:
        return None
    if airing.started_us is not None:
        orphaned = held == 0 and airing.until_us <= at_us
        return replace(airing, state=State.PARTIAL, reason=Reason.POWER_OFF, decided_us=at_us) if orphaned else None
    if airing.withdrawn_plan is not None and airing.withdrawn_plan <= accepted:
        state, reason, by = _withdrawn(airing)
        return replace(airing, state=state, reason=reason, by=by, decided_us=at_us)
    if max(held, before) < airing.first_plan <= accepted and airing.until_us <= at_us:
        return replace(airing, state=State.MISSED, reason=Reason.NO_PLAN, decided_us=at_us)
    return None


def _withdrawn(airing: Airing) -> tuple[State, Reason, str | None]:
    """The end of one that the box dropped because a plan no longer carried it."""
    if airing.by is not None:
        return State.SUPERSEDED, Reason.PREEMPTED, airing.by
    return State.CANCELLED, Reason.WITHDRAWN, airing.withdrawn_by


_STATE_OF = {
    Result.PLAYED: State.PLAYED,
    Result.PARTIAL: State.PARTIAL,
    Result.MISSED: State.MISSED,
    Result.SUPERSEDED: State.SUPERSEDED,
    Result.CANCELLED: State.CANCELLED,
}
