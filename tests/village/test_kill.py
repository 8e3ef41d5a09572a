"""kill -9 of server, broker and box while fetching and while playing: nothing lost, nothing twice, one end each."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.village import Village, soon_us
from tests.village.hearing import places_s, wait_for_ends, wait_until
from tests.village.roads import SlowRoad, fetch_of

MakeVillage = Callable[[int], Village]


def _one_box(make_village: MakeVillage) -> tuple[Village, str]:
    village = make_village(1)
    (cluster,) = village.clusters()
    return village, cluster


def _start(village: Village, cluster: str) -> None:
    village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")


def _held(village: Village, cluster: str, recording: str) -> bool:
    content = village.api("GET", f"/library/{recording}")["content"]
    return (village.box_folder(cluster) / "content" / "whole" / content[:2] / content).exists()


def _playing(village: Village, programme: str) -> bool:
    return any(line["state"] == "PLAYING" for line in village.log(programme))


def _wavs(village: Village, cluster: str) -> list[Path]:
    return sorted((village.folder / "heard" / cluster).glob("*.wav"))


def _ends(village: Village, cluster: str) -> int:
    """How often its output came to the end of something."""
    told = village.folder / "heard" / cluster / "started.jsonl"
    lines = told.read_text().splitlines() if told.exists() else []
    return sum(json.loads(line)["what"] == "ended" for line in lines)


def test_with_plan_and_sound_a_box_plays_on_time_without_server_and_broker(
    make_village: MakeVillage, bulletin: Path
) -> None:
    village, cluster = _one_box(make_village)
    _start(village, cluster)
    recording = village.upload(bulletin, "Bản tin")
    programme = village.air("Bản tin", [recording], soon_us(15))
    wait_until(lambda: _held(village, cluster, recording), bool, 12)
    village.kill("server")
    village.kill(f"box-{cluster}")
    _start(village, cluster)
    wait_until(lambda: _ends(village, cluster), lambda count: count == 1, 45)
    village.start_server()
    (line,) = wait_for_ends(village, programme, 1, 40)
    assert line["state"] == "PLAYED"
    assert abs(line["error_us"]) < 100_000
    assert len(_wavs(village, cluster)) == 1


def test_a_server_killed_while_a_box_plays_gets_its_word_afterwards(make_village: MakeVillage, bulletin: Path) -> None:
    village, cluster = _one_box(make_village)
    _start(village, cluster)
    programme = village.air("Bản tin", [village.upload(bulletin, "Bản tin")], soon_us(6))
    wait_until(lambda: _playing(village, programme), bool, 30)
    village.kill("server")
    village.start_server()
    (line,) = wait_for_ends(village, programme, 1, 60)
    assert line["state"] == "PLAYED"
    assert len(_wavs(village, cluster)) == 1


def test_a_box_killed_while_it_plays_joins_in_step_and_never_starts_again(
    make_village: MakeVillage, bulletin: Path
) -> None:
    village, cluster = _one_box(make_village)
    _start(village, cluster)
    recording = village.upload(bulletin, "Bản tin")
    programme = village.air("Bản tin dài", [recording] * 4, soon_us(6))
    wait_until(lambda: _playing(village, programme), bool, 30)
    time.sleep(5)
    village.kill(f"box-{cluster}")
    time.sleep(1)
    _start(village, cluster)
    (line,) = wait_for_ends(village, programme, 1, 90)
    assert line["state"] in ("PLAYED", "PARTIAL")
    segments = line["segments"]
    assert len(segments) == 2
    assert segments[0][0] == 0
    assert segments[0][1] <= segments[1][0], "nothing may sound twice"
    content = village.api("GET", f"/library/{recording}")["content"]
    source = village.station / "content" / content[:2] / content
    heard = [len(places_s(wav, source)) for wav in _wavs(village, cluster)]
    assert len(heard) == 2
    assert sum(heard) <= 4, "by the loudspeakers' own word too"
    if line["state"] == "PARTIAL":
        assert line["reason"] == "POWER_OFF"


@pytest.mark.parametrize("victim", ["box", "server"])
def test_killed_while_the_box_fetches_the_rest_is_fetched_and_it_plays(
    make_village: MakeVillage, bulletin: Path, victim: str
) -> None:
    village, cluster = _one_box(make_village)
    recording = village.upload(bulletin, "Bản tin")
    fetch = fetch_of(village, cluster, recording)
    with SlowRoad(village, cluster) as road:
        road.slow_down(fetch.size // 10, fetch.content)
        _start(village, cluster)
        programme = village.air("Bản tin", [recording], soon_us(25))
        wait_until(fetch.is_under_way, bool, 40)
        village.kill("server" if victim == "server" else f"box-{cluster}")
        road.cut()
        came = fetch.came
        assert 0 < came < fetch.size, "it was killed in the midst of the fetch"
        road.slow_down(0, fetch.content)
        if victim == "server":
            village.start_server()
        else:
            _start(village, cluster)
        (line,) = wait_for_ends(village, programme, 1, 90)
    assert line["state"] == "PLAYED"
    asked_from = re.search(r"(?i)\r\nrange: bytes=(\d+)-\r\n", road.asked[-1])
    assert asked_from, road.asked
    assert int(asked_from[1]) >= came, "the rest is fetched, and no byte twice"
    assert len(_wavs(village, cluster)) == 1, "it started once"


def test_a_stop_ends_what_is_on_air_and_what_was_stopped_before_never_starts(
    make_village: MakeVillage, bulletin: Path
) -> None:
    village, cluster = _one_box(make_village)
    _start(village, cluster)
    recording = village.upload(bulletin, "Bản tin")
    playing = village.air("Bản tin dài", [recording] * 5, soon_us(6))
    later = village.air("Bản tin sau", [recording], soon_us(120))
    wait_until(lambda: _playing(village, playing), bool, 30)
    (waiting,) = wait_until(lambda: village.log(later), bool, 10)
    village.api("POST", "/stop", json={})
    village.api("POST", "/stop", json={"airings": [waiting["id"]]})
    (line,) = wait_for_ends(village, playing, 1, 20)
    assert (line["state"], line["reason"]) == ("PARTIAL", "STOPPED")
    (line,) = wait_for_ends(village, later, 1, 20)
    assert (line["state"], line["reason"]) == ("CANCELLED", "STOPPED")
    assert line["by"]


def test_a_box_whose_journal_was_damaged_takes_its_place_again_and_says_what_is_lost(
    make_village: MakeVillage, bulletin: Path
) -> None:
    village, cluster = _one_box(make_village)
    _start(village, cluster)
    wait_until(lambda: village.api("GET", "/clusters")["items"][0]["box"]["report_n"], bool, 30)
    village.kill(f"box-{cluster}")
    for name in ("journal.db", "journal.db-wal"):
        (village.box_folder(cluster) / name).write_bytes(b"worn out" * 4096)
    _start(village, cluster)
    programme = village.air("Bản tin", [village.upload(bulletin, "Bản tin")], soon_us(10))
    (line,) = wait_for_ends(village, programme, 1, 60)
    assert line["state"] == "PLAYED"
    faults = village.api("GET", "/faults", params={"all": True})["items"]
    assert any(fault["code"] == "log_lost" for fault in faults), faults
