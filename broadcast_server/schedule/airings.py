"""Slots to airings: one occurrence on one cluster, its id known before it plays and never used again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from broadcast_server.schedule.occurrence import Occurrence
from broadcast_server.schedule.running_order import Part, RunningOrder, Slot
from broadcast_server.schedule.station import Station
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import AiringId, ClusterId, LoudspeakerNumber, OccurrenceId


@dataclass(frozen=True)
class AiringKey:
    """What an airing is named by. `revision` begins at 0 and rises, also by more, when a cancelled one comes back."""

    occurrence: OccurrenceId
    cluster: ClusterId
    revision: int = 0


@dataclass(frozen=True)
class Airing:
    """One occurrence as it is to sound on one cluster's loudspeakers; `cut_by` if it will not sound whole."""

    id: AiringId
    key: AiringKey
    occurrence: Occurrence
    loudspeakers: tuple[LoudspeakerNumber, ...]
    parts: tuple[Part, ...]
    cut_by: OccurrenceId | None


def airing_id(key: AiringKey) -> AiringId:
    """32 hex digits of occurrence, cluster and revision."""
    text = f"airing\0{key.occurrence}\0{key.cluster}\0{key.revision}"
    return AiringId(hashlib.sha256(text.encode()).hexdigest()[:32])


def airings(
    station: Station, schedule: Schedule, cluster: ClusterId, running_order: RunningOrder
) -> tuple[Airing, ...]:
    """The cluster's airings, at revision 0, in the order in which they go on air."""
    numbers = {
        programme.id: tuple(sorted(station.reach(programme.targets).get(cluster, ())))
        for programme in schedule.programmes.values()
    }
    return tuple(_airing(slot, cluster, numbers[slot.occurrence.programme.id]) for slot in running_order.slots)


def _airing(slot: Slot, cluster: ClusterId, loudspeakers: tuple[LoudspeakerNumber, ...]) -> Airing:
    key = AiringKey(slot.occurrence.id, cluster)
    return Airing(airing_id(key), key, slot.occurrence, loudspeakers, slot.parts, slot.taker and slot.taker.id)
