"""An emergency through real processes: pressed once, heard on every cluster, whatever else goes on."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.village import Village, VillageFailed, soon_us
from tests.brokers.house import free_port
from tests.village.conftest import free_ports
from tests.village.hearing import ENDS, likeness, shelf_is_ready, starts, wait_for_ends, wait_until
from tests.village.outside_broker import NAME as BROKER
from tests.village.outside_broker import OutsideBroker


def ready(village: Village, clusters: list[str]) -> None:
    """Boxes on, templates spoken, the shelf in every box."""
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    shelf_is_ready(village)
    contents = {village.api("GET", f"/library/{one}")["content"] for one in _recordings(village)}
    for cluster in clusters:
        folder = village.box_folder(cluster) / "content" / "whole"
        wait_until(lambda f=folder: {file.name for file in f.glob("*/*")}, lambda held: held >= contents, 60)


def _recordings(village: Village) -> list[str]:
    return [one["recording_id"] for one in village.api("GET", "/orders/templates")["items"]]


def press(village: Village, route: str = "/emergencies", template: str = "flood", **more: Any) -> dict[str, Any]:
    form = {"template": template, "key": uuid.uuid4().hex, "rounds": 1, **more}
    order: dict[str, Any] = village.api("POST", route, json=form)
    return order


def stands(village: Village, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = village.api("GET", f"/orders/{order['id']}")
    return found


def began(village: Village, order: dict[str, Any]) -> dict[str, int]:
    """How often it began on each cluster, by the outputs' own word."""
    return {
        one["cluster_id"]: sum(
            line["airing"] == one["airing_id"] for line in starts(village.folder / "heard" / one["cluster_id"])
        )
        for one in order["clusters"]
    }


def test_it_is_heard_on_every_cluster_over_a_programme_that_goes_on_afterwards(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    village = make_village(3)
    clusters = village.clusters()
    ready(village, clusters)
    programme = village.air("Bản tin", [village.upload(bulletin, "Bản tin")], soon_us(8))
    wait_until(lambda: [one["state"] for one in village.log(programme)], lambda all_: all_ == ["PLAYING"] * 3, 40)

    key = uuid.uuid4().hex
    order = press(village, "/emergencies", "all_clear", key=key)
    assert press(village, "/emergencies", "all_clear", key=key)["id"] == order["id"], "a double tap is one order"
    over = wait_until(lambda: stands(village, order), lambda seen: seen["over"], 60)

    assert [one["state"] for one in over["clusters"]] == ["PLAYED"] * 3
    assert over["acknowledged"] == over["playing"] == over["loudspeakers"] == 9
    assert set(began(village, over).values()) == {1}
    content = village.api("GET", f"/library/{_recording(village, 'all_clear')}")["content"]
    for one in over["clusters"]:
        (wav,) = (village.folder / "heard" / one["cluster_id"]).glob(f"*{one['airing_id']}.wav")
        assert likeness(wav, village.station / "content" / content[:2] / content) > 0.95
    lines = wait_for_ends(village, programme, 3, 90)
    assert {(line["state"], line["reason"]) for line in lines} <= {("PLAYED", None), ("PARTIAL", "PREEMPTED")}


def _recording(village: Village, name: str) -> str:
    return next(one["recording_id"] for one in village.api("GET", "/orders/templates")["items"] if one["name"] == name)


def test_a_box_that_hangs_holds_up_nobody_and_is_named(make_village: Callable[[int], Village]) -> None:
    village = make_village(3)
    clusters = village.clusters()
    ready(village, clusters)
    hung = village.processes[f"box-{clusters[2]}"]
    os.kill(hung.pid, signal.SIGSTOP)
    try:
        order = press(village)
        seen = wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 6, 10)
    finally:
        os.kill(hung.pid, signal.SIGCONT)
    assert [one["state"] for one in seen["clusters"]] == ["PLAYING", "PLAYING", "PENDING"]
    assert [one["loudspeakers"][0]["acknowledged"] is None for one in seen["clusters"]] == [False, False, True]
    seen = wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 9, 20)
    wait_until(lambda: set(began(village, seen).values()), lambda counts: counts == {1}, 5)


