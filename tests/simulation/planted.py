"""Known bugs, planted on purpose: a simulation that cannot see them proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from broadcast_server.fleet.chain import Line
from speaker_client import conductor, endings, floor, memory, orders, playout, trust
from speaker_client.conductor import Conductor
from speaker_client.floor import Floor
from speaker_client.listener import Listener
from speaker_client.memory import Acknowledged, Change, Ended, Memory, Ratcheted, Stood, Tombstone
from speaker_client.orders import Orders
from speaker_client.playout import START_LEAD_US, Entry, Standing, State, entry, verdict
from speaker_client.protocol.command import Stop
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.report import Ack, Fork, Reason, Result
from speaker_client.sync import Now, Timeline, Trust
from tests.simulation import box, disk, house

Plant = Callable[[pytest.MonkeyPatch], None]


def playing_is_not_durable(patch: pytest.MonkeyPatch) -> None:
    """Sound begins before PLAYING is on the disk."""

    def release(self: Any, standing: Standing) -> None:
        cue = self.on_deck[standing.id]
        self._journal.memory.apply(Stood(replace(standing, state=State.PLAYING, shift_us=cue.entry.shift_us)))
        cue.released = True
        self._deck.release(standing.id)

    patch.setattr(Floor, "release", release)
    patch.setattr(Conductor, "_emitted", lambda self, cue, event: None)
    patch.setattr(Conductor, "_sounded", _sounded_in_memory_only)


def _sounded_in_memory_only(self: Any, cue: Any, event: Any, now: Now) -> None:
    cue.sounding = True
    cue.entry = replace(cue.entry, from_us=event.from_us)


def report_in_a_commit_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """An end is on the disk before its report is."""

    def close(self: Any, standing: Standing, why: Any, now: Now) -> None:
        end = endings.ending(standing, *why)
        self._journal.commit(endings.endings([end]))
        self._journal.commit(self._reporter.lines([end], now))

    patch.setattr(Conductor, "_close", close)


def numbers_are_not_ratcheted(patch: pytest.MonkeyPatch) -> None:
    """An old statement is as good as a new one."""
    patch.setattr(trust, "_check_sequence", lambda *_: None)


def expiry_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A statement is good for ever."""
    patch.setattr(trust, "_check_time", lambda *_: None)


def wall_clock_is_used(patch: pytest.MonkeyPatch) -> None:
    """The time is what the machine's wall clock says."""

    def now(self: Any) -> Now:
        known: Now = self.timeline.now(self._mono())
        wall = self._agenda.now_us + self._quartz.wall_offset_us
        return replace(known, utc_us=None if known.utc_us is None else wall)

    patch.setattr(box.Daemon, "now", now)


def ended_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What has ended may be planned again."""
    _ignoring(
        patch, lambda change: isinstance(change, Ended), lambda self, change: self.standings.pop(change.airing, 0)
    )


def no_tombstones(patch: pytest.MonkeyPatch) -> None:
    """A stop that comes before its airing leaves no trace."""
    _ignoring(patch, lambda change: isinstance(change, Tombstone), lambda self, change: None)


def _ignoring(
    patch: pytest.MonkeyPatch, which: Callable[[Change], bool], instead: Callable[[Memory, Any], object]
) -> None:
    apply = memory.Memory.apply
    patch.setattr(
        memory.Memory, "apply", lambda self, change: instead(self, change) if which(change) else apply(self, change)
    )


def resumed_from_the_beginning(patch: pytest.MonkeyPatch) -> None:
    """After a restart a programme begins again."""

    def again(standing: Standing, now_us: int, free_us: int, born_us: int) -> Entry | None:
        found = entry(standing, now_us, free_us, born_us)
        if found is None or standing.state is not State.PLAYING or found.from_us == 0:
            return found
        return Entry(now_us + START_LEAD_US, 0, standing.stretch.length_us)

    patch.setattr(conductor, "entry", again)


def grace_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """However late, it is played."""

    def whole(standing: Standing, now_us: int, free_us: int) -> Entry | None:
        part = standing.planned.parts[0]
        at = now_us + START_LEAD_US
        return Entry(at, part.from_us, part.length_us, at - part.start_us) if standing.shift_us == 0 else None

    patch.setattr(playout, "_whole_but_late", whole)


def address_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """What is for another cluster is obeyed."""
    patch.setattr(trust, "_check_address", lambda *_: None)


def signature_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Whoever knows a key's name may speak for it."""
    patch.setattr(trust, "signed_by", lambda *_: True)


