"""Sounded or not, through real processes: each cluster's sensor is broken in another way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.village import Village, soon_us
from tests.village.hands import press, ready, stands
from tests.village.hearing import wait_for_ends, wait_until

SENSORS = ("simulated:honest", "simulated:two-of-three", "simulated:deaf", "simulated:lying", "simulated:neighbour")


def test_a_loudspeaker_sounded_only_if_that_was_measured(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    village = make_village(len(SENSORS))
    clusters = village.clusters()
    ready(village, [])
    for cluster, sensor in zip(clusters, SENSORS, strict=True):
        village.start_box(cluster, "null", sensor)
    programme = village.air("Bản tin", [village.upload(bulletin, "Bản tin")], soon_us(8))
    lines = {one["cluster_id"]: one for one in wait_for_ends(village, programme, len(SENSORS), 60)}
    assert [lines[one]["state"] for one in clusters] == ["PLAYED"] * 5
    assert [lines[one]["evidence"] for one in clusters] == [4, 4, 3, 3, 3]
    assert [len([one for one in lines[c]["soundings"] if one["sounded"]]) for c in clusters] == [3, 2, 0, 0, 0]

    order = press(village)
    seen = wait_until(lambda: stands(village, order["id"]), lambda seen: all(map(_judged, seen["clusters"])), 40)
    assert (seen["playing"], seen["sounded"]) == (15, 5)
    sounded = [[one["number"] for one in c["loudspeakers"] if one["sounded"]] for c in seen["clusters"]]
    assert sounded == [[1, 2, 3], [1, 2], [], [], []]
    first = seen["clusters"][0]["loudspeakers"][0]
    assert first["sent"] < first["acknowledged"] <= first["playing"] < first["sounded"] + 100_000
    assert [one["vi"] for one in seen["clusters"][1:4]] == [
        "Đang phát (đã đo có tiếng ở loa 1, 2, không đo thấy tiếng ở loa 3; cảm biến mô phỏng).",
        "Đang phát (cảm biến không đo thấy tiếng; cảm biến mô phỏng).",
        "Đang phát (cảm biến không đo thấy tiếng; cảm biến mô phỏng).",
    ]


def _judged(cluster: dict[str, Any]) -> bool:
    """Whether all of its sensor's inputs have spoken; the neighbour is heard by a single microphone."""
    together = "chưa đo" not in cluster["vi"] and cluster["state"] == "PLAYING"
    alone = [one["sensor"] for one in cluster["loudspeakers"]]
    return together and (all(alone) or not any(alone))
