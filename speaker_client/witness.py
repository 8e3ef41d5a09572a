"""What a sensor proves of every airing: which stretches are compared when, and what is said of them.

Stretches follow each other and are not compared again at every step, so that in an hour of silence no likeness is found
by sheer number of tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from speaker_client.likeness import AFTER, BEFORE, Likeness, compare
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber

FIRST_TRY = 300
"""Frames after which a clear case is decided."""

STRETCH = 600
SILENCE_BEFORE = 50
"""Frames before the first sound that are compared too: that there was nothing yet is part of how it begins."""

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
    """An airing on air: its sound left in the frames [first, end), the first `tried` of which were compared."""

    first: int
    end: int
    tried: int = 0
    open: list[Ear] = field(default_factory=list)
    doubted: set[Ear] = field(default_factory=set)


class Witness:
    """Says of every ear once that it heard an airing, and once, if that is so by then, that it does not."""

    def __init__(self, ears: Iterable[Ear]) -> None:
        self._ears = tuple(ears)
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
        for ear in tuple(case.open):
            likeness = compare(played(ear, first, end), captured(ear, first - BEFORE, end + AFTER))
            if likeness is None:
                continue
            if likeness.sounded:
                case.open.remove(ear)
            elif enough and ear not in case.doubted:
                case.doubted.add(ear)
            else:
                continue
            yield Finding(airing, ear, likeness, max(first, case.first) + max(0, likeness.lag))


def _next(case: _Case, over: bool) -> tuple[int, int] | None:
    """The next stretch to compare, as soon as all of it has left; the last one is what is there at the end."""
    length = case.end - case.first
    wanted = FIRST_TRY if not case.tried else (case.tried // STRETCH + 1) * STRETCH
    if length < wanted and not (over and length > case.tried):
        return None
    until = min(wanted, length)
    return case.first + max(-SILENCE_BEFORE, until - STRETCH), case.first + until
