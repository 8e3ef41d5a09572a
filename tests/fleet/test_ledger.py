"""The log's arithmetic against a small village: whatever is planned, withdrawn, held and heard, one end each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_server.fleet.ledger import ENDS, PATIENCE, Airing, Contradiction, State, apply, close, overdue, unheard
from speaker_client.protocol.ids import MINUTE, AiringId
from speaker_client.protocol.report import AiringEnded, AiringStarted, Evidence, Reason, Result

START = 1_000_000 * MINUTE
AIRING = Airing(AiringId("a" * 32), START, START + 5 * MINUTE, START + 10 * MINUTE, first_plan=3)


def started(at: int = START + 7) -> AiringStarted:
    return AiringStarted(airing=AIRING.id, due_us=START, started_us=at, error_us=at - START)


def ended(result: Result = Result.PLAYED, reason: Reason | None = None, by: str | None = None) -> AiringEnded:
    return AiringEnded(
        airing=AIRING.id,
        result=result,
        reason=reason,
        by=by,
        due_us=START,
        started_us=START + 7,
        error_us=7,
        duration_us=5 * MINUTE,
        segments=((0, 2 * MINUTE), (2 * MINUTE, 5 * MINUTE)),
        plan_seq=3,
        evidence=Evidence.CONSUMED,
    )


def test_a_played_airing_goes_from_pending_over_playing_to_played() -> None:
    playing = apply(started(), AIRING, START)
    assert (playing.state, playing.started_us, playing.error_us) == (State.PLAYING, START + 7, 7)
    played = apply(ended(), playing, START + 6 * MINUTE)
    assert (played.state, played.sounded_us, played.decided_us) == (State.PLAYED, 5 * MINUTE, START + 6 * MINUTE)


def test_the_first_start_counts_when_an_airing_goes_on_after_a_break() -> None:
    resumed = apply(started(START + MINUTE), apply(started(), AIRING, START), START)
    assert (resumed.state, resumed.started_us, resumed.error_us) == (State.PLAYING, START + 7, 7)


def test_a_second_end_is_a_contradiction_even_if_it_says_the_same() -> None:
    played = apply(ended(), AIRING, START)
    for again, code in (
        (ended(), "ended_twice"),
        (ended(Result.MISSED), "ended_twice"),
        (started(), "started_after_end"),
    ):
        with pytest.raises(Contradiction) as caught:
            apply(again, played, START)
        assert caught.value.code == code


def test_what_was_never_published_cannot_have_been_heard() -> None:
    with pytest.raises(Contradiction, match="never_published"):
        apply(ended(), replace(AIRING, first_plan=None), START)


def test_unknown_ten_minutes_after_the_end_until_the_box_speaks() -> None:
    assert overdue(AIRING, AIRING.end_us + PATIENCE - 1).state is State.PENDING
    unknown = overdue(AIRING, AIRING.end_us + PATIENCE)
    assert unknown.state is State.UNKNOWN
    assert apply(ended(Result.MISSED, Reason.POWER_OFF), unknown, START).state is State.MISSED


def test_a_box_that_falls_silent_while_playing_makes_the_airing_unknown() -> None:
    assert overdue(apply(started(), AIRING, START), AIRING.end_us + PATIENCE).state is State.UNKNOWN


def test_what_the_station_alone_must_close_is_never_called_unknown() -> None:
    never_sent = replace(AIRING, first_plan=None)
    assert overdue(never_sent, AIRING.end_us + PATIENCE) == never_sent


def test_a_withdrawn_airing_is_cancelled_once_the_box_has_the_newer_plan() -> None:
    withdrawn = replace(AIRING, withdrawn_plan=5, withdrawn_by="hoa")
    assert close([withdrawn], 3, 4, START) == ()
    (cancelled,) = close([withdrawn], 3, 5, START)
    assert (cancelled.state, cancelled.reason, cancelled.by) == (State.CANCELLED, Reason.WITHDRAWN, "hoa")


def test_the_person_who_withdrew_it_is_named_when_the_box_cannot_know() -> None:
    withdrawn = replace(AIRING, withdrawn_plan=5, withdrawn_by="hoa")
    assert apply(ended(Result.CANCELLED, Reason.WITHDRAWN), withdrawn, START).by == "hoa"


def test_a_withdrawn_airing_that_only_lost_the_floor_gave_way_whatever_the_box_can_know() -> None:
    withdrawn = replace(AIRING, withdrawn_plan=5, withdrawn_by="hoa", by="meeting")
    (silent,) = close([withdrawn], 3, 5, START)
    told = apply(ended(Result.CANCELLED, Reason.WITHDRAWN), withdrawn, START)
    assert {(one.state, one.reason, one.by) for one in (silent, told)} == {
        (State.SUPERSEDED, Reason.PREEMPTED, "meeting")
    }


def test_an_airing_that_was_over_before_its_plan_arrived_is_missed_for_want_of_a_plan() -> None:
    late = AIRING.until_us
    assert close([AIRING], 2, 3, late - 1) == ()
    (missed,) = close([AIRING], 2, 3, late)
    assert (missed.state, missed.reason) == (State.MISSED, Reason.NO_PLAN)
    assert close([AIRING], 3, 4, late) == (), "the box held it: only the box can say"
    assert close([AIRING], 1, 2, late) == (), "the box does not have it yet"


def test_what_sounds_is_not_closed_by_a_newer_plan() -> None:
    playing = replace(apply(started(), AIRING, START), withdrawn_plan=5)
    assert close([playing], 3, 5, AIRING.until_us) == ()


def test_what_a_replaced_box_began_is_closed_when_the_new_box_has_its_first_plan() -> None:
    begun = overdue(apply(started(), AIRING, START), AIRING.end_us + PATIENCE)
    assert close([begun], 0, 7, AIRING.until_us - 1) == ()
    assert close([begun], 3, 7, AIRING.until_us) == (), "the box that began it can still speak"
    (cut,) = close([begun], 0, 7, AIRING.until_us)
    assert (cut.state, cut.reason, cut.started_us) == (State.PARTIAL, Reason.POWER_OFF, START + 7)


def test_what_the_replaced_box_had_been_told_is_not_called_missed() -> None:
    unknown = overdue(AIRING, AIRING.end_us + PATIENCE)
    assert close([unknown], 0, 7, AIRING.until_us, before=3) == (), "it may have sounded there: UNKNOWN it stays"
    (missed,) = close([unknown], 0, 7, AIRING.until_us, before=2)
    assert (missed.state, missed.reason) == (State.MISSED, Reason.NO_PLAN)


def test_what_began_just_as_the_plan_without_it_was_accepted_plays_to_its_end() -> None:
    (cancelled,) = close([replace(AIRING, withdrawn_plan=5, withdrawn_by="hoa")], 3, 5, START)
    playing = apply(started(), cancelled, START)
    assert (playing.state, playing.reason, playing.by, playing.decided_us) == (State.PLAYING, None, None, None)
    assert close([playing], 5, 6, AIRING.until_us) == (), "a later plan does not cancel it again"
    played = apply(ended(), playing, START + 6 * MINUTE)
    assert (played.state, played.reason, played.by) == (State.PLAYED, None, None)


def test_the_word_of_a_box_that_played_the_old_plan_stands_above_the_stations_guess() -> None:
    (cancelled,) = close([replace(AIRING, withdrawn_plan=5)], 3, 5, START)
    assert apply(ended(), cancelled, START).state is State.PLAYED


def test_a_plan_taken_again_or_an_older_one_closes_nothing() -> None:
    assert close([replace(AIRING, withdrawn_plan=2)], 5, 5, AIRING.until_us) == ()
    assert close([replace(AIRING, withdrawn_plan=2)], 5, 4, AIRING.until_us) == ()


Move = st.one_of(
    st.just("start"),
    st.sampled_from(list(Result)),
    st.tuples(st.just("accept"), st.integers(1, 9)),
    st.tuples(st.just("withdraw"), st.integers(4, 9)),
    st.tuples(st.just("time"), st.integers(0, 60)),
)


@given(st.lists(Move, max_size=25))
def test_any_sequence_of_reports_leaves_one_state_and_the_boxs_word_is_final(moves: list[object]) -> None:
    airing, held, now, word = AIRING, 0, START, None
    for move in moves:
        try:
            match move:
                case "start":
                    airing = apply(started(), airing, now)
                case Result():
                    airing = apply(ended(move), airing, now)
                    assert word is None
                    word = move
                case ("accept", int(seq)):
                    airing = next(iter(close([airing], held, seq, now)), airing)
                    held = max(held, seq)
                case ("withdraw", int(seq)):
                    airing = replace(airing, withdrawn_plan=airing.withdrawn_plan or seq)
                case ("time", int(minutes)):
                    now += minutes * MINUTE
                    airing = overdue(airing, now)
        except Contradiction:
            assert word is not None
        if word is not None:
            assert airing.state.value == word.value
            assert airing.report is not None
            assert airing.report.result is word
        assert airing.ended == (airing.state in ENDS)


@dataclass
class Village:
    """A station that plans and withdraws, and a box that now and then takes the plan and tells what it did."""

    log: dict[AiringId, Airing] = field(default_factory=dict)
    planned: set[AiringId] = field(default_factory=set)
    seq: int = 0
    now: int = START
    on_box: set[AiringId] = field(default_factory=set)
    told: dict[AiringId, Result] = field(default_factory=dict)
    box_seq: int = 0
    journal: list[tuple[object, int]] = field(default_factory=list)

    def publish(self, delay: int, length: int) -> None:
        self.seq += 1
        name = AiringId(f"{len(self.log):032x}")
        start = self.now + delay * MINUTE
        end = start + length * MINUTE
        self.log[name] = Airing(name, start, end, end + 5 * MINUTE, first_plan=self.seq)
        self.planned.add(name)

    def withdraw(self, which: int) -> None:
        ahead = sorted(name for name in self.planned if self.log[name].until_us > self.now)
        if ahead:
            self.seq += 1
            name = ahead[which % len(ahead)]
            self.planned.discard(name)
            self.log[name] = replace(self.log[name], withdrawn_plan=self.seq, withdrawn_by="hoa")

    def box_pulls(self) -> None:
        if self.seq == self.box_seq:
            return
        for name in sorted(self.on_box - self.planned):
            self.tell(name, Result.CANCELLED, Reason.WITHDRAWN)
        in_time = {name for name in self.planned if self.log[name].until_us > self.now}
        self.on_box |= in_time - self.told.keys()
        self.box_seq = self.seq
        self.journal.append((self.seq, self.now))

    def time_passes(self, minutes: int, power: bool) -> None:
        self.now += minutes * MINUTE
        for name in sorted(self.on_box):
            if self.log[name].until_us <= self.now:
                self.tell(name, *((Result.PLAYED, None) if power else (Result.MISSED, Reason.POWER_OFF)))

    def tell(self, name: AiringId, result: Result, reason: Reason | None) -> None:
        self.on_box.discard(name)
        self.told[name] = result
        body = AiringEnded(airing=name, result=result, reason=reason, due_us=0, duration_us=1, plan_seq=self.box_seq)
        self.journal.append((body, self.now))

    def deliver(self) -> None:
        held = 0
        for entry, at in self.journal:
            if isinstance(entry, AiringEnded):
                self.log[entry.airing] = apply(entry, self.log[entry.airing], self.now)
            elif isinstance(entry, int):
                self.log |= {one.id: one for one in close(self.log.values(), held, entry, at)}
                held = entry


Step = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, 90), st.integers(1, 30)),
    st.tuples(st.just("withdraw"), st.integers(0, 20)),
    st.tuples(st.just("pull")),
    st.tuples(st.just("time"), st.integers(1, 60), st.booleans()),
)


@given(st.lists(Step, max_size=40))
@settings(max_examples=300)
def test_when_the_box_has_reported_every_airing_has_its_one_true_end(steps: list[tuple[object, ...]]) -> None:
    village = Village()
    for step in steps:
        match step:
            case ("publish", int(delay), int(length)):
                village.publish(delay, length)
            case ("withdraw", int(which)):
                village.withdraw(which)
            case ("time", int(minutes), bool(power)):
                village.time_passes(minutes, power)
            case _:
                village.box_pulls()
    village.time_passes(300, power=True)
    village.box_pulls()
    village.deliver()
    for name, airing in village.log.items():
        if name in village.told:
            assert airing.state.value == village.told[name].value
        elif airing.withdrawn_plan is not None:
            assert (airing.state, airing.by) == (State.CANCELLED, "hoa")
        else:
            assert (airing.state, airing.reason) == (State.MISSED, Reason.NO_PLAN)


def test_an_order_that_a_box_never_heard_of_is_missed_or_was_stopped() -> None:
    expires, stopped = START + 2 * MINUTE, replace(AIRING, withdrawn_by="lan")
    for silent, end in ((AIRING, (State.MISSED, Reason.NO_ORDER, None)), (stopped, ("CANCELLED", "STOPPED", "lan"))):
        assert unheard(silent, expires, expires) == silent, "it may still come"
        found = unheard(silent, expires, expires + 1)
        assert (found.state, found.reason, found.by) == end
        begun = apply(started(), silent, START)
        assert unheard(begun, expires, expires + 1) == begun
