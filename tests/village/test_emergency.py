"""An emergency through real processes: pressed once, heard on every cluster, whatever else goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broadcast_server.keys import read_keys
from deploy.village import Village, VillageFailed, soon_us
from speaker_client.frames import BLOCK_US, us_of
from speaker_client.protocol.ids import MINUTE, SECOND, ClusterId
from speaker_client.protocol.order import Emergency, order_airing_id
from tests.ports import free_ports
from tests.village.conftest import begin
from tests.village.hands import hot, press, ready, stands
from tests.village.hearing import ENDS, likeness, shelf_is_ready, starts, wait_for_ends, wait_until
from tests.village.outside_broker import NAME as BROKER
from tests.village.outside_broker import OutsideBroker
from tests.village.roads import SlowRoad, TakenPort, as_given, close_datagrams, journal


def began(village: Village, order: dict[str, Any]) -> dict[str, int]:
    """How often it began on each cluster, by the outputs' own word."""
    return {
        one["cluster_id"]: sum(
            line["airing"] == one["airing_id"] for line in starts(village.folder / "heard" / one["cluster_id"])
        )
        for one in order["clusters"]
    }


def began_once(village: Village, order: dict[str, Any]) -> None:
    """On each of its clusters. An output writes down what it sounds a quarter of a second later, in its order."""
    wait_until(lambda: began(village, order), lambda counts: set(counts.values()) == {1}, 5)


def test_it_is_heard_on_every_cluster_over_programmes_that_go_on_or_end_as_their_rules_say(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    village = make_village(3)
    clusters = village.clusters()
    ready(village, clusters)
    recording, begins_us = village.upload(bulletin, "Bản tin"), soon_us(8)
    here, there = ([f"cluster:{clusters[0]}"], [f"cluster:{one}" for one in clusters[1:]])
    resumes = village.air("Bản tin", [recording], begins_us, here)
    ends = village.air("Ca nhạc", [recording], begins_us, there, if_interrupted="end")

    def both() -> list[str]:
        return [one["state"] for programme in (resumes, ends) for one in village.log(programme)]

    wait_until(both, lambda all_: all_ == ["PLAYING"] * 3, 40)

    key = uuid.uuid4().hex
    order = press(village, "/emergencies", "all_clear", key=key)
    assert press(village, "/emergencies", "all_clear", key=key)["id"] == order["id"], "a double tap is one order"
    over = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 60)

    assert [one["state"] for one in over["clusters"]] == ["PLAYED"] * 3
    assert over["acknowledged"] == over["playing"] == over["loudspeakers"] == 9
    began_once(village, over)
    content = village.api("GET", f"/library/{_recording(village, 'all_clear')}")["content"]
    for one in over["clusters"]:
        (wav,) = (village.folder / "heard" / one["cluster_id"]).glob(f"*{one['airing_id']}.wav")
        assert likeness(wav, village.station / "content" / content[:2] / content) > 0.95
        assert abs(gap_us(wav.parent, one["airing_id"])) <= BLOCK_US, "what it cut off had sounded until then"
    assert [one["state"] for one in wait_for_ends(village, resumes, 1, 90)] == ["PLAYED"]
    lines = wait_for_ends(village, ends, 2, 90)
    assert [(line["state"], line["reason"]) for line in lines] == [("PARTIAL", "PREEMPTED")] * 2


def gap_us(folder: Path, airing: str) -> int:
    """From the last sample of what sounded before the airing to its first, by the output's own list."""
    lines = [json.loads(line) for line in (folder / "started.jsonl").read_text().splitlines()]
    at = next(n for n, line in enumerate(lines) if (line["airing"], line["what"]) == (airing, "started"))
    before = lines[:at]
    (end,) = [line for line in before if line["what"] == "ended"][-1:]
    (start,) = [line for line in before if line["what"] == "started"][-1:]
    return int(lines[at]["at_mono_us"] - start["at_mono_us"] - us_of(end["frames"]))


def _recording(village: Village, name: str) -> str:
    return next(one["recording_id"] for one in village.api("GET", "/orders/templates")["items"] if one["name"] == name)


def test_twenty_loudspeakers_sound_while_the_box_of_the_twenty_first_hangs_and_is_named(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(0)
    village.settle([("Thôn Đông", ("Cụm 1", "Cụm 2", "Cụm 3", "Cụm 4"))], horns=5)
    clusters = village.settle([("Thôn Tây", ("Cụm lẻ",))], horns=1)
    ready(village, village.clusters())
    hung = village.processes[f"box-{clusters[0]}"]
    os.kill(hung.pid, signal.SIGSTOP)
    try:
        order = press(village)
        seen = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 20, 10)
    finally:
        os.kill(hung.pid, signal.SIGCONT)
    assert seen["loudspeakers"] == 21
    assert [one["state"] for one in seen["clusters"]] == ["PLAYING"] * 4 + ["PENDING"]
    assert [one["loudspeakers"][0]["acknowledged"] is None for one in seen["clusters"]] == [False] * 4 + [True]
    assert "chưa trả lời" in seen["clusters"][4]["vi"]
    assert "has not answered" in seen["clusters"][4]["en"]
    seen = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 21, 20)
    began_once(village, seen)


