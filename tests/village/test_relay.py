"""A relay through real processes: a radio over HTTP, pulled once, out of every box; and what goes wrong with it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from deploy.village import Village
from speaker_client.frames import us_of
from tests.village.hands import hot
from tests.village.hearing import HEARD, like, shelf_is_ready, starts, wait_for_ends, wait_until
from tests.village.radio import OPEN, Radio, evening, morning


@pytest.fixture
def radios(tmp_path: Path) -> Iterator[tuple[Radio, Radio]]:
    pair = Radio(tmp_path, "vov", morning()), Radio(tmp_path, "huyen", evening())
    yield pair
    for one in pair:
        one.die()


def sources(village: Village, radios: tuple[Radio, Radio]) -> list[str]:
    forms = [
        {"name": name, "kind": "http", "address": one.url} for name, one in zip(("VOV1", "Huyện"), radios, strict=True)
    ]
    return [str(village.api("POST", "/relays/sources", json=form)["id"]) for form in forms]


def relays(village: Village) -> dict[str, Any]:
    (only,) = village.api("GET", "/relays")["items"]
    return dict(only)


def ended_us(village: Village, line: dict[str, Any]) -> int:
    """When its last sample sounded (UTC), by the output's own word."""
    folder = village.folder / "heard" / line["cluster_id"]
    last = [one for one in starts(folder) if one["airing"] == line["id"]][-1]
    return int(last["at_us"]) + us_of(soundfile.info(folder / last["wav"]).frames)


def test_a_relay_is_heard_everywhere_and_its_fallback_when_the_source_dies(
    make_village: Callable[..., Village], radios: tuple[Radio, Radio]
) -> None:
    village = make_village(3, OPEN)
    hot(village, village.clusters())
    vov, district = radios
    sources(village, radios)
    arguments = ("relay", "start", "VOV1", "--for", "32s", "--fallback", "Huyện", "--data", village.station, "--json")
    told = json.loads(village.run("tienglang", *arguments, "--dry-run"))
    assert (told["dry_run"], told["id"], told["conflicts"]) == (True, None, [])
    started = json.loads(village.run("tienglang", *arguments))
    wait_until(lambda: village.log(started["id"]), lambda lines: all(one["state"] == "PLAYING" for one in lines), 35)
    assert wait_until(lambda: relays(village), lambda seen: seen["sounding"] == "VOV1", 5)
    time.sleep(7)
    vov.die()
    killed_us = time.time_ns() // 1000
    wait_until(lambda: relays(village), lambda seen: seen["sounding"] == "Huyện", 15)
    lines = wait_for_ends(village, started["id"], 3, 90)
    assert (vov.pulls, district.pulls) == (1, 1), "whatever the number of boxes"
    left = next(one for one in relays(village)["switches"] if one["new"] == "Huyện")
    assert left["at_us"] - killed_us < 10_000_000
    print(
        {
            "noticed_s": (left["at_us"] - killed_us) / 1e6,
            "lines": [(one["state"], one["vi"], one["error_us"]) for one in lines],
            "likeness": [[like(village, line, one.wav) for one in radios] for line in lines],
        }
    )
    for line in lines:
        assert line["state"] == "PLAYED", line
        assert "VOV1" in line["vi"]
        assert left["en"] in line["en"]
        assert [one["new"] for one in line["relay"]["switches"]][:2] == ["VOV1", "Huyện"]
        assert min(like(village, line, one.wav) for one in radios) > HEARD
    late_us = [ended_us(village, line) - line["scheduled_us"] - 32_000_000 for line in lines]
    print({"after_its_hard_end_us": late_us})
    assert max(map(abs, late_us)) < 100_000, "all of them, to the block"


def test_an_emergency_has_the_floor_and_a_server_that_dies_leaves_the_boxes_their_own_music(
    make_village: Callable[..., Village], radios: tuple[Radio, Radio], tmp_path: Path
) -> None:
    village = make_village(2, OPEN)
    hot(village, village.clusters())
    shelf_is_ready(village)
    song = village.upload(radios[1].wav, "Nhạc quê hương")
    (vov, _) = sources(village, radios)
    form = {"length_s": 65, "items": [song], "title": "Thời sự"}
    started = village.api("POST", f"/relays/sources/{vov}/start", json=form)
    wait_until(lambda: village.log(started["id"]), lambda lines: all(one["state"] == "PLAYING" for one in lines), 35)
    time.sleep(4)
    alarm = village.api("POST", "/emergencies", json={"template": "siren", "key": "k" * 32, "rounds": 1})
    wait_until(lambda: village.api("GET", f"/orders/{alarm['id']}"), lambda seen: seen["playing"] == 6, 5)
    wait_until(lambda: village.api("GET", f"/orders/{alarm['id']}"), lambda seen: seen["over"], 40)
    time.sleep(3)
    village.kill("server")
    time.sleep(8)
    village.start_server()
    began = time.monotonic()
    wait_until(lambda: relays(village), lambda seen: seen["sounding"] == "VOV1", 15)
    back_s = time.monotonic() - began
    lines = wait_for_ends(village, started["id"], 2, 150)
    print({"back_s": back_s, "lines": [(one["state"], one["reason"], one["vi"], one["segments"]) for one in lines]})
    assert back_s < 10
    for line in lines:
        assert line["state"] == "PARTIAL"
        assert len(line["segments"]) == 2, "it went on after the emergency"
        assert "nhạc thay thế" in line["vi"]
        assert min(like(village, line, one.wav) for one in radios) > HEARD
