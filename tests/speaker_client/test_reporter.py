"""The report journal: numbered, chained, and honest about what was lost."""

from __future__ import annotations

import json
from itertools import pairwise

from speaker_client.memory import Memory
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.report import Booted, Fault, Report, chain_hash
from speaker_client.reporter import Reporter
from speaker_client.sync import Now, Trust

NOW = Now(5, 1000, 3, Trust.ATTESTED)


def _kept(memory: Memory, reporter: Reporter, *bodies: Booted | Fault) -> None:
    for line in reporter.lines(bodies, NOW):
        memory.apply(line)


def _chained(memory: Memory) -> list[Report]:
    reports = [Report.model_validate(json.loads(text)) for _, text in sorted(memory.reports.items())]
    for before, after in pairwise(reports):
        assert after.n == before.n + 1
        assert after.prev == chain_hash(before.text())
    return reports


def test_lines_follow_each_other_by_number_and_hash() -> None:
    memory = Memory()
    reporter = Reporter(memory, BoxId("box-1"), "boot")
    _kept(memory, reporter, Booted(software="x", machine_boot="m"))
    _kept(memory, reporter, Fault(code="disk_full", detail="", raised=True))
    assert [report.n for report in _chained(memory)] == [1, 2]
    assert memory.head == chain_hash(memory.reports[2])


def test_a_lost_journal_goes_on_where_the_station_has_it_and_says_what_is_missing() -> None:
    memory = Memory()
    reporter = Reporter(memory, BoxId("box-1"), "boot")
    _kept(memory, reporter, Booted(software="x", machine_boot="m"), Fault(code="a", detail="", raised=True))
    for change in reporter.rebased(40, "f" * 64, NOW):
        memory.apply(change)
    reports = _chained(memory)
    assert [(report.n, report.body.kind) for report in reports] == [(41, "log_lost"), (42, "booted"), (43, "fault")]
    assert reports[0].prev == "f" * 64
    assert (memory.n, memory.acknowledged) == (43, 40)
    _kept(memory, reporter, Fault(code="a", detail="", raised=False))
    assert _chained(memory)[-1].n == 44