def test_from_the_command_line_two_in_two_places_one_stop_ends_both_and_the_correction_follows(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(2)
    clusters = village.clusters()
    ready(village, clusters)
    orders = [
        commanded(village, "emergency", template, "--rounds", "50", "--target", f"cluster:{cluster}")
        for template, cluster in zip(("siren", "fire"), clusters, strict=True)
    ]
    assert [(one["playing"], one["loudspeakers"]) for one in orders] == [(3, 3)] * 2, "it waits for their word"
    assert len(commanded(village, "stop", "--dry-run")["on_air"]) == 2
    assert len(commanded(village, "stop")["clusters"]) == 2
    for order in orders:
        (end,) = wait_until(lambda o=order: stands(village, o["id"]), lambda seen: seen["over"], 10)["clusters"]
        assert end["state"] == "PARTIAL"
        began_once(village, order)
    assert commanded(village, "emergency", "correction", "--dry-run")["dry_run"]
    assert commanded(village, "emergency", "correction")["playing"] == 6
    village.api("POST", "/stop", json={})


def commanded(village: Village, *argv: str) -> dict[str, Any]:
    """What a command of `tienglang` says."""
    said: dict[str, Any] = json.loads(village.run("tienglang", *argv, "--data", village.station, "--json"))
    return said


def test_a_box_that_never_ran_obeys_the_stop_it_missed_and_sounds_what_comes_while_it_boots_and_while_it_fetches(
    make_village: Callable[[int], Village], bulletin: Path
) -> None:
    """No clock, no plan, no sound on its disk: what was stopped before its start is not heard, the next one is."""
    village = make_village(1)
    (cluster,) = village.clusters()
    output = f"file:{village.folder / 'heard' / cluster}"
    shelf_is_ready(village)
    regretted = press(village, template="siren", rounds=50)
    village.api("POST", "/stop", json={})
    village.start_box(cluster, output)
    order = press(village, template="siren")
    seen = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 3, 30)
    began_once(village, seen)
    over = wait_until(lambda: stands(village, regretted["id"]), lambda seen: seen["over"], 20)
    assert began(village, over) == {cluster: 0}
    assert over["clusters"][0]["state"] == "CANCELLED"

    village.kill(f"box-{cluster}")
    village.air("Bản tin", [village.upload(bulletin, "Bản tin")], soon_us(300))
    parts = village.box_folder(cluster) / "content" / "parts"
    with SlowRoad(village, cluster, bytes_s=8_000):
        village.start_box(cluster, output)
        wait_until(lambda: list(parts.glob("*.part")), bool, 30)
        meanwhile = press(village, template="siren")
        seen = wait_until(lambda: stands(village, meanwhile["id"]), lambda seen: seen["playing"] == 3, 10)
        assert list(parts.glob("*.part")), "it still fetches"
    began_once(village, seen)


def test_the_later_emergency_wins_and_a_drill_gives_way_and_is_nothing_real(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(1)
    ready(village, village.clusters())
    for route, template in (("/drills", "flood"), ("/emergencies", "drill")):
        with pytest.raises(VillageFailed, match="404"):
            press(village, route, template)
    exercise = commanded(village, "drill")
    assert exercise["playing"] == 3
    assert tags(village) == {"drill"}
    first = press(village, template="siren", rounds=50)
    wait_until(lambda: stands(village, first["id"]), lambda seen: seen["playing"] == 3, 10)
    assert tags(village) == {"drill", "emergency"}
    second = press(village, template="fire")
    wait_until(lambda: stands(village, second["id"]), lambda seen: seen["playing"] == 3, 10)
    for loser in (exercise, first):
        (end,) = wait_until(lambda o=loser: stands(village, o["id"]), lambda seen: seen["over"], 10)["clusters"]
        assert end["state"] == "PARTIAL"
    late = press(village, "/drills", "drill")
    (end,) = wait_until(lambda: stands(village, late["id"]), lambda seen: seen["over"], 10)["clusters"]
    assert end["state"] == "SUPERSEDED"


def tags(village: Village) -> set[str]:
    """What the page of today calls by a name and a colour of its own."""
    return set(re.findall(r'class="tag (\w+)"', village.raw().get("/").text))


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
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 3, 20)
    village.kill(f"box-{clusters[1]}")
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / f'{cluster}-again'}")
    seen = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 6, 30)
    for one in seen["clusters"]:
        folder = village.folder / "heard" / f"{one['cluster_id']}-again"
        wait_until(lambda f=folder: starts(f), lambda lines: len(lines) == 1, 20)
    village.api("POST", "/stop", json={})
    over = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 20)
    assert {one["state"] for one in over["clusters"]} <= ENDS


