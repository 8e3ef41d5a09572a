"""From the officer's file to twenty-one loudspeakers, on time, and the log proves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deploy.village import Village, soon_us
from tests.village.hearing import likeness, wait_for_ends

CLUSTERS = 7


def test_a_bulletin_reaches_all_loudspeakers_on_time_and_the_log_says_so(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    village = make_village(CLUSTERS)
    clusters = village.clusters()
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    recording = village.upload(bulletin, "Bản tin sáng")
    programme = village.air("Bản tin sáng", [recording], soon_us(12))

    lines = wait_for_ends(village, programme, CLUSTERS, 60)

    assert sorted(line["cluster_id"] for line in lines) == sorted(clusters)
    assert [line["state"] for line in lines] == ["PLAYED"] * CLUSTERS
    assert max(abs(line["error_us"]) for line in lines) < 100_000
    content = village.api("GET", f"/library/{recording}")["content"]
    source = village.station / "content" / content[:2] / content
    for cluster in clusters:
        (wav,) = (village.folder / "heard" / cluster).glob("*.wav")
        for horn in range(3):
            assert likeness(wav, source, horn) > 0.95, (cluster, horn)
