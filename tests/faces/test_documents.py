"""Document to bulletin: over REST and on the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from audio_library.extraction.extract import LARGEST
from audio_library.refusal import MAX_DOCUMENT, MAX_TEXT
from audio_library.speech.reading import read
from broadcast_server.dissecting import MOST_WAITING, Dissecting
from broadcast_server.document_view import Wish
from broadcast_server.people.rights import Role
from broadcast_server.problem import Problem
from broadcast_server.reading_view import reading_json
from tests.documents.papers import paper
from tests.extraction import files
from tests.faces.house import House
from tests.faces.office import Office

DOCUMENTS = "/api/v1/documents"
PAPER = paper("thong-bao-tiem-phong")


async def test_a_word_document_is_told_apart_and_what_is_read_of_it_is_a_bulletin(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    answer = await officer.post(DOCUMENTS, content=files.word())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    (bulletin,) = told["bulletins"]
    assert bulletin["text"] == files.READ
    lengths = [one["duration_us"] for one in told["parts"] if one["read"]]
    assert told["duration_us"] == sum(lengths)
    assert bulletin["duration_us"] == pytest.approx(sum(lengths), rel=0.02)
    assert [(one["kind"], one["read"]) for one in told["kinds"]] == [
        ("nation", False), ("issuer", False), ("number", False), ("dateline", False), ("title", True), ("body", True),
        ("signature", False), ("recipients", False),
    ]  # fmt: skip
    assert all(one["vi"] != one["en"] for one in told["kinds"])
    (number,) = [one for one in told["parts"] if one["kind"] == "number"]
    assert [told["given"][one["start"] : one["end"]] for one in number["places"]] == [files.NUMBER]


async def test_what_is_read_is_as_the_officer_wishes(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    first = (await officer.post(DOCUMENTS, content=PAPER.text.encode())).json()
    assert first["bulletins"][0]["text"] == PAPER.read
    wish = {"text": first["given"], "read": ["dateline", "signature"]}
    told = (await officer.post(f"{DOCUMENTS}/text", json=wish)).json()
    signed = "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n(Đã ký)\nNguyễn Văn Bình"
    assert told["bulletins"][0]["text"] == f"Thọ Xương, ngày 12 tháng 3 năm 2026\n{signed}"
    asked = await officer.post(f"{DOCUMENTS}?read=dateline&read=signature", content=PAPER.text.encode())
    assert asked.json() == told
    assert (await officer.post(f"{DOCUMENTS}/text", json={**wish, "read": []})).json()["bulletins"] == []


async def test_a_long_document_is_cut_into_what_one_announcement_or_a_session_takes(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    text = f"THÔNG BÁO\n\n{paper('ke-hoach-dan-tu-pdf').read * 8}"
    short = (await officer.post(f"{DOCUMENTS}/text", json={"text": text})).json()["bulletins"]
    assert len(short) >= 4
    assert max(len(one["text"]) for one in short) <= MAX_TEXT
    wish = {"text": text, "longest_s": 300, "most_characters": MAX_DOCUMENT}
    long = (await officer.post(f"{DOCUMENTS}/text", json=wish)).json()["bulletins"]
    assert 1 < len(long) < len(short)
    assert max(one["duration_us"] for one in long) <= 300_000_000
    assert " ".join(one["text"] for one in long).split() == " ".join(one["text"] for one in short).split()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (files.blank(), 422, "document_scanned"),
        (files.blank(password="x"), 422, "document_locked"),
        (b"a" * (LARGEST + 1), 413, "too_large"),
    ],
    ids=["empty", "scanned", "locked", "large"],
)
async def test_a_file_that_cannot_be_read_is_refused_in_words(
    office: Office, data: bytes, status: int, code: str
) -> None:
    answer = await (await office.as_(Role.OFFICER)).post(DOCUMENTS, content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["vi"] != answer.json()["en"]


async def test_only_whoever_may_announce_opens_documents_and_only_with_a_wish_that_can_be_meant(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    for asked in (viewer.post(DOCUMENTS, content=b"a"), viewer.post(f"{DOCUMENTS}/text", json={"text": "a"})):
        answer = await asked
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    for query in ("read=poem", "longest_s=0", "most_characters=0"):
        answer = await officer.post(f"{DOCUMENTS}?{query}", content=b"a")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    answer = await officer.post(f"{DOCUMENTS}/text", json={"text": "a" * (MAX_DOCUMENT + 1)})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_whoever_would_wait_too_long_is_told_to_come_again() -> None:
    dissecting = Dissecting()
    asked = [asyncio.create_task(dissecting.text("Thông báo.", Wish())) for _ in range(MOST_WAITING + 1)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert [one.code for one in refused if isinstance(one, Problem)] == ["documents_busy"]
    assert (await dissecting.text("Thông báo.", Wish()))["bulletins"]


def test_the_command_reads_documents_and_needs_no_server(tmp_path: Path) -> None:
    house, file = House(tmp_path), tmp_path / "thong-bao.docx"
    file.write_bytes(files.word())
    assert house.tienglang("read", file) == f"{read(files.READ).text}\n"
    told = house.ask("read", file)
    document = told.pop("document")
    assert told == reading_json(read(files.READ))
    assert [one["kind"] for one in document["parts"] if one["read"]] == ["title", "body", "body"]
    parts = house.tienglang("read", file, "--parts")
    for word in ("nation", "signature", "✓", files.NUMBER):
        assert word in parts
    assert house.tienglang("read", file, "--without", "title", "--with", "number").startswith("Số: ")
    cut = house.tienglang("read", file, "--minutes", "0.2")
    assert cut.count("— ") >= 2
    assert '"code": "part_unknown"' in house.tienglang("read", file, "--with", "poem", "--json", code=1)
    assert "cộng hòa xã hội chủ nghĩa việt nam" in house.tienglang("read", file, "--whole")


def test_the_command_says_why_a_document_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(files.blank())
    said = House(tmp_path).tienglang("read", file, code=1)
    assert "chỉ có ảnh chụp" in said
    assert "only pictures" in said
