"""How names are read at a station: told once, known to every voice at once, and to the station that comes after."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from audio_library.speech import Espeak, Pace, SpeechFailed, Spoken, Voice
from audio_library.speech.length import WORD_S
from audio_library.speech.reading import DEFAULT
from broadcast_server.lexicon_table import LARGEST, read_table, table_of
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.pronouncing import MOST
from broadcast_server.station import open_station
from broadcast_server.store.base import Database
from tests.faces.house import House
from tests.faces.office import Office, audited, finished, open_office

LEXICON, READING = "/api/v1/lexicon", "/api/v1/reading"
TABLE = f"{LEXICON}/table"
TEXT = "Làng Hoà Thuỷ, HTX và TP. Thanh Hóa có 1.005 hộ."


class Said(list[tuple[Voice, str]]):
    """What the offline voice was given to say, and in whose accent."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    heard = Said()

    async def note(_self: Espeak, text: str, voice: Voice, _file: Path, _pace: Pace = 100) -> Spoken:
        heard.append((voice, text))
        raise SpeechFailed("only listened to")

    monkeypatch.setattr(Espeak, "speak", note)
    return heard


@contextmanager
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever asks it anything fails."""

    def refuse(_self: Database) -> None:
        raise AssertionError("the database was asked")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "reading", refuse)
        patch.setattr(Database, "transaction", refuse)
        yield


async def test_an_entry_is_kept_corrected_and_taken_out_and_it_is_known_who_did_it(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    empty = (await viewer.get(LEXICON)).json()
    assert empty["items"] == []
    assert {one["written"]: one["said"] for one in empty["built_in"]} == DEFAULT.built_in
    new = await officer.post(LEXICON, json={"written": "HTX", "said": "Hợp tác"})
    assert (new.status_code, new.json()["said"], new.json()["made_by"]) == (201, "hợp tác", "officer.test")
    assert [one["by"] for one in (new.json(), *(await viewer.get(LEXICON)).json()["items"])] == ["Officer.Test"] * 2
    again = await officer.post(LEXICON, json={"written": "HTX", "said": "hợp tác xã Tây Hồ"})
    assert (again.status_code, again.json()["id"]) == (200, new.json()["id"])
    alike = await officer.post(LEXICON, json={"written": "Hòa Thủy", "said": "bến"})
    assert (await officer.post(LEXICON, json={"written": "Hoà Thuỷ", "said": "bến"})).json()["id"] == alike.json()["id"]
    other = f"{LEXICON}/{alike.json()['id']}"
    edited = await officer.patch(other, json={"said": "bến 2"})
    assert (edited.json()["written"], edited.json()["said"]) == ("Hoà Thuỷ", "bến hai")
    taken = await officer.patch(other, json={"written": "HTX"})
    assert (taken.status_code, taken.json()["code"]) == (409, "lexicon_taken")
    assert (await officer.post(READING, json={"text": TEXT})).json()["text"] == (
        "Làng bến hai, hợp tác xã tây hồ và thành phố Thanh Hóa có một nghìn không trăm linh năm hộ."
    )
    assert (await officer.delete(other)).json()["deleted"] is True
    assert (await officer.delete(other)).status_code == 404
    assert (await officer.patch(other, json={"said": "x"})).status_code == 404
    assert [one["written"] for one in (await viewer.get(LEXICON)).json()["items"]] == ["HTX"]
    done = [(who, action) for who, action, _ in await audited(office) if action.startswith("lexicon.")]
    assert done == [
        ("officer.test", f"lexicon.{one}") for one in ("learn", "learn", "learn", "learn", "edit", "remove")
    ]


@pytest.mark.parametrize(
    ("written", "said", "code"),
    [
        ("", "gì", "lexicon_written"),
        ("HTX", " ", "lexicon_said"),
        ("A" * 10_240, "a", "lexicon_written"),
        ("HTX", "a " * 5_000, "lexicon_said"),
        ("HTX\0", "a", "lexicon_written"),
        ("HTX", "a\u202eb", "lexicon_said"),
        ("HTX", "<break time='9s'/>", "lexicon_said"),
        ("<speak>", "a", "lexicon_written"),
        ("=HTX", "a", "lexicon_written"),
        ("HTX", "[[a]]", "lexicon_said"),
        ("A" * 20_001, "a", "invalid"),
    ],
)
async def test_a_hostile_entry_is_refused_in_words_and_nothing_is_kept(
    office: Office, written: str, said: str, code: str
) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(LEXICON, json={"written": written, "said": said})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["vi"] != answer.json()["en"]
    assert (await officer.get(LEXICON)).json()["items"] == []
    once = await officer.post(READING, json={"text": "a", "said_as": [{"written": written, "said": said}]})
    assert (once.status_code, once.json()["code"]) == (422, code)


async def test_every_voice_knows_it_at_once_and_an_emergency_asks_no_database(
    office: Office, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await office.as_(Role.OFFICER)
    await officer.post(LEXICON, json={"written": "Hòa Thủy", "said": "bến"})
    await officer.post("/api/v1/announcements/preview", json={"text": "Làng Hoà Thuỷ"})
    with no_database(monkeypatch), pytest.raises(Problem) as failed:
        await office.station.dictation.speak("Làng HÒA THỦY")
    assert failed.value.code == "speech_unavailable"
    assert [text for _, text in said] == ["Làng bến", "Làng bến"]


async def test_a_correction_for_one_text_goes_with_it_on_air_and_no_further(working_office: Office, said: Said) -> None:
    officer = await working_office.as_(Role.OFFICER)
    wish: dict[str, Any] = {
        "text": "Họp HTX và UBND.", "times": 1, "key": "0123456789abcdef" * 2,
        "said_as": [{"written": "HTX", "said": "hội thêu xã"}],
    }  # fmt: skip
    alone = {"text": wish["text"], "said_as": wish["said_as"]}
    told = (await officer.post(READING, json=alone)).json()
    assert told["text"] == "Họp hội thêu xã và ủy ban nhân dân."
    assert [one["kind"] for one in told["spans"]] == ["own", "abbreviation"]
    await officer.post("/api/v1/announcements/preview", json=alone)
    sent = await officer.post("/api/v1/announcements", json=wish)
    assert sent.status_code == 202, sent.text
    assert (await officer.post("/api/v1/announcements", json=wish)).status_code == 202
    other = {**wish, "said_as": [{"written": "HTX", "said": "khác"}]}
    assert (await officer.post("/api/v1/announcements", json=other)).json()["code"] == "key_used"
    while (await officer.get(f"/api/v1/announcements/{sent.json()['id']}")).json()["state"] in ("received", "working"):
        pass
    assert {text for _, text in said} == {told["text"]}
    assert (await officer.post(READING, json={"text": "HTX"})).json()["text"] == "hợp tác xã"


async def test_the_station_has_a_voice_and_number_words_of_its_own(office: Office, said: Said) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    voice = f"{READING}/voice"
    assert (await viewer.get(voice)).json() == {"voice": "vi", "numbers": None}
    assert (await viewer.put(voice, json={"voice": "vi"})).status_code == 403
    assert (await officer.put(voice, json={"voice": "vi-vn-x-south"})).json()["numbers"] is None
    text = "1.005 hộ"
    for numbers, words in ((None, "một ngàn không trăm lẻ năm hộ"), ("north", "một nghìn không trăm linh năm hộ")):
        await officer.put(voice, json={"voice": "vi-vn-x-south", "numbers": numbers})
        assert (await officer.post(READING, json={"text": text})).json()["text"] == words
        await officer.post("/api/v1/announcements/preview", json={"text": text})
        with pytest.raises(Problem):
            await office.station.dictation.speak(text)
        assert said[-2:] == [("vi-vn-x-south", words)] * 2
    named = await officer.post(READING, json={"text": text, "voice": "vi"})
    assert named.json()["text"] == "một nghìn không trăm linh năm hộ"
    assert [one for one in await audited(office) if one[1] == "station.voice"][-1][2] == {
        "voice": "vi-vn-x-south", "numbers": "north",
    }  # fmt: skip


async def test_what_is_kept_is_said_in_the_stations_voice_unless_another_is_named(
    working_office: Office, said: Said
) -> None:
    officer = await working_office.as_(Role.OFFICER)
    await officer.put(f"{READING}/voice", json={"voice": "vi-vn-x-south"})
    text, north, south = "1.005 hộ", "một nghìn không trăm linh năm hộ", "một ngàn không trăm lẻ năm hộ"
    for wish in ({}, {"voice": "vi"}):
        sent = await officer.post("/api/v1/library/texts", json={"text": text, **wish})
        assert (await finished(officer, sent.json()))["refusal"]["code"] == "speech_unavailable"
    earlier = await working_office.station.reception.take_text(text, "", None, "lan")
    await finished(officer, {"id": earlier.id, "state": "received"})
    assert said == [("vi-vn-x-south", south), ("vi", north), ("vi-vn-x-south", south)]


async def test_how_long_a_text_takes_is_told_as_it_is_said_here(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)

    async def us(path: str, **wish: Any) -> int:
        answer = await officer.post(path, json={"text": "Họp HTX lúc 7h30.", **wish})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["duration_us"])

    short = [await us(READING), await us("/api/v1/documents/text"), await us("/api/v1/announcements", dry_run=True)]
    await officer.post(LEXICON, json={"written": "HTX", "said": "hợp tác xã dịch vụ nông nghiệp tổng hợp"})
    long = [await us(READING), await us("/api/v1/documents/text"), await us("/api/v1/announcements", dry_run=True)]
    words = 6
    assert [after - before for before, after in zip(short, long, strict=True)] == pytest.approx(
        [words * WORD_S * 1e6, words * WORD_S * 1e6, 2 * words * WORD_S * 1e6], rel=0.01
    )
    assert await us(READING, pace=90) > long[0] > await us(READING, pace=110)
    await officer.put(f"{READING}/voice", json={"voice": "vi-vn-x-south"})
    for path, before in zip((READING, "/api/v1/documents/text"), long, strict=False):
        assert await us(path) > before == await us(path, voice="vi")


async def test_what_was_told_is_known_again_after_a_restart(tmp_path: Path) -> None:
    async with open_office(tmp_path / "data") as office:
        await office.station.pronouncing.learn("HTX", "hội thêu xã", "lan")
        await office.station.pronouncing.speak_as("vi-vn-x-south", None, "lan")
        settings = office.station.settings
    station = await open_station(settings)
    assert station.pronouncing.read("HTX 1.005", station.pronouncing.voice()).text == (
        "hội thêu xã một ngàn không trăm lẻ năm"
    )
    await station.close()


async def test_a_table_goes_out_and_comes_in_whole_or_not_at_all(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    table = "Viết;Đọc là\r\nHTX;hội thêu xã\r\nHòa Thủy;bến, 2\r\n\r\nHoà Thuỷ;bến 2\r\n"
    taken = await officer.post(TABLE, content=table.encode("utf-8-sig"))
    assert taken.json() == {"added": 2, "changed": 0, "same": 0}
    out = await viewer.get(TABLE)
    assert out.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(out.content.decode("utf-8-sig")))) == [
        ["Viết", "Đọc là"], ["HTX", "hội thêu xã"], ["Hoà Thuỷ", "bến hai"],
    ]  # fmt: skip
    assert (await officer.post(TABLE, content=out.content)).json() == {"added": 0, "changed": 0, "same": 2}
    bad = await officer.post(TABLE, content="HTX,hợp tác xã\nUBX,<b>\n".encode())
    assert (bad.status_code, bad.json()["code"]) == (422, "lexicon_line")
    assert "Mục thứ 2 (“UBX”)" in bad.json()["vi"]
    assert (await viewer.get(TABLE)).content == out.content
    assert (await viewer.post(TABLE, content=out.content)).status_code == 403


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "lexicon_table"),
        (b"\xff\xfe\x00", 422, "lexicon_table"),
        (b"HTX\n", 422, "lexicon_table"),
        (b"a,b,c\n", 422, "lexicon_table"),
        (b'"a', 422, "lexicon_table"),
        (b"a," + b"b" * 200_000, 422, "lexicon_table"),
        (b"a,b\n" * (MOST + 1), 409, "lexicon_full"),
        (b"a,b\n" * (LARGEST // 4 + 1), 413, "too_large"),
    ],
    ids=["empty", "no text", "one column", "three columns", "an open quote", "a huge cell", "too many", "too large"],
)
async def test_what_is_no_table_is_refused_in_words(office: Office, data: bytes, status: int, code: str) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(TABLE, content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_table_is_read_as_a_spreadsheet_writes_it() -> None:
    pairs = [("A, B", "a, bê"), ("C", "xê")]
    assert read_table(table_of(pairs).encode()) == pairs
    for parting in ",;\t":
        for head in ("", f"written{parting}said\n"):
            assert read_table(f'{head}"A, B"{parting}"a, bê"\nC{parting}xê{parting}\n'.encode()) == pairs


async def test_a_full_dictionary_takes_no_more_and_still_mends_what_it_has(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadcast_server.pronouncing.MOST", 2)
    officer = await office.as_(Role.OFFICER)
    for written, said, status in (("A1", "a", 201), ("A2", "a", 201), ("A3", "a", 409), ("A1", "b", 200)):
        answer = await officer.post(LEXICON, json={"written": written, "said": said})
        assert answer.status_code == status, answer.text
    assert [one["written"] for one in (await officer.get(LEXICON)).json()["items"]] == ["A1", "A2"]


def test_the_command_line_keeps_it_too_and_a_backup_carries_it(house: House, tmp_path: Path) -> None:
    table, archive = tmp_path / "tu-dien.csv", tmp_path / "sao-luu.tar.gz"
    assert "HTX → hội thêu xã" in house.tienglang("lexicon", "add", "HTX", "hội thêu xã")
    house.ask("lexicon", "add", "Hòa Thủy", "bến 2")
    assert "hội thêu xã" in house.tienglang("lexicon", "list")
    assert "ủy ban nhân dân" in house.tienglang("lexicon", "list", "--built-in")
    assert house.ask("lexicon", "export", table)["entries"] == 2
    assert house.tienglang("lexicon", "export", "-").lstrip("\ufeff").startswith("Viết,Đọc là")
    house.tienglang("lexicon", "voice", "vi-vn-x-south", "--numbers", "north")
    assert house.tienglang("lexicon", "voice").strip() == "vi-vn-x-south, north"
    house.ask("backup", archive)
    assert house.ask("lexicon", "remove", "htx", "--dry-run")["dry_run"] is True
    assert house.ask("lexicon", "remove", "htx")["deleted"] is True
    assert house.ask("lexicon", "import", table) == {"added": 1, "changed": 0, "same": 1}
    assert "lexicon_said" in house.tienglang("lexicon", "add", "HTX", "<b>", "--json", code=1)
    assert "not_found" in house.tienglang("lexicon", "remove", "khong-co", "--json", code=1)
    house.tienglang("lexicon", "voice", "vi")
    text = tmp_path / "tin.txt"
    text.write_text("Họp HTX Hoà Thuỷ")
    assert house.tienglang("read", text, "--lexicon", table) == "Họp hội thêu xã bến hai\n"
    other = House(tmp_path)
    other.ask("restore", archive)
    other.start()
    try:
        kept = [(one["written"], one["said"]) for one in other.ask("lexicon", "list")["items"]]
        assert kept == [("HTX", "hội thêu xã"), ("Hòa Thủy", "bến hai")]
        assert other.ask("lexicon", "voice") == {"voice": "vi-vn-x-south", "numbers": "north"}
    finally:
        other.end()
