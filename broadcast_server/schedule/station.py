"""Villages, clusters and loudspeakers, and which of them a target means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from broadcast_server.schedule.programme import Cluster, Everywhere, Loudspeaker, Target, Village
from speaker_client.protocol.ids import ClusterId, LoudspeakerNumber, VillageId

Reach = dict[ClusterId, frozenset[LoudspeakerNumber]]
"""The loudspeakers meant in each cluster; a cluster that is not meant is not a key."""


@dataclass(frozen=True)
class ClusterSite:
    """One cluster: the village it stands in and its loudspeakers, numbered from 1. Nothing of the timetable that begins
    before `rests_until_us` is heard there."""

    id: ClusterId
    village: VillageId
    loudspeakers: frozenset[LoudspeakerNumber]
    rests_until_us: int = 0


@dataclass(frozen=True)
class Station:
    """Everything that can sound."""

    villages: frozenset[VillageId]
    clusters: tuple[ClusterSite, ...]

    def reach(self, targets: Iterable[Target]) -> Reach:
        """The loudspeakers that the targets mean together; what no longer exists is left out."""
        wanted = tuple(targets)
        found = {
            site.id: frozenset[LoudspeakerNumber]().union(*(_meant(site, target) for target in wanted))
            for site in self.clusters
        }
        return {cluster: numbers for cluster, numbers in found.items() if numbers}

    def unknown(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """The targets that name a village, cluster or loudspeaker which the station does not have."""
        return tuple(target for target in targets if not self._has(target))

    def _has(self, target: Target) -> bool:
        if isinstance(target, Village):
            return target.village in self.villages
        return any(_meant(site, target) for site in self.clusters) or isinstance(target, Everywhere)


def _meant(site: ClusterSite, target: Target) -> frozenset[LoudspeakerNumber]:
    nothing = frozenset[LoudspeakerNumber]()
    match target:
        case Everywhere():
            return site.loudspeakers
        case Village(village):
            return site.loudspeakers if site.village == village else nothing
        case Cluster(cluster):
            return site.loudspeakers if site.id == cluster else nothing
        case Loudspeaker(cluster, number):
            return site.loudspeakers & {number} if site.id == cluster else nothing
