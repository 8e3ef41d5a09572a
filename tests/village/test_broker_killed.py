"""kill -9 of a Mosquitto that carries the village: it only makes things happen sooner, so nothing is lost with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.village import PLACES, Village, soon_us
from tests.ports import free_ports
from tests.village.conftest import begin
from tests.village.hearing import wait_for_ends, wait_until
from tests.village.outside_broker import NAME, OutsideBroker
from tests.village.roads import SlowRoad, fetch_of

SOON_S = 15.0
"""Well under the five minutes after which a box that is told nothing looks by itself."""


@pytest.fixture
def broker(tmp_path: Path) -> OutsideBroker:
    return OutsideBroker(tmp_path / "broker", free_ports())


@pytest.fixture
def village(tmp_path: Path, broker: OutsideBroker, founded: Path) -> Iterator[Village]:
    """A station on the outside broker, and a box that is enrolled."""
    village = Village(tmp_path, free_ports(), broker.settings)
    try:
        begin(village, founded)
        village.settle([(PLACES[0][0], PLACES[0][1][:1])])
        broker.start(village)
        yield village
    finally:
        village.stop()


@pytest.fixture
def road(village: Village) -> Iterator[SlowRoad]:
    """The road by HTTP to the box, which runs, its line and the station's up."""
    with SlowRoad(village, _cluster(village)) as road:
        village.start_box(_cluster(village), f"file:{village.folder / 'heard'}")
        _wait_for_lines(village, 1)
        yield road


def test_killed_while_the_box_fetches_the_plan_goes_on_and_changes_still_come(
    village: Village, broker: OutsideBroker, road: SlowRoad, bulletin: Path
) -> None:
    recording = village.upload(bulletin, "Bản tin")
    fetch = fetch_of(village, _cluster(village), recording)
    road.slow_down(fetch.size // 10, fetch.content)
    programme = village.air("Bản tin", [recording], soon_us(25))
    wait_until(fetch.is_under_way, bool, SOON_S)
    village.kill(NAME)
    assert fetch.is_under_way(), "it was killed in the midst of the fetch"
    road.slow_down(0)
    unheard = village.air("Bản tin khi mất đường báo", [recording], soon_us(3600))
    wait_until(lambda: unheard in _planned(village), bool, SOON_S, lambda: village.last_words("server"))
    broker.start(village)
    _wait_for_lines(village, 2)
    _assert_told_soon(village, recording)
    _assert_played_once(village, programme)


@pytest.mark.usefixtures("road")
def test_killed_while_the_box_plays_it_plays_to_its_end_once_and_is_told_again_afterwards(
    village: Village, broker: OutsideBroker, bulletin: Path
) -> None:
    recording = village.upload(bulletin, "Bản tin")
    programme = village.air("Bản tin", [recording], soon_us(5))
    wait_until(lambda: village.log(programme), lambda lines: [one["state"] for one in lines] == ["PLAYING"], 20)
    village.kill(NAME)
    _assert_played_once(village, programme)
    broker.start(village)
    _wait_for_lines(village, 2)
    _assert_told_soon(village, recording)
    assert [line["state"] for line in village.log(programme)] == ["PLAYED"], "an end is an end"


def _assert_played_once(village: Village, programme: str) -> None:
    (line,) = wait_for_ends(village, programme, 1, 45)
    assert line["state"] == "PLAYED"
    assert abs(line["error_us"]) < 100_000
    assert len(village.log(programme)) == 1
    assert len(list((village.folder / "heard").glob("*.wav"))) == 1


def _assert_told_soon(village: Village, recording: str) -> None:
    programme = village.air("Bản tin thêm", [recording], soon_us(7200))
    wait_until(lambda: programme in _planned(village), bool, SOON_S, lambda: village.last_words("broker"))


def _wait_for_lines(village: Village, times: int) -> None:
    """Until the station's and the box's line came up so many times, as the broker itself says."""
    box = json.loads((village.box_folder(_cluster(village)) / "identity.json").read_text())["box"]

    def ups() -> list[int]:
        said = village.last_words(NAME, lines=1000)
        return [said.count(f" as {account} (") for account in ("station", box)]

    wait_until(ups, lambda counts: min(counts) >= times, 30, lambda: village.last_words(NAME))


def _planned(village: Village) -> set[str]:
    """The programmes in the plan that the box holds durably."""
    path = village.box_folder(_cluster(village)) / "journal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
        return {json.loads(planned)["programme"] for (planned,) in journal.execute("SELECT planned FROM standings")}


def _cluster(village: Village) -> str:
    (cluster,) = village.clusters()
    return cluster