def reboot_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    """The clock of the boot before is trusted."""
    patch.setattr(box, "recalled", lambda anchor, _boot, _mono: Timeline(anchor))


def one_number_for_all_stops(patch: pytest.MonkeyPatch) -> None:
    """A stop that a later one overtook on the road is taken for a replay."""
    patch.setattr(trust, "_course", lambda payload, _kind: str(payload["audience"]))


def progress_is_not_kept(patch: pytest.MonkeyPatch) -> None:
    """What sounded before a crash is forgotten."""
    patch.setattr(conductor, "CHECKPOINT_US", 1 << 60)


def lines_are_entered_twice(patch: pytest.MonkeyPatch) -> None:
    """A batch that comes twice counts twice."""

    def everything(lines: Sequence[Line], *_: object) -> tuple[Line, ...]:
        return tuple(lines)

    patch.setattr(house, "news", everything)


def floor_is_not_kept(patch: pytest.MonkeyPatch) -> None:
    """Whoever is due sounds, whatever is on air."""
    patch.setattr(floor.OnDeck, "end_us", property(lambda _: 0))


def every_end_is_called_played(patch: pytest.MonkeyPatch) -> None:
    """The log looks good."""

    def played(standing: Standing, excuse: Reason, by: str | None) -> tuple[Result, Reason | None, str | None]:
        return (Result.PLAYED, None, None) if standing.segments else verdict(standing, excuse, by)

    patch.setattr(endings, "verdict", played)


