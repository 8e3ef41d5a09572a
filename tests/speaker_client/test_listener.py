"""What the station says of the journal counts only signed, for us, and about what we handed in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from speaker_client.cache import Bounds, Cache
from speaker_client.conductor import Conductor
from speaker_client.floor import Floor
from speaker_client.holdings import CacheHoldings
from speaker_client.journal import SqliteJournal
from speaker_client.listener import Listener
from speaker_client.memory import Acknowledged, Forgot, Kept
from speaker_client.orders import Orders
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.ids import DAY, HOUR, AiringId, LoudspeakerNumber, OccurrenceId, ProgrammeId
from speaker_client.protocol.plan import Item, Part, Plan, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import GENESIS, Ack, Booted, Fork, Refused, Report, chain_hash
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Audience, box_audience
from speaker_client.reporter import Reporter, unsent
from speaker_client.sync import Now, Trust
from tests.speaker_client.sound_of_tests import Bench
from tests.speaker_client.station_of_tests import BOX, NOW, STATION, MiniStation

STATION_MADE = MiniStation()
HERE = Now(5, NOW, 3, Trust.ATTESTED)
ELSEWHERE = "e" * 64


class Ear:
    """A listener over a real journal of five lines, two of them acknowledged."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self.journal = SqliteJournal(folder / "journal.db")
        memory = self.memory = self.journal.memory
        self.journal.commit([Kept("keyring", STATION_MADE.keyring().seal([STATION_MADE.root]).model_dump_json())])
        reporter = Reporter(memory, BOX, "boot")
        holdings = CacheHoldings(Cache(folder / "content", Bounds(1 << 30, 0)))
        floor = Floor(self.journal, bench.deck, holdings)
        orders = Orders(self.journal, floor, Conductor(self.journal, floor, reporter), reporter)
        self.listener = Listener(STATION_MADE.identity, self.journal, orders, reporter)
        for n in range(5):
            self.journal.commit(reporter.lines([Booted(software=str(n), machine_boot="m")], HERE))
        self.journal.commit([Acknowledged(2)])

    @property
    def last(self) -> str:
        """The hash of the last line of what would be handed in now."""
        batch = unsent(self.memory, STATION, BOX)
        assert batch
        return chain_hash(batch.reports[-1])

    def told(self, key: SigningKey | None = None, **changes: Any) -> bool:
        """The station says, in answer to the next batch, that its copy is another one."""
        last = self.last
        words = {"upto": 40, "head": ELSEWHERE, "answers": last, **changes}
        fork = Fork(
            station=STATION,
            audience=box_audience(BOX),
            seq=1,
            not_before_us=NOW - DAY,
            expires_us=NOW + DAY,
            upto=0,
            head=GENESIS,
            answers="",
        ).model_copy(update=words)
        return self.listener.forked(fork.seal([key or STATION_MADE.schedule]).model_dump(), last, HERE)

    def acknowledged(self, upto: int, head: str, key: SigningKey | None = None) -> bool:
        """The station says that it has everything up to there."""
        ack = Ack(
            station=STATION,
            audience=box_audience(BOX),
            seq=1,
            not_before_us=NOW - DAY,
            expires_us=NOW + DAY,
            upto=upto,
            head=head,
        )
        return self.listener.acknowledgement(ack.seal([key or STATION_MADE.schedule]), HERE)

    def numbers(self) -> list[int]:
        """Of the lines that the box has, the same on disk as in memory."""
        return sorted(self.memory.reports)


@pytest.fixture
def ear(tmp_path: Path) -> Any:
    with Bench() as bench:
        ear = Ear(tmp_path, bench)
        yield ear
        on_disk = SqliteJournal(tmp_path / "journal.db")
        assert on_disk.memory == ear.memory
        on_disk.close()
        ear.journal.close()


def test_a_journal_that_the_station_has_otherwise_goes_on_from_there_and_keeps_what_was_acknowledged(ear: Ear) -> None:
    evidence = [ear.memory.reports[n] for n in (1, 2)]
    assert ear.told()
    assert ear.numbers() == [1, 2, 41, 42, 43, 44]
    assert [ear.memory.reports[n] for n in (1, 2)] == evidence
    batch = unsent(ear.memory, STATION, BOX)
    assert batch
    reports = [Report.model_validate_json(text) for text in batch.reports]
    assert [report.body.kind for report in reports] == ["log_lost", "booted", "booted", "booted"]
    assert reports[0].prev == ELSEWHERE
    assert all(after.prev == chain_hash(before.text()) for before, after in pairwise(reports))


def test_a_station_that_lost_what_it_acknowledged_is_sent_it_again(ear: Ear) -> None:
    assert ear.told(upto=1, head=chain_hash(ear.memory.reports[1]))
    assert (ear.memory.acknowledged, ear.numbers()) == (1, [1, 2, 3, 4, 5])


