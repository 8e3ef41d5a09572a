"""P7 and the adversary: journals without holes, the same on both sides; nothing obeyed that was not the station's."""

from __future__ import annotations

from itertools import pairwise

from speaker_client.protocol.report import GENESIS, chain_hash
from tests.simulation.oracle import Case


def judge_journal(case: Case) -> None:
    """Blame holes, forks, and plans that were not the station's next ones."""
    texts = [case.memory.reports[n] for n in sorted(case.memory.reports)]
    received = case.books.journals[case.box].texts
    if texts != received:
        case.blame("journals_differ", None, len(texts), "lines on the box,", len(received), "at the station")
    if sorted(case.memory.reports) != list(range(1, case.memory.n + 1)):
        case.blame("hole_in_journal", None)
    head = GENESIS
    for report, text in zip(case.reports, texts, strict=True):
        if report.prev != head:
            case.blame("chain_broken", None, report.n)
        head = chain_hash(text)
    plans = [seq for _, seq in case.record.plans]
    if any(after <= before for before, after in pairwise(plans)):
        case.blame("plan_went_back", None, plans)
    if any(seq not in case.published for seq in plans):
        case.blame("plan_not_ours", None, plans)
    for mishap in case.books.mishaps:
        if mishap.endswith(str(case.box)):
            case.blame("contradiction", None, mishap)
    for when, wrong, bound in case.record.clock_lies[:1]:
        case.blame("clock_lied", None, case.second(when), wrong, "µs wrong, bound", bound)
