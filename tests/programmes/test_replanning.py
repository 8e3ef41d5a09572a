"""Whatever is made, edited, deleted, played or stopped: what holds of every plan and of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audio_library.content import ContentId
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import local
from broadcast_server.schedule.programme import (
    Cluster,
    Everywhere,
    IfBusy,
    IfInterrupted,
    Item,
    Loudspeaker,
    Programme,
    Target,
)
from broadcast_server.schedule.promise import PROMISED_US
from broadcast_server.schedule.publication import RENEWAL_US
from broadcast_server.schedule.rule import Daily, Once, Rule
from broadcast_server.schedule.station import ClusterSite, Station
from speaker_client.protocol.ids import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AiringId,
    ClusterId,
    LoudspeakerNumber,
    ProgrammeId,
    RuleId,
    VillageId,
)
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.priority import Priority
from tests.programmes.desk import Desk
from tests.programmes.stage import MONDAY, overlaps

ZONE = "Asia/Ho_Chi_Minh"
HORNS = frozenset({LoudspeakerNumber(1), LoudspeakerNumber(2)})
MARKET, PAGODA = ClusterId("market"), ClusterId("pagoda")
COMMUNE = Station(
    frozenset({VillageId("v")}),
    (ClusterSite(MARKET, VillageId("v"), HORNS), ClusterSite(PAGODA, VillageId("v"), HORNS)),
)
TARGETS: list[tuple[Target, ...]] = [(Everywhere(),), (Cluster(MARKET),), (Loudspeaker(PAGODA, LoudspeakerNumber(2)),)]
LADDER = [Priority.EMERGENCY, Priority.PRIORITY_COMMUNE, Priority.OWN, Priority.OWN, Priority.OWN, Priority.RELAY]
SOON = [5 * SECOND, 59 * SECOND, 61 * SECOND, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR, DAY]
"""How far ahead things are scheduled: close enough together that they collide."""
SPANS = [SECOND, 30 * SECOND, MINUTE, 4 * MINUTE, 10 * MINUTE, 45 * MINUTE, 3 * HOUR, 13 * HOUR]

content = st.builds(
    lambda priority, minutes, targets, grace, busy, cut: {
        "priority": priority,
        "items": (Item(ContentId(f"{minutes:064x}"), minutes * MINUTE, 1000),),
        "targets": targets,
        "grace_us": grace,
        "if_busy": busy,
        "if_interrupted": cut,
    },
    st.sampled_from(LADDER),
    st.sampled_from([1, 5, 12, 30]),
    st.sampled_from(TARGETS),
    st.sampled_from([0, 5 * MINUTE, HOUR]),
    st.sampled_from(IfBusy),
    st.sampled_from(IfInterrupted),
)


class Replanning(RuleBasedStateMachine):
    """An officer, the clock, and boxes that do as they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(COMMUNE, MONDAY, silent=frozenset({PAGODA}))
        self.count = 0
        self.quiet = False
        self.ever_published: set[AiringId] = set()
        self.ever_withdrawn: set[AiringId] = set()
        self.replan()

    def replan(self) -> None:
        """Re-plan; when nothing happened but time, nothing but a renewal may come of it."""
        due = {one: self.desk.now_us - plan.made_us >= RENEWAL_US for one, plan in self.desk.in_force.items()}
        found = self.desk.replan()
        for cluster, one in found.items():
            if self.quiet and not due[cluster]:
                assert one.airings is None, (one.added, one.changed, one.withdrawn)
            starts = [added.due_us for added in one.added]
            assert all(start > self.desk.now_us for start in starts)
        for one in self.desk.replan().values():
            assert one.airings is None, (one.added, one.changed, one.withdrawn)
        self.quiet = True

    @rule(content=content, ahead_us=st.sampled_from(SOON), every_day=st.booleans())
    def make(self, content: dict[str, object], ahead_us: int, every_day: bool) -> None:
        """A new programme."""
        self.count += 1
        programme = ProgrammeId(f"p{self.count}")
        self.desk.programmes[programme] = Programme(id=programme, title=str(programme), **content)
        self.desk.rules[RuleId(f"r{self.count}")] = self._rule(programme, ahead_us, every_day)
        self._changed()

    def _rule(self, programme: ProgrammeId, ahead_us: int, every_day: bool) -> Rule:
        moment = local(ZONE, self.desk.now_us + ahead_us)
        recurrence = Daily() if every_day else Once()
        name = RuleId(f"r{self.count}")
        return Rule(name, programme, moment.date(), (moment.time().replace(microsecond=0),), recurrence, zone=ZONE)

    @precondition(lambda self: self.desk.programmes)
    @rule(data=st.data(), content=content)
    def edit_programme(self, data: st.DataObject, content: dict[str, object]) -> None:
        """Other content, another priority, other places."""
        programme = data.draw(st.sampled_from(sorted(self.desk.programmes)))
        self.desk.programmes[programme] = replace(self.desk.programmes[programme], **content)
        self._changed()

    @precondition(lambda self: self.desk.rules)
    @rule(data=st.data(), ahead_us=st.sampled_from(SOON), every_day=st.booleans())
    def edit_rule(self, data: st.DataObject, ahead_us: int, every_day: bool) -> None:
        """Another time."""
        name = data.draw(st.sampled_from(sorted(self.desk.rules)))
        self.desk.rules[name] = self._rule(self.desk.rules[name].programme, ahead_us, every_day)
        self._changed()

    @precondition(lambda self: self.desk.rules)
    @rule(data=st.data())
    def skip_a_day_or_take_it_back(self, data: st.DataObject) -> None:
        """An exception comes or goes: what was withdrawn may return."""
        name = data.draw(st.sampled_from(sorted(self.desk.rules)))
        day = local(ZONE, self.desk.now_us).date() + timedelta(days=data.draw(st.integers(0, 1)))
        toggled: frozenset[date] = self.desk.rules[name].exceptions ^ {day}
        self.desk.rules[name] = replace(self.desk.rules[name], exceptions=toggled)
        self._changed()

    @precondition(lambda self: self.desk.programmes)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """A programme goes, with its rules."""
        programme = data.draw(st.sampled_from(sorted(self.desk.programmes)))
        del self.desk.programmes[programme]
        self.desk.rules = {name: one for name, one in self.desk.rules.items() if one.programme != programme}
        self._changed()

    @rule(span_us=st.sampled_from(SPANS))
    def time_passes(self, span_us: int) -> None:
        """Boxes play; every ten minutes there is a look at the plans."""
        end = self.desk.now_us + span_us
        while self.desk.now_us < end:
            self.desk.play(min(end, self.desk.now_us + 10 * MINUTE))
            self.replan()

    @precondition(lambda self: any(not row.ended for row in self.desk.rows.values()))
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        """An airing is stopped, on air or before."""
        open_ones = sorted(name for name, row in self.desk.rows.items() if row.planned and not row.ended)
        if open_ones:
            name = data.draw(st.sampled_from(open_ones))
            self.desk.rows[name] = replace(self.desk.rows[name], state=State.CANCELLED)
            self._changed()

    def _changed(self) -> None:
        before = {cluster: dict(self.desk.live(cluster)) for cluster in self.desk.plans}
        self.quiet = False
        self.replan()
        for cluster, rows in before.items():
            kept = {one.id: one for one in self.desk.plans[cluster]}
            for name, row in rows.items():
                assert row.planned is not None
                if row.state is State.PLAYING:
                    assert _content(kept[name]) == _content(row.planned)
                    assert _over(kept[name], self.desk.now_us) == _over(row.planned, self.desk.now_us)
                elif name in kept and row.planned.start_us <= self.desk.now_us + PROMISED_US:
                    assert _content(kept[name]) == _content(row.planned)

    @invariant()
    def parts_follow_the_programme(self) -> None:
        for airing in (one for airings in self.desk.plans.values() for one in airings):
            for one, two in pairwise(airing.parts):
                assert one.end_us <= two.start_us
                assert one.from_us + one.length_us <= two.from_us

    @invariant()
    def nothing_in_a_plan_overlaps(self) -> None:
        for airings in self.desk.plans.values():
            assert overlaps(airings) == []

    @invariant()
    def the_log_expects_what_the_plans_carry(self) -> None:
        for cluster, airings in self.desk.plans.items():
            carried = {one.id: one for one in airings}
            for name, row in self.desk.live(cluster).items():
                assert carried[name] == row.planned
            for name in carried:
                row = self.desk.rows[name]
                assert not row.withdrawn

    @invariant()
    def what_was_published_stays_in_the_log(self) -> None:
        published = {name for name, row in self.desk.rows.items() if row.planned is not None}
        assert self.ever_published <= published
        self.ever_published = published

    @invariant()
    def what_was_withdrawn_never_returns(self) -> None:
        withdrawn = {name for name, row in self.desk.rows.items() if row.withdrawn}
        assert self.ever_withdrawn <= withdrawn
        self.ever_withdrawn = withdrawn

    @invariant()
    def an_occurrence_is_expected_once_a_cluster(self) -> None:
        current = [row.key for row in self.desk.rows.values() if not row.withdrawn]
        assert len({(key.occurrence, key.cluster) for key in current}) == len(current)

    @invariant()
    def nothing_that_is_due_is_still_waiting_to_be_overruled(self) -> None:
        waiting = [row for row in self.desk.rows.values() if row.planned is None and row.state is State.PENDING]
        assert all(row.start_us > self.desk.now_us for row in waiting)

    @invariant()
    def nearly_seven_days_are_planned(self) -> None:
        assert all(plan.until_us - self.desk.now_us > 6.74 * DAY for plan in self.desk.in_force.values())


def _content(planned: PlannedAiring) -> tuple[object, ...]:
    return planned.title, planned.items, planned.priority, planned.loudspeakers


def _over(planned: PlannedAiring, now_us: int) -> list[tuple[int, int]]:
    """What had been heard by then, as (start, how far into the programme)."""
    return [(part.start_us, part.from_us) for part in planned.parts if part.start_us <= now_us]


TestReplanning = Replanning.TestCase
TestReplanning.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
