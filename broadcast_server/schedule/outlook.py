"""What the schedule asks for around a moment: the same for every cluster, so it is made once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broadcast_server.schedule.occurrence import Occurrence, Window, occurrences
from broadcast_server.schedule.station import Reach, Station
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import DAY, ClusterId, LoudspeakerNumber, OccurrenceId, ProgrammeId

AHEAD_US = 7 * DAY
"""How far ahead a box is told what to play."""

BACK_US = DAY
"""How long ago something may have been planned that still sounds."""


@dataclass(frozen=True)
class Outlook:
    """Every occurrence that may matter to a plan from `now_us` to `until_us`, by start, and who hears it."""

    now_us: int
    until_us: int
    occurrences: Mapping[OccurrenceId, Occurrence]
    audience: Mapping[ProgrammeId, Reach]

    def loudspeakers(self, occurrence: Occurrence, cluster: ClusterId) -> frozenset[LoudspeakerNumber]:
        """Where it is to be heard on the cluster; empty if nowhere."""
        return self.audience[occurrence.programme.id].get(cluster, frozenset())

    def wants(self, occurrence: OccurrenceId, cluster: ClusterId) -> Occurrence | None:
        """The occurrence, if the schedule still asks for it on the cluster."""
        found = self.occurrences.get(occurrence)
        return found if found is not None and self.loudspeakers(found, cluster) else None


def outlook(station: Station, schedule: Schedule, now_us: int, ahead_us: int = AHEAD_US) -> Outlook:
    """What the schedule asks for at the moment and so far ahead."""
    until_us = now_us + ahead_us
    longest_us = max((programme.reach_us for programme in schedule.programmes.values()), default=0)
    window = Window(now_us - BACK_US, until_us + longest_us + DAY)
    found = occurrences(schedule.rules, schedule.programmes, window)
    audience = {one.id: station.reach(one.targets) for one in schedule.programmes.values()}
    return Outlook(now_us, until_us, {one.id: one for one in found}, audience)
