"""What the schedule asks for around a moment: the same for every cluster, so it is made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from broadcast_server.schedule import programme as schedule_programme
from broadcast_server.schedule.occurrence import Occurrence, Window, occurrences
from broadcast_server.schedule.station import Reach, Station
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import DAY, ClusterId, LoudspeakerNumber, OccurrenceId, OrderId, ProgrammeId
from speaker_client.protocol.plan import Item, Relay

AHEAD_US = 7 * DAY
"""How far ahead a box is told what to play."""

BACK_US = DAY
"""How long ago something may have been planned that still sounds."""

RESTS = OccurrenceId("cluster:rests")
"""Who keeps an airing off the air of a cluster that rests: nobody, and no login name is like it."""

RelayKey = Callable[[OccurrenceId], str]
"""The public half (hex) of the key that signs an occurrence's stream: always the same."""


def no_relays(occurrence: OccurrenceId) -> str:
    """For an outlook without relays."""
    raise ValueError(f"who signs the stream of {occurrence}?")


@dataclass(frozen=True)
class Outlook:
    """Every occurrence that may matter to a plan from `now_us` to `until_us`, by start, and who hears it."""

    now_us: int
    until_us: int
    occurrences: Mapping[OccurrenceId, Occurrence]
    audience: Mapping[ProgrammeId, Reach]
    items: Mapping[ProgrammeId, tuple[Item, ...]]
    """Each programme's items as the wire has them."""
    names: Mapping[int, OccurrenceId]
    """Python's `id` of each occurrence -> its name, which takes long to compute."""
    relay_key: RelayKey = no_relays
    rests: Mapping[ClusterId, int] = field(default_factory=dict)
    """The clusters that rest, and until when."""

    def loudspeakers(self, occurrence: Occurrence, cluster: ClusterId) -> frozenset[LoudspeakerNumber]:
        """Where it is to be heard on the cluster; empty if nowhere."""
        if occurrence.start_us < self.rests.get(cluster, 0):
            return frozenset()
        return self.audience[occurrence.programme.id].get(cluster, frozenset())

    def rested(self, cluster: ClusterId) -> Iterable[tuple[OccurrenceId, Occurrence]]:
        """What is still to come and would be heard there if the cluster did not rest."""
        until_us = self.rests.get(cluster, 0)
        for name, occurrence in self.occurrences.items():
            if self.now_us < occurrence.start_us < until_us and cluster in self.audience[occurrence.programme.id]:
                yield name, occurrence

    def name(self, occurrence: Occurrence) -> OccurrenceId:
        """The occurrence's id, also if it is none of these."""
        return self.names.get(id(occurrence)) or occurrence.id

    def relay(self, name: OccurrenceId, occurrence: Occurrence) -> Relay | None:
        """The occurrence's stream, one for all clusters; None if it is no relay."""
        programme = occurrence.programme
        if programme.relay is None:
            return None
        return Relay(
            stream=OrderId(name),
            key=self.relay_key(name),
            start_us=occurrence.start_us,
            length_us=programme.duration_us,
            fallback=self.items[programme.id],
        )

    def wants(self, occurrence: OccurrenceId, cluster: ClusterId) -> Occurrence | None:
        """The occurrence, if the schedule still asks for it on the cluster."""
        found = self.occurrences.get(occurrence)
        return found if found is not None and self.loudspeakers(found, cluster) else None


def outlook(
    station: Station, schedule: Schedule, now_us: int, ahead_us: int = AHEAD_US, relay_key: RelayKey = no_relays
) -> Outlook:
    """What the schedule asks for at the moment and so far ahead."""
    until_us = now_us + ahead_us
    longest_us = max((programme.reach_us for programme in schedule.programmes.values()), default=0)
    window = Window(now_us - BACK_US, until_us + longest_us + DAY)
    found = occurrences(schedule.rules, schedule.programmes, window)
    programmes = schedule.programmes.values()
    audience = {one.id: station.reach(one.targets) for one in programmes}
    items = {one.id: tuple(_on_the_wire(item) for item in one.items) for one in programmes}
    names = {id(one): one.id for one in found}
    rests = {site.id: site.rests_until_us for site in station.clusters if site.rests_until_us > now_us}
    return Outlook(now_us, until_us, {names[id(one)]: one for one in found}, audience, items, names, relay_key, rests)


def _on_the_wire(item: schedule_programme.Item) -> Item:
    return Item(content=item.content, size=item.size, duration_us=item.duration_us)