def acks_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Whoever says that the station has a report is believed."""

    def believed(self: Any, envelope: Envelope, _now: Now) -> bool:
        ack = Ack.read(payload_of(envelope))
        if ack.upto > self._journal.memory.acknowledged:
            self._journal.commit([Acknowledged(ack.upto)])
        return True

    patch.setattr(Listener, "acknowledgement", believed)


def refusals_are_obeyed(patch: pytest.MonkeyPatch) -> None:
    """Whoever says that the journal is another one is believed."""

    def believed(self: Any, said: Any, _now: Now) -> Fork | None:
        return Fork.read(payload_of(Envelope.model_validate(said))) if said else None

    patch.setattr(Listener, "_fork", believed)


def orders_are_not_durable(patch: pytest.MonkeyPatch) -> None:
    """An emergency that sounded is never written to the disk."""
    commit = disk.SimulatedJournal.commit

    def forgetful(self: Any, changes: Iterable[Change]) -> None:
        listed = list(changes)
        lost = [one for one in listed if isinstance(one, Stood) and one.standing.ordered]
        commit(self, [one for one in listed if one not in lost])
        for one in lost:
            self.memory.apply(one)

    patch.setattr(disk.SimulatedJournal, "commit", forgetful)


def orders_begin_however_late(patch: pytest.MonkeyPatch) -> None:
    """What waited for its content begins when that is there, be it an hour later."""
    patch.setattr(playout, "is_stale", lambda *_: False)


def drills_outrank(patch: pytest.MonkeyPatch) -> None:
    """The latest wins, whatever it is."""

    def later(newer: Standing, older: Standing) -> bool:
        return (newer.planned.start_us, newer.id) > (older.planned.start_us, older.id)

    for rule in (floor, orders):
        patch.setattr(rule, "displaces", later)


def the_first_order_wins(patch: pytest.MonkeyPatch) -> None:
    """Of two emergencies the later one waits."""

    def earlier(newer: Standing, older: Standing) -> bool:
        mine, other = newer.planned, older.planned
        return (mine.priority, -mine.start_us, mine.id) > (other.priority, -other.start_us, other.id)

    for rule in (floor, orders):
        patch.setattr(rule, "displaces", earlier)


def orders_do_not_begin_again(patch: pytest.MonkeyPatch) -> None:
    """A crash is the end of an emergency."""
    at_once = playout._at_once

    def once(standing: Standing, now_us: int) -> Entry | None:
        return None if standing.state is State.PLAYING else at_once(standing, now_us)

    patch.setattr(playout, "_at_once", once)


def orders_go_on_where_they_broke_off(patch: pytest.MonkeyPatch) -> None:
    """After a crash an emergency is joined in the middle."""
    at_once = playout._at_once

    def joined(standing: Standing, now_us: int) -> Entry | None:
        found, heard = at_once(standing, now_us), standing.segments[-1][1] if standing.segments else 0
        return found and replace(found, from_us=heard, length_us=max(1, found.length_us - heard)) if heard else found

    patch.setattr(playout, "_at_once", joined)


def a_broken_output_ends_orders(patch: pytest.MonkeyPatch) -> None:
    """An emergency whose output breaks is over."""

    def over(self: Any, order: Standing) -> None:
        self._close(order, (Reason.AUDIO_FAULT, None), Now(0, None, None, Trust.FLOOR))

    patch.setattr(Conductor, "_begin_again", over)


def what_was_lost_of_an_order_stays_lost(patch: pytest.MonkeyPatch) -> None:
    """An emergency whose output comes back late is heard from its middle on."""
    patch.setattr(Conductor, "_lost_its_beginning", lambda *_: False)


def plans_end_with_their_airing(patch: pytest.MonkeyPatch) -> None:
    """What is on air does not hear of a newer plan."""
    patch.setattr(Orders, "_rest", lambda *_: None)


def stops_leave_what_waits(patch: pytest.MonkeyPatch) -> None:
    """An emergency that waits is not ended by a stop."""
    stop = Orders.accept_stop

    def deaf(self: Any, order: Stop, ratchet: Ratcheted, now: Now) -> None:
        waiting = {one.id for one in self._standings.values() if one.ordered and one.id not in self._floor.on_deck}
        named = tuple(one for one in order.airings if one not in waiting)
        if order.airings and not named:
            self._journal.commit([ratchet])
        else:
            stop(self, order.model_copy(update={"airings": named}), ratchet, now)

    patch.setattr(Orders, "accept_stop", deaf)
    patch.setattr(Orders, "_meant", lambda self, order, sounding, now: sounding)


def late_stops_end_later_orders(patch: pytest.MonkeyPatch) -> None:
    """A stop that comes late ends what was ordered after it."""

    def meant(self: Any, stop: Stop, sounding: set[AiringId], now: Now) -> set[AiringId]:
        return sounding | {one.id for one in self._standings.values() if one.ordered}

    patch.setattr(Orders, "_meant", meant)


def nothing_goes_on(patch: pytest.MonkeyPatch) -> None:
    """What an emergency interrupted is not gone on with."""
    patch.setattr(playout, "goes_on", lambda _: False)


PLANTED: tuple[Plant, ...] = (
    playing_is_not_durable,
    report_in_a_commit_of_its_own,
    numbers_are_not_ratcheted,
    expiry_is_not_looked_at,
    wall_clock_is_used,
    ended_are_forgotten,
    no_tombstones,
    resumed_from_the_beginning,
    grace_is_not_looked_at,
    address_is_not_looked_at,
    signature_is_not_looked_at,
    reboot_is_not_noticed,
    one_number_for_all_stops,
    progress_is_not_kept,
    lines_are_entered_twice,
    floor_is_not_kept,
    every_end_is_called_played,
    acks_are_not_checked,
    refusals_are_obeyed,
    orders_are_not_durable,
    orders_begin_however_late,
    drills_outrank,
    the_first_order_wins,
    orders_do_not_begin_again,
    orders_go_on_where_they_broke_off,
    stops_leave_what_waits,
    late_stops_end_later_orders,
    nothing_goes_on,
    a_broken_output_ends_orders,
    what_was_lost_of_an_order_stays_lost,
    plans_end_with_their_airing,
)