def test_stop_ends_it_everywhere_and_a_new_one_may_follow(make_village: Callable[[int], Village]) -> None:
    village = make_village(2)
    ready(village, village.clusters())
    order = press(village, template="siren", rounds=50)
    wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 6, 10)
    village.api("POST", "/stop", json={})
    over = wait_until(lambda: stands(village, order), lambda seen: seen["over"], 10)
    assert {one["state"] for one in over["clusters"]} == {"PARTIAL"}
    again = press(village, template="correction")
    wait_until(lambda: stands(village, again), lambda seen: seen["playing"] == 6, 10)


def test_the_later_emergency_wins_and_a_drill_gives_way(make_village: Callable[[int], Village]) -> None:
    village = make_village(1)
    ready(village, village.clusters())
    exercise = press(village, "/drills", "drill")
    wait_until(lambda: stands(village, exercise), lambda seen: seen["playing"] == 3, 10)
    first = press(village, template="siren", rounds=50)
    wait_until(lambda: stands(village, first), lambda seen: seen["playing"] == 3, 10)
    second = press(village, template="fire")
    wait_until(lambda: stands(village, second), lambda seen: seen["playing"] == 3, 10)
    for loser in (exercise, first):
        (end,) = wait_until(lambda o=loser: stands(village, o), lambda seen: seen["over"], 10)["clusters"]
        assert end["state"] == "PARTIAL"
    late = press(village, "/drills", "drill")
    (end,) = wait_until(lambda: stands(village, late), lambda seen: seen["over"], 10)["clusters"]
    assert end["state"] == "SUPERSEDED"


def test_a_drill_cannot_use_what_is_real_nor_the_other_way_round(make_village: Callable[[int], Village]) -> None:
    village = make_village(1)
    with pytest.raises(VillageFailed, match="404"):
        press(village, "/drills", "flood")
    with pytest.raises(VillageFailed, match="404"):
        press(village, "/emergencies", "drill")


def test_a_box_killed_in_the_middle_begins_again_and_the_server_forgets_nothing(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(2)
    clusters = village.clusters()
    ready(village, clusters)
    village.kill(f"box-{clusters[0]}")
    order = press(village, rounds=3)
    village.kill("server")
    village.start_server()
    wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 3, 20)
    village.kill(f"box-{clusters[1]}")
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / f'{cluster}-again'}")
    seen = wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 6, 30)
    for one in seen["clusters"]:
        folder = village.folder / "heard" / f"{one['cluster_id']}-again"
        wait_until(lambda f=folder: starts(f), lambda lines: len(lines) == 1, 20)
    village.api("POST", "/stop", json={})
    over = wait_until(lambda: stands(village, order), lambda seen: seen["over"], 20)
    assert {one["state"] for one in over["clusters"]} <= ENDS


def test_with_the_broker_dead_it_comes_as_a_datagram_and_is_answered_at_once(tmp_path: Path) -> None:
    broker = OutsideBroker(tmp_path / "broker", free_port())
    village = Village(tmp_path, free_ports(), broker.settings)
    try:
        village.found()
        village.start_server()
        clusters = village.settle([("Thôn", ["Cụm 1", "Cụm 2"])])
        broker.start(village)
        ready(village, clusters)
        village.kill(BROKER)
        village.kill(f"box-{clusters[1]}")
        order = press(village)
        wait_until(lambda: stands(village, order), lambda seen: seen["acknowledged"] == 3, 2)
        village.start_box(clusters[1], f"file:{village.folder / 'heard' / clusters[1]}")
        wait_until(lambda: stands(village, order), lambda seen: seen["playing"] == 6, 10)
        village.api("POST", "/stop", json={})
        over = wait_until(lambda: stands(village, order), lambda seen: seen["over"], 5)
        assert set(began(village, over).values()) == {1}
    finally:
        village.stop()
