"""Who must be told to stop what, and for how long that order stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from speaker_client.protocol.bundle import LONGEST_WAIT_S
from speaker_client.protocol.ids import MINUTE, SECOND, AiringId, ClusterId, Micros

SHORTEST = 15 * MINUTE
"""An order that names airings stands at least so long, and as long as any of them may still sound."""
AT_ONCE = LONGEST_WAIT_S * SECOND + 2 * MINUTE
"""An order that names none is for what sounds now. It stands until a box that lost all hints has asked again."""


@dataclass(frozen=True)
class Target:
    """An airing that shall not sound: on which cluster, and until when it could."""

    airing: AiringId
    cluster: ClusterId
    until_us: int


@dataclass(frozen=True)
class StopDraft:
    """One Stop to be signed: to a cluster (None = the whole station), for these airings (none = whatever sounds)."""

    cluster: ClusterId | None
    airings: tuple[AiringId, ...]
    expires_us: int


def orders(targets: Iterable[Target], clusters: Iterable[ClusterId], now_us: Micros) -> tuple[StopDraft, ...]:
    """The fewest Stops that do it; with neither airings nor clusters, the whole station falls silent."""
    named: dict[ClusterId, list[Target]] = {}
    for target in targets:
        named.setdefault(target.cluster, []).append(target)
    loud = tuple(dict.fromkeys(clusters))
    if not named and not loud:
        return (StopDraft(None, (), now_us + AT_ONCE),)
    return (
        *(_named(cluster, group, now_us) for cluster, group in named.items()),
        *(StopDraft(cluster, (), now_us + AT_ONCE) for cluster in loud),
    )


def _named(cluster: ClusterId, group: list[Target], now_us: Micros) -> StopDraft:
    last = max(target.until_us for target in group)
    return StopDraft(cluster, tuple(target.airing for target in group), max(now_us + SHORTEST, last))
