"""Who has the floor of one cluster, against a walk over every tick of it."""

from __future__ import annotations

from datetime import date
from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_server.schedule.floor import Floor
from broadcast_server.schedule.occurrence import Occurrence, Spot, order
from broadcast_server.schedule.programme import Everywhere, IfBusy, IfInterrupted, Item, Programme, Relay
from broadcast_server.schedule.running_order import RunningOrder, running_order, settle
from broadcast_server.schedule.slot import time_on_air
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.priority import Priority
from tests.schedule.oracle import TICK_US, kept_off, last_before, walk_floor

DAY = date(2027, 1, 1).toordinal()


def programme(
    name: str, priority: Priority, ticks: int, grace: int = 0, busy="delay", cut="resume", made=0, relayed=False
) -> Programme:
    if relayed:
        stream = Relay(("source",), ticks * TICK_US)
        return Programme(name, name, priority, (), (Everywhere(),), 0, IfBusy(busy), IfInterrupted(cut), made, stream)
    items, manners = (Item("0" * 64, ticks * TICK_US, 1),), (IfBusy(busy), IfInterrupted(cut))
    return Programme(name, name, priority, items, (Everywhere(),), grace * TICK_US, *manners, made)


def at(tick: int, what: Programme) -> Occurrence:
    start_us = tick * TICK_US
    return Occurrence(start_us, start_us + what.duration_us, Spot(what, "r", start_us, "UTC"), DAY)


@st.composite
def days_on_air(draw: st.DrawFn) -> list[Occurrence]:
    """A crowded while of one cluster; programmes may meet themselves."""
    names = "abcdefgh"[: draw(st.integers(1, 8))]
    ladder = st.sampled_from(draw(st.lists(st.sampled_from(list(Priority)), min_size=1, max_size=3)))
    short = st.integers(1, 5) | st.integers(1, 25)
    manners = st.sampled_from(list(IfBusy)), st.sampled_from(list(IfInterrupted))
    what = st.tuples(ladder, short, st.integers(0, 20), *manners, st.integers(0, 2), st.booleans())
    programmes = {name: programme(name, *draw(what)) for name in names}
    starts = st.tuples(st.integers(0, 70), st.sampled_from(names))
    return [at(tick, programmes[name]) for tick, name in draw(st.lists(starts, unique=True, max_size=16))]


