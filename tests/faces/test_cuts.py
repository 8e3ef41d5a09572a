"""Trimming in the library: a new recording of a stretch of another, and every cut that is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from audio_library.content import ContentId
from broadcast_server.library.cuts import title_after
from broadcast_server.people.rights import Role
from tests.faces.office import Office, finished, open_office, sound

LIBRARY = "/api/v1/library"


async def recording(officer: httpx2.AsyncClient, tmp_path: Path, title: str = "Bản tin") -> dict[str, Any]:
    """Four seconds of sound in the library."""
    body = sound(tmp_path / "a.wav", seconds=4).read_bytes()
    intake = (await officer.post(f"{LIBRARY}/uploads?name=a.wav&title={title}", content=body)).json()
    return await became(officer, intake)


async def became(officer: httpx2.AsyncClient, intake: dict[str, Any]) -> dict[str, Any]:
    """The recording that an intake became."""
    ended = await finished(officer, intake)
    assert ended["state"] == "ready", ended
    shown: dict[str, Any] = (await officer.get(f"{LIBRARY}/{ended['recording_id']}")).json()
    return shown


async def test_a_stretch_becomes_a_recording_that_names_its_source(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    source = await recording(officer, tmp_path)
    wish = {"from_ms": 500, "to_ms": 2500, "fade_in_ms": 200, "fade_out_ms": 300}
    answer = await officer.post(f"{LIBRARY}/{source['id']}/cuts", json=wish)
    assert answer.status_code == 202, answer.text
    cut = await became(officer, answer.json())
    assert (cut["title"], cut["source_id"]) == ("Bản tin (đã cắt)", source["id"])
    assert cut["duration_us"] == 2_000_000
    assert (cut["original"], cut["original_name"], cut["kind"]) == (source["original"], "a.wav", source["kind"])
    assert abs(cut["loudness_lufs"] + 16) <= 1
    assert cut["peaks"][0] < 10 < 50 < cut["peaks"][500]
    again = (await officer.get(f"{LIBRARY}/{source['id']}")).json()
    assert again == source, "the source stays as it was"
    assert list((working_office.station.settings.data / "incoming").iterdir()) == []

    more = await officer.post(f"{LIBRARY}/{cut['id']}/cuts", json={"from_ms": 1000, "to_ms": 2000})
    second = await became(officer, more.json())
    assert (second["title"], second["source_id"]) == ("Bản tin (đã cắt 2)", cut["id"])
    assert [one["from_us"] for one in second["cuts"]] == [500_000, 1_000_000]
    named = await officer.post(
        f"{LIBRARY}/{source['id']}/cuts", json={"from_ms": 0, "to_ms": 1000, "title": "Lời chào"}
    )
    assert (await became(officer, named.json()))["title"] == "Lời chào"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"from_ms": 2000, "to_ms": 2000}, "cut_empty"),
        ({"from_ms": 2000, "to_ms": 1000}, "cut_empty"),
        ({"from_ms": 0, "to_ms": 4500}, "cut_beyond_end"),
        ({"from_ms": 1000, "to_ms": 1499}, "cut_too_short"),
        ({"from_ms": 0, "to_ms": 1000, "fade_in_ms": 600, "fade_out_ms": 401}, "fades_too_long"),
        ({"from_ms": 0, "to_ms": 4000}, "cut_nothing"),
        ({"from_ms": -1, "to_ms": 4000}, "invalid"),
        ({"from_ms": 0.5, "to_ms": 4000}, "invalid"),
        ({"from_ms": 0}, "invalid"),
    ],
)
async def test_what_cannot_be_cut_is_refused_in_words(
    working_office: Office, tmp_path: Path, wish: dict[str, float], code: str
) -> None:
    officer = await working_office.as_(Role.OFFICER)
    source = await recording(officer, tmp_path)
    answer = await officer.post(f"{LIBRARY}/{source['id']}/cuts", json=wish)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, code)
    assert said["vi"] != said["en"]
    assert len((await officer.get(f"{LIBRARY}/uploads")).json()["items"]) == 1


async def test_a_cut_of_what_is_not_there_is_refused(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    source = await recording(officer, tmp_path)
    wish = {"from_ms": 0, "to_ms": 1000}
    answer = await officer.post(f"{LIBRARY}/none/cuts", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    working_office.station.content.remove(ContentId(source["original"]))
    answer = await officer.post(f"{LIBRARY}/{source['id']}/cuts", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "original_gone")
    assert list((working_office.station.settings.data / "incoming").iterdir()) == []


async def test_what_was_cut_too_often_is_cut_from_its_source(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    here, answers = await recording(officer, tmp_path), []
    for number in range(9):
        wish = {"from_ms": 0, "to_ms": 3800 - 100 * number}
        answers.append(await officer.post(f"{LIBRARY}/{here['id']}/cuts", json=wish))
        if answers[-1].status_code == 202:
            here = await became(officer, answers[-1].json())
    assert [answer.status_code for answer in answers] == [202] * 8 + [422]
    assert answers[-1].json()["code"] == "cut_too_often"
    assert here["duration_us"] == 3_100_000


async def test_a_cut_survives_a_restart(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data", working=True) as office:
        officer = await office.as_(Role.OFFICER)
        source = await recording(officer, tmp_path)
    async with open_office(tmp_path / "data") as office:
        browser = office.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}", origin="http://dai.test")
        answer = await browser.post(f"{LIBRARY}/{source['id']}/cuts", json={"from_ms": 0, "to_ms": 1000})
        assert answer.json()["state"] == "received"
    async with open_office(tmp_path / "data", working=True) as office:
        browser = office.visitor(cookie=f"tienglang={officer.cookies.get('tienglang')}", origin="http://dai.test")
        assert (await became(browser, answer.json()))["duration_us"] == 1_000_000
        assert office.station.content.holds(ContentId(source["original"]))


def test_a_title_says_that_it_is_cut_and_which_one_it_is() -> None:
    assert title_after("Bản tin", set(), 200) == "Bản tin (đã cắt)"
    assert title_after("Bản tin (đã cắt)", {"Bản tin (đã cắt)"}, 200) == "Bản tin (đã cắt 2)"
    assert title_after("Bản tin (đã cắt 2)", {"Bản tin (đã cắt)"}, 200) == "Bản tin (đã cắt 2)"
    assert title_after("x" * 200, set(), 200) == "x" * 191 + " (đã cắt)"
