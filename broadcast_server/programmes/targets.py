"""Targets as text: `all`, `village:ID`, `cluster:ID`, `loudspeaker:CLUSTER:N`."""

from __future__ import annotations

from broadcast_server.problem import Problem
from broadcast_server.schedule.programme import Cluster, Everywhere, Loudspeaker, Target, Village
from speaker_client.protocol.ids import ClusterId, LoudspeakerNumber, VillageId


def target_text(target: Target) -> str:
    """The target in text."""
    match target:
        case Everywhere():
            return "all"
        case Village(village):
            return f"village:{village}"
        case Cluster(cluster):
            return f"cluster:{cluster}"
        case Loudspeaker(cluster, number):
            return f"loudspeaker:{cluster}:{number}"


def read_target(text: str) -> Target:
    """The target that the text means; Problem 422 `target_unreadable` if none."""
    kind, _, name = text.strip().partition(":")
    if kind == "all" and not name:
        return Everywhere()
    if kind == "village" and name:
        return Village(VillageId(name))
    if kind == "cluster" and name:
        return Cluster(ClusterId(name))
    cluster, _, number = name.rpartition(":")
    if kind == "loudspeaker" and cluster and number.isascii() and number.isdigit() and len(number) < 6:
        return Loudspeaker(ClusterId(cluster), LoudspeakerNumber(int(number)))
    raise Problem(
        422,
        "target_unreadable",
        f"Không hiểu nơi phát “{text[:60]}”.",
        f"The target “{text[:60]}” cannot be understood.",
        target=text[:60],
    )
