"""Writes the box's report journal: numbered, chained, each line in the same commit as what it reports."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from speaker_client.memory import Acknowledged, Change, Memory, Unwrote, Wrote
from speaker_client.protocol.ids import BoxId, StationId
from speaker_client.protocol.report import Body, LogLost, Report, ReportBatch, chain_hash
from speaker_client.protocol.statement import Audience
from speaker_client.sync import Now

LARGEST_BATCH = 64


class Reporter:
    """Turns what happened into the next lines of the journal."""

    def __init__(self, memory: Memory, box: BoxId, boot: str) -> None:
        self._memory, self._box, self._boot = memory, box, boot

    def lines(self, bodies: Sequence[Body], now: Now) -> list[Wrote]:
        """The next lines, in order; they count only once they are committed, so commit before asking again."""
        wrote: list[Wrote] = []
        n, head = self._memory.n, self._memory.head
        for body in bodies:
            n += 1
            text = self._report(body, now).model_copy(update={"n": n, "prev": head}).text()
            head = chain_hash(text)
            wrote.append(Wrote(n, text, head))
        return wrote

    def rebased(self, upto: int, head: str, now: Now) -> list[Change]:
        """This journal as the continuation of the one that the station has, up to `upto` (hash `head`).

        For a journal that was lost, or went back to an older state. The hole is declared before anything else; what the
        station has acknowledged stays as it is, and all the rest is said again.
        """
        lost = LogLost(first=upto + 1, last=None)
        unacknowledged = [text for n, text in sorted(self._memory.reports.items()) if n > self._memory.acknowledged]
        reports = [self._report(lost, now), *map(Report.model_validate_json, unacknowledged)]
        wrote: list[Change] = []
        for n, report in enumerate(reports, upto + 1):
            text = report.model_copy(update={"n": n, "prev": head}).text()
            head = chain_hash(text)
            wrote.append(Wrote(n, text, head))
        return [Unwrote(self._memory.acknowledged), Acknowledged(upto), *wrote]

    def _report(self, body: Body, now: Now) -> Report:
        return Report(
            box=self._box,
            boot=self._boot,
            n=self._memory.n + 1,
            prev=self._memory.head,
            at_us=now.utc_us,
            at_error_us=now.error_us,
            body=body,
        )


def unsent(memory: Memory, station: StationId, box: BoxId) -> ReportBatch | None:
    """The next batch that the station does not have yet, unsigned; None when it has everything.

    A journal that was lost once has a hole, where the lines of before are nobody's: no batch goes over it.
    """
    held = memory.reports
    first = memory.acknowledged + 1
    if first not in held:
        first = min((n for n in held if n > first), default=first) if first <= memory.n else first
    numbers = list(takewhile(held.__contains__, range(first, first + LARGEST_BATCH)))
    if not numbers:
        return None
    return ReportBatch(
        station=station,
        audience=Audience("station"),
        seq=numbers[-1],
        not_before_us=0,
        expires_us=1 << 52,
        box=box,
        reports=tuple(held[n] for n in numbers),
        after=first - 1 if first - 1 in held else max((n for n in held if n < first), default=0),
    )