def test_a_station_that_lost_more_than_the_box_has_is_sent_what_it_has(ear: Ear) -> None:
    ear.journal.commit([Forgot(0, 1)])
    assert ear.told(upto=0, head=GENESIS)
    assert (ear.memory.acknowledged, ear.numbers()) == (1, [2, 3, 4, 5])
    assert not ear.told(upto=0, head=GENESIS), "there is nothing more to send"


def test_no_batch_goes_over_the_hole_of_a_journal_that_was_lost(ear: Ear) -> None:
    assert ear.told()
    assert ear.told(upto=1, head=chain_hash(ear.memory.reports[1]))
    batch = unsent(ear.memory, STATION, BOX)
    assert batch
    assert ([Report.model_validate_json(one).n for one in batch.reports], batch.after) == ([2], 1)
    ear.journal.commit([Acknowledged(2)])
    batch = unsent(ear.memory, STATION, BOX)
    assert batch
    assert ([Report.model_validate_json(one).n for one in batch.reports], batch.after) == ([41, 42, 43, 44], 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": SigningKey.born()},
        {"key": STATION_MADE.time},
        {"station": "elsewhere"},
        {"audience": Audience("box:another")},
        {"answers": ELSEWHERE},
        {"upto": 2**53},
        {"upto": 1_000_006},
        {"upto": 10**30},
        {"upto": -1},
        {"upto": 1},
        {"head": "evil"},
        {"head": "E" * 64},
        {"kind": "ack"},
        {"expires_us": 1, "not_before_us": 0},
    ],
    ids=str,
)
def test_anything_else_is_not_obeyed(ear: Ear, changes: dict[str, Any]) -> None:
    assert not ear.told(**changes)
    assert (ear.memory.n, ear.memory.acknowledged, ear.numbers()) == (5, 2, [1, 2, 3, 4, 5])


def test_our_own_head_is_no_fork(ear: Ear) -> None:
    assert not ear.told(upto=4, head=chain_hash(ear.memory.reports[4]))
    assert ear.numbers() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("said", [None, [], "fork", {}, {"payload": "[" * 4000, "signatures": []}, {"upto": 40}])
def test_what_is_not_signed_at_all_is_not_obeyed(ear: Ear, said: object) -> None:
    assert not ear.listener.forked(said, ear.last, HERE)
    assert ear.memory.n == 5


def test_an_answer_to_an_earlier_batch_does_not_count_twice(ear: Ear) -> None:
    last = ear.last
    assert ear.told()
    assert not ear.told(upto=60, answers=last)
    assert ear.memory.n == 44


def planned(priority: int) -> PlannedAiring:
    """An airing in an hour."""
    return PlannedAiring(
        id=AiringId(f"{priority:032}"),
        occurrence=OccurrenceId("o" * 32),
        programme=ProgrammeId("p"),
        title="Bản tin",
        priority=priority,
        loudspeakers=(LoudspeakerNumber(1),),
        items=(Item(content="c" * 64, size=10, duration_us=60_000_000),),
        parts=(Part(start_us=NOW + HOUR, length_us=60_000_000),),
        grace_us=0,
    )


def bundle(plan: Plan) -> Bundle:
    """The plan with what belongs to it, signed."""
    return Bundle(
        keyring=STATION_MADE.keyring().seal([STATION_MADE.root]),
        config=STATION_MADE.config().seal([STATION_MADE.schedule]),
        plan=plan.seal([STATION_MADE.schedule]),
        inbox=(),
    )


@pytest.mark.parametrize("priority", [Priority.LIVE_EMERGENCY, Priority.EMERGENCY, 10_000])
def test_the_schedules_key_makes_no_emergencies_and_the_station_hears_why(ear: Ear, priority: int) -> None:
    ear.listener.bundle(bundle(STATION_MADE.plan(1, (planned(40), planned(priority)))), HERE)
    assert not ear.memory.standings
    ear.listener.flush_refusals(HERE)
    said = Report.model_validate_json(ear.memory.reports[ear.memory.n]).body
    assert said == Refused(code="emergency_in_plan", statement="plan")
    ear.listener.bundle(bundle(STATION_MADE.plan(2, (planned(40), planned(Priority.PRIORITY_ABOVE)))), HERE)
    assert len(ear.memory.standings) == 2


def test_only_what_the_station_has_as_we_have_it_is_acknowledged(ear: Ear) -> None:
    assert not ear.acknowledged(4, ELSEWHERE)
    assert not ear.acknowledged(6, ELSEWHERE)
    assert not ear.acknowledged(4, chain_hash(ear.memory.reports[4]), SigningKey.born())
    assert not ear.acknowledged(2, chain_hash(ear.memory.reports[2])), "a replay: nobody may ask again at once"
    assert ear.memory.acknowledged == 2
    assert ear.acknowledged(4, chain_hash(ear.memory.reports[4]))
    assert ear.memory.acknowledged == 4
