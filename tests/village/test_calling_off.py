"""Announcements: what was accepted is heard as it was made; what was called off at the last moment is not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from audio_library import chimes
from deploy.village import Village, VillageFailed, soon_us
from tests.village.hearing import places_s, starts, wait_for_ends, wait_until

TEXT = "Mời bà con họp thôn lúc bảy giờ tối nay."


def test_a_text_survives_a_kill_and_what_is_called_off_two_seconds_before_its_start_is_not_heard(
    make_village: Callable[[int], Village], bulletin: Path, tmp_path: Path
) -> None:
    village = make_village(2)
    clusters = village.clusters()
    heard = [village.folder / "heard" / cluster for cluster in clusters]
    for cluster, folder in zip(clusters, heard, strict=True):
        village.start_box(cluster, f"file:{folder}")
    recording = village.upload(bulletin, "Bản tin")
    asked = ("say", "Chín giờ họp thôn.", "--title", "Hẹn giờ", "--times", "1", "--in", "20s")
    timed = json.loads(village.run("tienglang", *asked, "--data", village.station, "--json"))
    form = {"text": TEXT, "title": "Họp thôn", "times": 2, "at_us": timed["start_us"] + 15_000_000}
    kept = village.api("POST", "/announcements", json=form)
    village.kill("server")
    village.start_server()
    kept = wait_until(lambda: village.api("GET", f"/announcements/{kept['id']}"), lambda seen: seen["programme_id"], 30)
    programme = kept["programme_id"]
    lines = wait_for_ends(village, timed["programme_id"], 2, 60)
    assert [(line["state"], line["title"]) for line in lines] == [("PLAYED", "Hẹn giờ")] * 2
    assert {line["scheduled_us"] for line in lines} == {timed["start_us"]}
    wait_until(lambda: [one["state"] for one in village.log(programme)], lambda all_: all_ == ["PLAYING"] * 2, 60)
    with pytest.raises(VillageFailed, match="409"):
        village.api("DELETE", f"/announcements/{kept['id']}")
    regretted = village.api("POST", "/announcements", json={"recording": recording, "title": "Báo nhầm"})
    lines = wait_for_ends(village, programme, 2, 30)
    assert [(line["state"], line["title"]) for line in lines] == [("PLAYED", "Họp thôn")] * 2
    for line in lines:
        (wav,) = (village.folder / "heard" / line["cluster_id"]).glob(f"*{line['id']}*.wav")
        assert_whole(wav, tmp_path)

    time.sleep(max(0, regretted["start_us"] - soon_us(2)) / 1_000_000)
    assert village.api("DELETE", f"/announcements/{regretted['id']}")["state"] == "cancelled"
    lines = wait_for_ends(village, regretted["id"], 2, 60)
    assert {line["state"] for line in lines} == {"CANCELLED"}
    assert [len(starts(folder)) for folder in heard] == [2, 2]


def test_a_recording_is_heard_twice_between_its_bells_where_it_is_meant_and_nowhere_else(
    make_village: Callable[[int], Village], bulletin: Path, tmp_path: Path
) -> None:
    """And what was accepted survives a kill that comes at once."""
    village = make_village(2)
    here, elsewhere = village.clusters()
    for cluster in (here, elsewhere):
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    recording = village.upload(bulletin, "Bản tin")
    asked = ("say", "--recording", recording, "--times", "2", "--target", f"cluster:{here}", "--in", "20s")
    said = json.loads(village.run("tienglang", *asked, "--data", village.station, "--json"))
    village.kill("server")
    village.start_server()
    (line,) = wait_for_ends(village, said["programme_id"] or said["id"], 1, 120)
    assert (line["state"], line["cluster_id"]) == ("PLAYED", here)
    assert starts(village.folder / "heard" / elsewhere) == []
    (wav,) = (village.folder / "heard" / here).glob(f"*{line['id']}*.wav")
    content = village.api("GET", f"/library/{recording}")["content"]
    once, again = places_s(wav, village.station / "content" / content[:2] / content)
    for name, sound in (("chime", chimes.chime()), ("closing", chimes.closing()[: int(1.2 * 48_000)])):
        soundfile.write(tmp_path / f"{name}.wav", sound, 48_000)
    chime, closing = (places_s(wav, tmp_path / f"{name}.wav") for name in ("chime", "closing"))
    print({"chime": chime, "once": once, "again": again, "closing": closing})
    assert chime[0] < once < again < closing[-1]
    assert not [at for at in (*chime, *closing) if once < at < again], "the bells are around both, not between"


def assert_whole(wav: Path, folder: Path) -> None:
    """Chime, the words, the words again, closing."""
    played, rate = soundfile.read(wav, always_2d=True)
    begin = len(chimes.chime())
    made = {
        "chime": chimes.chime(),
        "words": played[begin : begin + 2 * rate],
        "closing": chimes.closing()[: int(1.2 * rate)],
    }
    heard_s = {}
    for name, sound in made.items():
        soundfile.write(folder / f"{name}.wav", sound, rate)
        heard_s[name] = places_s(wav, folder / f"{name}.wav")
    print(heard_s)
    (chime,), (once, again), (closing,) = heard_s.values()
    assert chime < once < again < closing
