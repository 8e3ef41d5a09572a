"""How a text will be read, shown before it is spoken: to the app and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio_library.extraction.extract import LARGEST
from audio_library.speech.reading import Region, read
from broadcast_server.people.rights import Role
from broadcast_server.reading_view import reading_json
from tests.faces.house import House
from tests.faces.office import Office

READING = "/api/v1/reading"
TEXT = "Nghỉ 8/3, UBND xã có 1.005 suất quà.\nGọi 0912345678."
SAID = (
    "Nghỉ tám trên ba, ủy ban nhân dân xã có một nghìn không trăm linh năm suất quà. "
    "Gọi không chín một hai, ba bốn năm, sáu bảy tám."
)


async def test_the_app_is_told_what_each_part_was_taken_for(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(READING, json={"text": TEXT})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["text"], told["given"]) == (SAID, TEXT)
    spans = [(one["kind"], one["written"]) for one in told["spans"] if one["kind"] != "line"]
    assert spans == [("share", "8/3"), ("abbreviation", "UBND"), ("number", "1.005"), ("phone", "0912345678")]
    assert all(TEXT[one["start"] : one["end"]] == one["written"] for one in told["spans"])
    (doubt,) = [one["doubt"] for one in told["spans"] if one["doubt"]]
    assert (doubt["code"], doubt["vi"] != doubt["en"]) == ("date_or_share", True)


async def test_what_is_said_beside_the_text_is_read_and_what_may_be_said_twice_is_only_proposed(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    when = "Họp lúc 7h30 ngày 24/12 tại nhà văn hóa."
    wish = {"text": f"Mời họp.\n{when}", "opening": "neighbours", "closing": "thanks"}
    told = (await officer.post(READING, json=wish)).json()
    assert told["text"].startswith("Kính thưa bà con. Mời họp. Họp lúc bảy giờ")
    assert (told["text"].count("bảy giờ"), told["important"]) == (1, [when])
    again = (await officer.post(READING, json=wish | {"text": f"Mời họp.\n! {when}"})).json()
    assert (again["text"].count("bảy giờ"), again["important"]) == (2, [])
    assert again["text"].endswith("tại nhà văn hóa. Xin cảm ơn bà con.")
    assert again["duration_us"] > told["duration_us"] + 2_000_000


async def test_a_southern_voice_has_its_own_number_words(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    told = (await officer.post(READING, json={"text": "1.005 hộ", "voice": "vi-vn-x-south"})).json()
    assert told["text"] == "một ngàn không trăm lẻ năm hộ"


async def test_only_whoever_may_announce_asks_and_not_for_a_book(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    asked = ((viewer, {"text": TEXT}, 403, "not_allowed"), (officer, {"text": "a" * 20_001}, 422, "invalid"))
    for browser, body, status, code in asked:
        answer = await browser.post(READING, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    nothing = (await officer.post(READING, json={"text": ""})).json()
    assert nothing == {"text": "", "given": "", "duration_us": 0, "spans": [], "important": []}


async def test_how_long_a_text_takes_is_told_by_what_is_said(office: Office) -> None:
    """Ten digits are ten words."""
    officer = await office.as_(Role.OFFICER)
    await office.station.places.add_cluster((await office.station.places.add_village("A", "lan")).id, "C", 1, "lan")
    lengths = {
        (await officer.post("/api/v1/announcements", json={"text": text, "dry_run": True})).json()["duration_us"]
        for text in (TEXT, SAID)
    }
    assert len(lengths) == 1


def test_the_command_reads_a_file_and_needs_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, file = House(tmp_path), tmp_path / "notice.txt"
    file.write_text(TEXT, encoding="utf-8-sig")
    assert house.tienglang("read", file) == f"{SAID}\n"
    told = house.ask("read", file)
    assert told.pop("document")["given"] == TEXT
    assert told == reading_json(read(TEXT))
    south = house.tienglang("read", file, "--south")
    assert south == f"{read(TEXT, region=Region.SOUTH).text}\n"
    for locale, heads, doubt in (
        ("vi_VN.UTF-8", "Chỗ", "Có thể là ngày"),
        ("en_US.UTF-8", "Place", "It may be a date"),
    ):
        monkeypatch.setenv("LC_ALL", locale)
        traced = house.tienglang("read", file, "--trace")
        assert traced.startswith(SAID)
        for word in ("abbreviation", "UBND", "ủy ban nhân dân", "share", "5-8", heads, doubt):
            assert word in traced


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff\x00bad", "document_unknown"), (b"a" * (LARGEST + 1), "too_large"), (None, "machine_refused")],
    ids=["not text", "too large", "not there"],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, data: bytes | None, code: str) -> None:
    file = tmp_path / "notice.txt"
    if data is not None:
        file.write_bytes(data)
    assert f'"code": "{code}"' in House(tmp_path).tienglang("read", file, "--json", code=1)
