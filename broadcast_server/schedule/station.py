"""Villages, clusters and loudspeakers, and which of them a target means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

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
        """The loudspeakers that the targets mean together, in the order of the clusters; what no longer exists is left
        out."""
        found: dict[int, frozenset[LoudspeakerNumber]] = {}
        for target in targets:
            for place, site in self._sites(target):
                if numbers := _meant(site, target):
                    found[place] = found.get(place, numbers) | numbers
        return {self.clusters[place].id: found[place] for place in sorted(found)}

    def _sites(self, target: Target) -> Iterable[tuple[int, ClusterSite]]:
        """Those that the target can mean, each with its place among the clusters. A large station asks of each of its
        programmes: to look at every cluster for each would cost the square of its size."""
        match target:
            case Everywhere():
                return enumerate(self.clusters)
            case Village(village):
                return self._of_village.get(village, ())
            case Cluster(cluster) | Loudspeaker(cluster, _):
                return self._of_cluster.get(cluster, ())

    @cached_property
    def _of_village(self) -> dict[VillageId, list[tuple[int, ClusterSite]]]:
        found: dict[VillageId, list[tuple[int, ClusterSite]]] = {}
        for place, site in enumerate(self.clusters):
            found.setdefault(site.village, []).append((place, site))
        return found

    @cached_property
    def _of_cluster(self) -> dict[ClusterId, list[tuple[int, ClusterSite]]]:
        return {site.id: [(place, site)] for place, site in enumerate(self.clusters)}

    def unknown(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """The targets that name a village, cluster or loudspeaker which the station does not have."""
        return tuple(target for target in targets if not self._has(target))

    def _has(self, target: Target) -> bool:
        if isinstance(target, Village):
            return target.village in self.villages
        return any(_meant(site, target) for _, site in self._sites(target)) or isinstance(target, Everywhere)


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
