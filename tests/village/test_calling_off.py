"""An announcement called off at the last moment is heard nowhere; one that sounds can only be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.village import Village, VillageFailed, soon_us
from tests.village.hearing import starts, wait_for_ends, wait_until


def test_what_is_called_off_two_seconds_before_its_start_is_not_heard(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    village = make_village(2)
    clusters = village.clusters()
    heard = [village.folder / "heard" / cluster for cluster in clusters]
    for cluster, folder in zip(clusters, heard, strict=True):
        village.start_box(cluster, f"file:{folder}")
    recording = village.upload(bulletin, "Bản tin")
    kept = village.api("POST", "/announcements", json={"recording": recording, "title": "Phát thật"})
    wait_until(lambda: [one["state"] for one in village.log(kept["id"])], lambda all_: all_ == ["PLAYING"] * 2, 60)
    with pytest.raises(VillageFailed, match="409"):
        village.api("DELETE", f"/announcements/{kept['id']}")
    village.api("POST", "/stop", json={})
    wait_for_ends(village, kept["id"], 2, 30)

    regretted = village.api("POST", "/announcements", json={"recording": recording, "title": "Báo nhầm"})
    time.sleep(max(0, regretted["start_us"] - soon_us(2)) / 1_000_000)
    assert village.api("DELETE", f"/announcements/{regretted['id']}")["state"] == "cancelled"
    lines = wait_for_ends(village, regretted["id"], 2, 60)
    assert {line["state"] for line in lines} == {"CANCELLED"}
    time.sleep(3)
    assert [len(starts(folder)) for folder in heard] == [1, 1]
