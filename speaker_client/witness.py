"""What a sensor proves of every airing: which stretches are compared when, and what is said of them.

Stretches follow each other and are not compared again at every step, so that in an hour of silence no likeness is found
by sheer number of tries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from speaker_client.likeness import AFTER, BEFORE, LATEST, Likeness, compare
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber

FIRST_TRY = 300
"""Frames after which a clear case is decided."""

STRETCH = 600
SILENCE_BEFORE = 50
"""Frames before the first sound that are compared too: that there was nothing yet is part of how it begins."""

CROSSTALK_DB = -20.0
"""A line on which what was played is so much weaker than on another one hears that other one and is dead itself."""

Ear = frozenset[LoudspeakerNumber]
"""The loudspeakers that one input of a sensor hears; more than one where it cannot tell them apart."""

Levels = Callable[[Ear, int, int], Sequence[float]]
"""What an ear heard, or what its loudspeakers were given, in the frames [first, end)."""


@dataclass(frozen=True)
class Finding:
    """What one ear can say of an airing; `from_frame` is where what it compared began to be heard."""

    airing: AiringId
    ear: Ear
    likeness: Likeness
    from_frame: int


@dataclass
class _Case:
    """An airing on air: its sound left in the frames [first, end), the first `tried` of which were compared.

    `loudest_db`: how loud it was proven to sound, beside what was played, where it did so loudest.
    """

    first: int
    end: int
    tried: int = 0
    loudest_db: float = -math.inf
    open: list[Ear] = field(default_factory=list)
    doubted: set[Ear] = field(default_factory=set)


class Witness:
    """Says of every ear once that it heard an airing, and once, if that is so by then, that it does not.

    What comes more than `latest` frames after it was played is not ours.
    """

    def __init__(self, ears: Iterable[Ear], latest: int = LATEST) -> None:
        self._ears, self._latest = tuple(ears), latest
        self._cases: dict[AiringId, _Case] = {}

    def left(self, airing: AiringId, first: int, end: int) -> None:
        """Sound of an airing left in these frames."""
        case = self._cases.setdefault(airing, _Case(first, end, open=list(self._ears)))
        case.end = max(case.end, end)

    def look(self, now: int, played: Levels, captured: Levels) -> list[Finding]:
        """What is new at frame `now`."""
        findings: list[Finding] = []
        for airing, case in list(self._cases.items()):
            over = now > case.end + AFTER
            while (stretch := _next(case, over)) and stretch[1] + AFTER < now:
                case.tried = stretch[1] - case.first
                findings += self._judge(airing, case, stretch, played, captured)
            if over and case.tried >= case.end - case.first:
                del self._cases[airing]
        return findings

    def _judge(
        self, airing: AiringId, case: _Case, stretch: tuple[int, int], played: Levels, captured: Levels
    ) -> Iterable[Finding]:
        first, end = stretch
        enough = case.tried >= STRETCH or end == case.end
        compared: dict[Ear, Likeness] = {}
        for ear in case.open:
            beside = captured(ear, first - BEFORE, end + AFTER)
            if likeness := compare(played(ear, first, end), beside, self._latest):
                compared[ear] = likeness
        for ear, likeness in _without_crosstalk(case, compared).items():
            if likeness.sounded:
                case.open.remove(ear)
            elif enough and likeness.silent and ear not in case.doubted:
                case.doubted.add(ear)
            else:
                continue
            yield Finding(airing, ear, likeness, max(first, case.first) + max(0, likeness.lag))


def _without_crosstalk(case: _Case, compared: Mapping[Ear, Likeness]) -> dict[Ear, Likeness]:
    """The same, where only the loudest of what is ours, and what is hardly weaker, is taken for the ear's own."""
    case.loudest_db = max([case.loudest_db, *(one.gain_db for one in compared.values() if one.sounded)])
    least_db = case.loudest_db + CROSSTALK_DB
    return {ear: one if one.gain_db >= least_db else replace(one, confidence=0.0) for ear, one in compared.items()}


def _next(case: _Case, over: bool) -> tuple[int, int] | None:
    """The next stretch to compare, as soon as all of it has left; the last one is what is there at the end."""
    length = case.end - case.first
    wanted = FIRST_TRY if not case.tried else (case.tried // STRETCH + 1) * STRETCH
    if length < wanted and not (over and length > case.tried):
        return None
    until = min(wanted, length)
    return case.first + max(-SILENCE_BEFORE, until - STRETCH), case.first + until