def heard(found: RunningOrder) -> list[tuple[int, Occurrence]]:
    ticks = [
        (tick, slot.occurrence)
        for slot in found.slots
        for part in slot.parts
        for tick in range(part.start_us // TICK_US, part.end_us // TICK_US)
    ]
    return sorted(ticks, key=lambda one: one[0])


@given(days_on_air())
@settings(max_examples=700, deadline=None)
def test_the_floor_is_held_by_whom_the_walk_says(occurrences: list[Occurrence]) -> None:
    walked = walk_floor(occurrences)
    found = running_order(occurrences)
    assert [(tick, one.id) for tick, one in heard(found)] == [(tick, one.id) for tick, one in walked]
    for removal in found.removals:
        assert removal.by == kept_off(removal.occurrence, occurrences, walked).id
        assert removal.waited == (removal.occurrence.programme.if_busy is IfBusy.DELAY)
    for slot in found.slots:
        late = slot.start_us != slot.occurrence.start_us
        assert slot.delayer == (last_before(walked, slot.start_us // TICK_US) if late else None)


@given(days_on_air())
@settings(max_examples=300, deadline=None)
def test_a_meeting_of_two_ends_alike_with_the_floor_and_without(occurrences: list[Occurrence]) -> None:
    for two in pairwise(sorted(occurrences, key=order)):
        if two[0].end_us > two[1].start_us:
            floor = Floor(two)
            floor.run()
            assert settle(two, {}) == (sorted(floor.slots, key=time_on_air), floor.removals)


@given(days_on_air())
@settings(max_examples=300, deadline=None)
def test_nobody_gives_way_to_a_weaker_one(occurrences: list[Occurrence]) -> None:
    found = running_order(occurrences)
    pairs = [(one.occurrence, one.winner) for one in found.removals]
    pairs += [(slot.occurrence, one) for slot in found.slots for one in (slot.delayer, slot.cutter) if one is not None]
    assert all(winner.programme.rung >= loser.programme.rung for loser, winner in pairs)


@given(days_on_air(), st.randoms())
@settings(max_examples=120, deadline=None)
def test_the_order_in_which_they_are_given_does_not_matter(occurrences: list[Occurrence], random) -> None:
    assert running_order(random.sample(occurrences, len(occurrences))) == running_order(occurrences)


@given(days_on_air())
@settings(max_examples=200, deadline=None)
def test_never_two_at_once_and_everyone_accounted_for_once(occurrences: list[Occurrence]) -> None:
    found = running_order(occurrences)
    accounted = [slot.occurrence.id for slot in found.slots] + [one.occurrence.id for one in found.removals]
    assert sorted(accounted) == sorted(one.id for one in occurrences)
    parts = sorted((part for slot in found.slots for part in slot.parts), key=lambda part: part.start_us)
    assert all(before.end_us <= after.start_us for before, after in pairwise(parts))
    for slot in found.slots:
        what = slot.occurrence.programme
        assert slot.parts[0].from_us == 0
        assert all(one.from_us + one.length_us == two.from_us for one, two in pairwise(slot.parts))
        assert slot.occurrence.start_us <= slot.parts[0].start_us
        assert slot.parts[-1].end_us <= slot.occurrence.latest_us
        assert all(part.length_us > 0 for part in slot.parts)
        assert all(part.length_us >= 30 * SECOND for part in slot.parts[1:])
        assert (slot.taker is None) == (sum(part.length_us for part in slot.parts) == what.duration_us)
        assert what.if_interrupted is IfInterrupted.RESUME or len(slot.parts) == 1


def story(*occurrences: Occurrence) -> str:
    """Who is heard for how many ticks: `a3 b2` is a for three, then b for two; silence is not told."""
    names = [one.programme.id for _, one in heard(running_order(occurrences))]
    return " ".join(f"{name}{len(list(run))}" for name, run in groupby(names))


RELAY, OWN = Priority.RELAY, Priority.OWN
COMMUNE = Priority.PRIORITY_COMMUNE
EMERGENCY = Priority.EMERGENCY


@pytest.mark.parametrize(
    ("occurrences", "expected"),
    [
        ([at(0, programme("relay", RELAY, 10, 99)), at(3, programme("own", OWN, 4))], "relay3 own4 relay7"),
        ([at(0, programme("relay", RELAY, 10, 99, cut="end")), at(3, programme("own", OWN, 4))], "relay3 own4"),
        ([at(0, programme("a", OWN, 10)), at(3, programme("b", OWN, 4, 7))], "a10 b4"),
        ([at(0, programme("a", OWN, 10)), at(3, programme("b", OWN, 4, 6))], "a10"),
        ([at(0, programme("a", OWN, 10)), at(3, programme("b", OWN, 4, 99, busy="drop"))], "a10"),
        ([at(0, programme("b", OWN, 5)), at(0, programme("a", OWN, 5, 9))], "a5"),
        ([at(0, programme("b", OWN, 5, made=1)), at(0, programme("a", OWN, 5, 9, made=2))], "b5 a5"),
        ([at(0, programme("old", EMERGENCY, 10, cut="end")), at(3, programme("new", EMERGENCY, 4))], "old3 new4"),
        ([at(0, programme("relay", RELAY, 10, 4)), at(3, programme("own", OWN, 7))], "relay3 own7 relay4"),
        ([at(0, programme("relay", RELAY, 10, 2)), at(3, programme("own", OWN, 7))], "relay3 own7"),
        ([at(0, programme("relay", RELAY, 5, 99)), at(3, programme("own", OWN, 7))], "relay3 own7"),
        ([at(0, programme("vov", RELAY, 12, relayed=True)), at(3, programme("own", OWN, 4))], "vov3 own4 vov5"),
        ([at(0, programme("own", OWN, 4)), at(1, programme("vov", RELAY, 12, relayed=True))], "own4 vov9"),
        ([at(0, programme("own", OWN, 11)), at(1, programme("vov", RELAY, 12, relayed=True))], "own11"),
    ],
    ids=[
        "the weaker resumes when the stronger ends",
        "or ends there if it is told to",
        "an equal waits",
        "but not longer than its grace",
        "and not at all if it is told to drop",
        "at one moment the smaller id begins",
        "but first the one that was saved first",
        "the newer emergency wins",
        "nothing sounds after planned end and grace",
        "a resumption that would be shorter than 30 s is not made",
        "nor one of a rest shorter than 30 s",
        "a stream goes on where it is by then, and ends when it was to end",
        "it is joined late",
        "but not for its last 30 s",
    ],
)
def test_the_rules_one_by_one(occurrences: list[Occurrence], expected: str) -> None:
    assert story(*occurrences) == expected


def test_nobody_is_let_in_for_a_moment() -> None:
    relay = at(0, programme("relay", RELAY, 20, 99))
    first, second = at(2, programme("first", OWN, 4)), at(8, programme("second", COMMUNE, 4))
    found = running_order([relay, first, second])
    [slot] = [slot for slot in found.slots if slot.occurrence is relay]
    assert [(part.start_us // TICK_US, part.length_us // TICK_US) for part in slot.parts] == [(0, 2), (12, 18)]
    assert slot.cutter is first


def test_the_reason_is_who_kept_it_off_last_not_who_was_there_first() -> None:
    first, stronger = at(0, programme("first", OWN, 2, 9)), at(1, programme("stronger", COMMUNE, 9))
    lost, late = at(0, programme("lost", RELAY, 9, 6)), at(0, programme("late", RELAY, 9, 20))
    found = running_order([first, stronger, lost, late])
    assert [(one.occurrence, one.winner, one.waited) for one in found.removals] == [(lost, stronger, True)]
    assert [(slot.occurrence, slot.delayer) for slot in found.slots if slot.delayer] == [(late, stronger)]


def test_the_reason_in_a_silence_is_for_whom_the_floor_was_kept_free() -> None:
    first, lost = at(0, programme("first", OWN, 5)), at(1, programme("lost", OWN, 9, 5))
    passing, stronger = at(6, programme("passing", RELAY, 1)), at(7, programme("stronger", COMMUNE, 9))
    for some in ([first, lost, stronger], [first, lost, passing, stronger]):
        [removal] = running_order(some).removals
        assert (removal.occurrence, removal.winner) == (lost, stronger)


def test_what_is_alone_is_untouched_to_the_microsecond() -> None:
    what = Programme("a", "a", OWN, (Item("0" * 64, 61 * SECOND + 7, 1),), (Everywhere(),), 5 * MINUTE)
    one = Occurrence(1_000_003, 1_000_003 + what.duration_us, Spot(what, "r", 5, "UTC"), DAY)
    [slot] = running_order([one]).slots
    assert slot.parts == ((1_000_003, 0, 61 * SECOND + 7),)
    assert (slot.delayer, slot.taker, slot.lost_us) == (None, None, 0)


def test_a_programme_must_last() -> None:
    with pytest.raises(ValueError, match="items that last"):
        Programme("a", "a", OWN, (), (Everywhere(),))
