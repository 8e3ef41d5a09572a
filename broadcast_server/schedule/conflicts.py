"""What a change to the schedule would clash with, in words, before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from broadcast_server.schedule.occurrence import Occurrence, Window
from broadcast_server.schedule.running_order import RunningOrder
from broadcast_server.schedule.spoken_length import length_en, length_vi
from broadcast_server.schedule.station import Station
from broadcast_server.schedule.timetable import Schedule, running_orders
from broadcast_server.schedule.wall_clock import wall
from speaker_client.protocol.ids import ClusterId


class Fate(StrEnum):
    """What becomes of the one that loses the floor."""

    REMOVED = "removed"
    DELAYED = "delayed"
    INTERRUPTED = "interrupted"
    CUT = "cut"


class Why(StrEnum):
    """Why the other has the floor."""

    STRONGER = "stronger"
    FIRST = "first"
    LATER_EMERGENCY = "later_emergency"


_FATES_VI = {
    Fate.REMOVED: "sẽ không phát",
    Fate.DELAYED: "sẽ phát muộn {}",
    Fate.INTERRUPTED: "sẽ bị ngắt giữa chừng rồi phát tiếp",
    Fate.CUT: "sẽ bị cắt mất {} cuối",
}
_FATES_EN = {
    Fate.REMOVED: "will not be played",
    Fate.DELAYED: "will start {} late",
    Fate.INTERRUPTED: "will be interrupted and then go on",
    Fate.CUT: "will lose its last {}",
}
_WHYS_VI = {
    Why.STRONGER: "“{}” có mức ưu tiên cao hơn",
    Why.FIRST: "“{}” cùng mức ưu tiên và giữ sóng trước",
    Why.LATER_EMERGENCY: "“{}” là bản tin khẩn cấp mới hơn",
}
_WHYS_EN = {
    Why.STRONGER: "“{}” has a higher priority",
    Why.FIRST: "“{}” has the same priority and the floor first",
    Why.LATER_EMERGENCY: "“{}” is the newer emergency",
}
_WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Conflict:
    """On these clusters `loser` is removed, delayed, interrupted or cut short because `winner` has the floor.

    `loss_us` (microseconds): how long it is delayed, else how much of it is not heard; 0 if it is heard whole.
    """

    loser: Occurrence
    winner: Occurrence
    fate: Fate
    why: Why
    loss_us: int
    clusters: tuple[ClusterId, ...]

    def vi(self, zone: str) -> str:
        """One sentence in Vietnamese, by the clocks of the zone."""
        moment = wall(zone, self.loser.start_us)
        when = f"{moment:%H:%M} {_WEEKDAYS_VI[moment.weekday()]} {moment:%d/%m/%Y}"
        fate = _FATES_VI[self.fate].format(length_vi(self.loss_us))
        why = _WHYS_VI[self.why].format(self.winner.programme.title)
        return f"“{self.loser.programme.title}” lúc {when} {fate} vì {why}."

    def en(self, zone: str) -> str:
        """One sentence in English, by the clocks of the zone."""
        moment = wall(zone, self.loser.start_us)
        when = f"{moment:%H:%M} on {_WEEKDAYS_EN[moment.weekday()]} {moment:%d/%m/%Y}"
        fate = _FATES_EN[self.fate].format(length_en(self.loss_us))
        why = _WHYS_EN[self.why].format(self.winner.programme.title)
        return f"“{self.loser.programme.title}” at {when} {fate} because {why}."


def conflicts(station: Station, before: Schedule, after: Schedule, window: Window) -> list[Conflict]:
    """The clashes in the window that `after` has and `before` had not, by time; with an empty `before`, all of them."""
    known = {_happening(one) for one in _clashes(running_orders(station, before, window))}
    found: dict[tuple[object, ...], list[Conflict]] = {}
    for one in _clashes(running_orders(station, after, window)):
        if _happening(one) not in known:
            found.setdefault(_happening(replace(one, clusters=())), []).append(one)
    together = [
        replace(same[0], clusters=tuple(cluster for one in same for cluster in one.clusters)) for same in found.values()
    ]
    return sorted(together, key=lambda one: (one.loser.start_us, one.loser.id, one.fate, one.winner.id))


def _happening(one: Conflict) -> tuple[object, ...]:
    """What happens to whom and where; equal before and after a change that does not touch it."""
    return one.loser.id, one.winner.id, one.fate, one.loss_us, one.clusters


def _clashes(orders: dict[ClusterId, RunningOrder]) -> Iterator[Conflict]:
    for cluster, running_order in orders.items():
        for removal in running_order.removals:
            lost_us = removal.occurrence.programme.duration_us
            yield _conflict(cluster, removal.occurrence, removal.winner, Fate.REMOVED, lost_us)
        for slot in running_order.slots:
            if slot.delayer is not None:
                late_us = slot.parts[0].start_us - slot.occurrence.start_us
                yield _conflict(cluster, slot.occurrence, slot.delayer, Fate.DELAYED, late_us)
            if slot.cutter is not None:
                fate = Fate.CUT if slot.lost_us else Fate.INTERRUPTED
                yield _conflict(cluster, slot.occurrence, slot.cutter, fate, slot.lost_us)


def _conflict(cluster: ClusterId, loser: Occurrence, winner: Occurrence, fate: Fate, loss_us: int) -> Conflict:
    return Conflict(loser, winner, fate, _why(loser, winner), loss_us, (cluster,))


def _why(loser: Occurrence, winner: Occurrence) -> Why:
    mine, other = loser.programme.priority, winner.programme.priority
    if other != mine:
        return Why.STRONGER
    return Why.LATER_EMERGENCY if loser.programme.latest_wins and winner.start_us > loser.start_us else Why.FIRST
