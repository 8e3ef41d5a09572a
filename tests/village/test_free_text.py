"""Somebody's own words through real processes: heard as spoken, with the time of issue, whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import soundfile

from deploy.village import Village, VillageFailed
from tests.village.hands import stands
from tests.village.hearing import likeness, shelf_is_ready, wait_until

TEXT = "Nước sông Chu lên nhanh. Bà con thôn một lên nhà văn hóa ngay."
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def press(village: Village, **more: Any) -> dict[str, Any]:
    form = {"text": TEXT, "key": uuid.uuid4().hex, **more}
    order: dict[str, Any] = village.api("POST", "/emergencies", json=form)
    return order


def rows(village: Village, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{village.station / 'station.db'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def sources(village: Village) -> list[Path]:
    """What was spoken for orders, in its order."""
    contents = rows(village, "select content from spoken order by position")
    return [village.station / "content" / content[:2] / content for (content,) in contents]


def clock(village: Village) -> dict[str, Any]:
    """The phrases of the clock: content and cuts of each half."""
    query = "select name, content, templates.cuts from templates join recordings on recordings.id = recording_id"
    return {name: (content, json.loads(cuts)) for name, content, cuts in rows(village, query) if cuts}


def ready(village: Village, with_clock: bool) -> None:
    """Boxes on, and every template's sound in all of them; the phrases of the clock are made last."""
    for cluster in village.clusters():
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    shelf_is_ready(village)
    if with_clock:
        wait_until(lambda: clock(village), lambda found: len(found) == 2, 60)
    query = "select content from templates join recordings on recordings.id = recording_id"
    wanted = {content for (content,) in rows(village, query)}
    for cluster in village.clusters():
        folder = village.box_folder(cluster) / "content" / "whole"
        wait_until(lambda f=folder: {file.name for file in f.glob("*/*")}, lambda held: held >= wanted, 60)


def heard(village: Village, cluster: str, airing: str) -> Path:
    (wav,) = (village.folder / "heard" / cluster).glob(f"*{airing}.wav")
    return wav


def test_it_is_heard_as_it_was_spoken_and_the_second_round_tells_when_it_was_given(
    make_village: Callable[[int], Village], tmp_path: Path
) -> None:
    village = make_village(2)
    ready(village, with_clock=True)
    with pytest.raises(VillageFailed, match="text_unreadable"):
        press(village, text="Chạy\u0007ngay")
    with pytest.raises(VillageFailed, match="drill_in_alarm"):
        press(village, text=f"Đây là diễn tập. {TEXT}")
    assert press(village, lead="none", dry_run=True)["dry_run"]
    key = uuid.uuid4().hex
    order = press(village, lead="none", rounds=2, key=key)
    assert press(village, lead="none", rounds=2, key=key)["id"] == order["id"]
    over = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 40)
    assert (over["text"], [one["state"] for one in over["clusters"]]) == (TEXT, ["PLAYED"] * 2)
    given = datetime.fromtimestamp(over["made_us"] / 1e6, UTC).astimezone(ZONE)
    for name, number in (("hours", given.hour), ("minutes", given.minute)):
        content, cuts = clock(village)[name]
        sound, rate = soundfile.read(village.station / "content" / content[:2] / content)
        start, length = (us * rate // 1_000_000 for us in cuts[number])
        soundfile.write(tmp_path / f"{name}.wav", sound[start : start + length], rate)
    for one in over["clusters"]:
        wav = heard(village, one["cluster_id"], one["airing_id"])
        for source in (*sources(village), tmp_path / "hours.wav", tmp_path / "minutes.wav"):
            assert likeness(wav, source) > 0.95, source.name


def test_neither_a_killed_server_nor_a_killed_box_nor_a_sound_that_cannot_be_fetched_loses_it(
    make_village: Callable[[int], Village],
) -> None:
    village = make_village(2)
    ready(village, with_clock=False)
    killed, other = village.clusters()
    for cluster in (killed, other):
        os.kill(village.processes[f"box-{cluster}"].pid, signal.SIGSTOP)
    order = press(village, lead="chime")
    village.kill("server")
    (source,) = sources(village)
    away = source.rename(source.with_suffix(".away"))
    village.start_server()
    for cluster in (killed, other):
        os.kill(village.processes[f"box-{cluster}"].pid, signal.SIGCONT)
    wait_until(lambda: stands(village, order["id"]), lambda seen: seen["playing"] == 6, 20)
    village.kill(f"box-{killed}")
    time.sleep(4)
    village.start_box(killed, f"file:{village.folder / 'heard' / killed}-again")
    away.rename(source)
    over = wait_until(lambda: stands(village, order["id"]), lambda seen: seen["over"], 90)
    states = {one["cluster_id"]: (one["state"], one["vi"]) for one in over["clusters"]}
    airings = {one["cluster_id"]: one["airing_id"] for one in over["clusters"]}
    assert likeness(heard(village, f"{killed}-again", airings[killed]), source) > 0.95
    wav = heard(village, other, airings[other])
    assert likeness(wav, source) > 0.95, "it was fetched for a later round"
    assert states[other][0] == "PARTIAL"
    assert "chưa tải đủ" in states[other][1]
    sound, rate = soundfile.read(wav)
    first = np.abs(sound[: 6 * rate, 0])
    quiet = [not np.any(first[at : at + rate // 2] > 0.01) for at in range(0, len(first), rate // 2)]
    assert not any(quiet), "the chime went on where the words were missing"