@pytest.fixture(scope="module")
def unbrokered(tmp_path_factory: pytest.TempPathFactory, founded: Path) -> Iterator[Village]:
    """Two boxes that have everything, their broker dead."""
    folder = tmp_path_factory.mktemp("unbrokered")
    broker = OutsideBroker(folder / "broker", free_ports())
    village = Village(folder, free_ports(), broker.settings)
    try:
        begin(village, founded)
        clusters = village.settle([("Thôn", ["Cụm 1", "Cụm 2"])])
        broker.start(village)
        ready(village, clusters)
        village.kill(BROKER)
        yield village
    finally:
        village.stop()


def test_with_the_broker_dead_it_comes_as_a_datagram_or_is_pulled_by_a_box_without_a_clock(unbrokered: Village) -> None:
    village = unbrokered
    _, pulls = village.clusters()
    village.kill(f"box-{pulls}")
    for file in village.box_folder(pulls).glob("journal.db*"):  # and with it all that it knew of the time
        file.unlink()
    close_datagrams(village, pulls)
    order = press(village, template="siren", rounds=50)
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["acknowledged"] == 3, 2)
    village.start_box(pulls, f"file:{village.folder / 'heard' / pulls}")
    began = time.monotonic()
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 6, 7)
    print({"playing_after_its_boot_s": time.monotonic() - began})
    (booted,) = (line for line in journal(village, pulls) if line["body"]["kind"] == "booted")
    assert booted["at_us"] is None
    village.api("POST", "/stop", json={})
    over = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 5)
    began_once(village, over)


def test_with_http_and_datagrams_gone_it_comes_by_the_broker_alone_and_so_does_its_stop(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(1)
    (cluster,) = village.clusters()
    ready(village, [cluster])
    village.kill(f"box-{cluster}")
    close_datagrams(village, cluster)
    with SlowRoad(village, cluster) as road:
        hot(village, [cluster])
    road.cut()
    order = press(village, template="siren", rounds=50)
    began_once(village, order)
    village.api("POST", "/stop", json={})
    told = village.folder / "heard" / cluster / "started.jsonl"
    lines = wait_until(
        lambda: [json.loads(line) for line in told.read_text().splitlines()],
        lambda all_: all_[-1]["what"] == "ended",
        10,
    )
    assert lines[-1]["frames"] < 48_000 * 10, "long before its fiftieth round"


def test_a_stop_that_was_accepted_survives_a_kill(make_village: Callable[[int], Village]) -> None:
    village = make_village(1)
    (cluster,) = village.clusters()
    ready(village, [cluster])
    order = press(village, template="siren", rounds=50)
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 3, 10)
    box = village.processes[f"box-{cluster}"]
    os.kill(box.pid, signal.SIGSTOP)
    try:
        village.api("POST", "/stop", json={})
        village.kill("server")
    finally:
        os.kill(box.pid, signal.SIGCONT)
    village.start_server()
    (end,) = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 20)["clusters"]
    assert (end["state"], "stopped" in end["en"]) == ("PARTIAL", True)
    began_once(village, order)


def test_what_is_stale_or_signed_by_another_key_is_refused_and_what_expires_is_over(unbrokered: Village) -> None:
    village = unbrokered
    cluster = village.clusters()[0]
    folder = village.folder / "heard" / cluster
    order = press(village, template="siren", targets=[f"cluster:{cluster}"])
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 3, 10)
    began_once(village, order)
    village.api("POST", "/stop", json={})
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 5)
    given, keys, before = as_given(village, order["id"], cluster), read_keys(village.station / "keys"), starts(folder)
    village.kill("server")
    with TakenPort(village) as station:
        fresh = given_now(given, rounds=50, until_s=10)
        station.say(fresh.model_copy(update={"expires_us": fresh.start_us - 1}).seal([keys.alert]))
        for key in (keys.schedule, keys.drill):
            station.say(fresh.seal([key]))
        time.sleep(1)
        assert starts(folder) == before
        station.say(given_now(given, rounds=50, until_s=10).seal([keys.alert]))
        (end,) = wait_until(lambda: ended(village, cluster, fresh), bool, 15)
    a_round_us = given.first[0].duration_us
    assert (end["result"], end["duration_us"]) == ("PLAYED", a_round_us), "the last that was whole before it expired"
    assert len(starts(folder)) == len(before) + 1
    village.start_server()


def given_now(given: Emergency, rounds: int, until_s: int) -> Emergency:
    """Another like it that may begin from now on and is over so soon."""
    now = time.time_ns() // 1000
    times = {"start_us": now, "expires_us": now + MINUTE, "until_us": now + until_s * SECOND}
    return given.model_copy(update={"id": "f" * 32, "seq": given.seq + 1, "rounds": rounds, **times})


def ended(village: Village, cluster: str, order: Emergency) -> list[dict[str, Any]]:
    """The end of the order on the cluster, by its box's own word."""
    airing = order_airing_id(order.id, ClusterId(cluster))
    bodies = [line["body"] for line in journal(village, cluster)]
    return [one for one in bodies if one["kind"] == "airing_ended" and one["airing"] == airing]
