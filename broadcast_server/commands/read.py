"""`tienglang read`: how a text or a document will be read aloud. It needs no server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from audio_library.extraction.extract import LARGEST, Extract, extract
from audio_library.refusal import MAX_DOCUMENT, Refusal
from audio_library.speech.documents import KINDS, LONGEST_S, READ, Kind
from audio_library.speech.port import Voice
from audio_library.speech.reading import DEFAULT, Lexicon, Region, read
from audio_library.speech.regions import region_of
from broadcast_server.commands.given import given
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.showing import language
from broadcast_server.document_view import DocumentJson, Wish, document_json
from broadcast_server.lexicon_table import checked_lines, read_table
from broadcast_server.library.incoming import refused
from broadcast_server.problem import Problem
from broadcast_server.reading_view import ReadingJson, reading_json
from broadcast_server.schedule.spoken_length import length_en, length_vi

_HEADS = {"Chỗ": "Place", "Loại": "Kind", "Viết": "Written", "Đọc": "Read", "Ngờ": "Doubt"}
_PARTS = {"Chỗ": "Place", "Phần": "Part", "Đọc": "Read", "Dài": "Long", "Nội dung": "Text"}


class ReadJson(ReadingJson):
    """A reading, and the document it was made of; none where the text was read as it stands."""

    document: DocumentJson | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "read")(show)


def show(
    here: Here,
    file: Annotated[Path, typer.Argument(help="Tệp .txt, .docx, .pdf; - là đầu vào / a file, - is standard input.")],
    trace: Annotated[
        bool, typer.Option("--trace", help="Từng chỗ được hiểu là gì / what each place is taken for.")
    ] = False,
    parts: Annotated[bool, typer.Option("--parts", help="Các phần của văn bản / the document's parts.")] = False,
    also: Annotated[list[str] | None, typer.Option("--with", help="Đọc cả phần này / read this part too.")] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Không đọc phần này / leave this part out.")
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.2, max=120, help="Mỗi bản tin dài nhất / longest bulletin, minutes.")
    ] = LONGEST_S / 60,
    whole: Annotated[
        bool, typer.Option("--whole", help="Đọc nguyên văn, không chia phần / read it as it stands, parts and all.")
    ] = False,
    south: Annotated[bool, typer.Option("--south", help="Số đọc theo miền Nam / number words of the south.")] = False,
    lexicon: Annotated[
        Path | None, typer.Option(help="Từ điển đã xuất (CSV) / a dictionary as `lexicon export` wrote it.")
    ] = None,
) -> None:
    """Văn bản sẽ được đọc thế nào / how a text or a document will be read aloud."""
    voice: Voice = "vi-vn-x-south" if south else "vi"
    region = region_of(voice)
    words = _lexicon(lexicon) if lexicon else DEFAULT
    extracted = _extract(file)
    if whole:
        reading = reading_json(read(extracted.text, words, region), voice)
        _tell(here, {**reading, "document": None}, trace, words, region)
        return
    kinds = (READ | _kinds(also or [])) - _kinds(without or [])
    wish = Wish(kinds, minutes * 60, MAX_DOCUMENT, voice, lambda text, _voice: read(text, words, region))
    document = document_json(extracted, wish)
    if parts and not here.as_json:
        here.table({"items": document["parts"]}, _PARTS, _part_row)
        return
    text = "\n".join(one["text"] for one in document["bulletins"])
    reading = reading_json(read(text, words, region), voice)
    _tell(here, {**reading, "document": document}, trace, words, region)


def _kinds(names: list[str]) -> frozenset[Kind]:
    """Kinds of parts by their names."""
    found = frozenset(kind for kind in KINDS if kind in names)
    if unknown := set(names) - found:
        named, all_of_them = ", ".join(sorted(unknown)), ", ".join(KINDS)
        vi, en = f"Không có phần {named}. Các phần: {all_of_them}.", f"There is no part {named}. Parts: {all_of_them}."
        raise Problem(422, "part_unknown", vi, en)
    return found


def _tell(here: Here, answer: ReadJson, trace: bool, words: Lexicon, region: Region) -> None:
    """The words that are said, one bulletin after another, and what they were made from."""
    if here.as_json:
        here.show(answer)
        return
    document = answer["document"]
    bulletins = document["bulletins"] if document else []
    if document and document["scanned_pages"]:
        pages = ", ".join(map(str, document["scanned_pages"]))
        here.say(f"Trang chỉ có ảnh, không đọc được / pages of which there is only a picture: {pages}")
    if len(bulletins) < 2:
        here.say(answer["text"])
    for number, one in enumerate(bulletins if len(bulletins) > 1 else (), 1):
        here.say(f"— {number}/{len(bulletins)}, {length_vi(one['duration_us'])} / {length_en(one['duration_us'])} —")
        here.say(read(one["text"], words, region).text)
    if trace:
        here.table({"items": [span for span in answer["spans"] if _is_told(span)]}, _HEADS, _row)


def _is_told(span: Any) -> bool:
    """Not line breaks and silent signs: they are many, and nobody looks for them."""
    return bool(span["doubt"] or span["kind"] not in ("line", "sign"))


def _row(span: dict[str, Any]) -> tuple[Any, ...]:
    doubt = span["doubt"] and span["doubt"][language(os.environ)]
    return f"{span['start']}-{span['end']}", span["kind"], " ".join(span["written"].split()), span["spoken"], doubt


def _part_row(part: dict[str, Any]) -> tuple[Any, ...]:
    first, last = part["places"][0], part["places"][-1]
    long = length_en(part["duration_us"]) if language(os.environ) == "en" else length_vi(part["duration_us"])
    text = " ".join(part["text"].split())
    return f"{first['start']}-{last['end']}", part["kind"], "✓" if part["read"] else "", long, text[:80]


def _lexicon(file: Path) -> Lexicon:
    return DEFAULT.with_own(dict(checked_lines(read_table(given(file, LARGEST)))))


def _extract(file: Path) -> Extract:
    try:
        return extract(given(file, LARGEST))
    except Refusal as refusal:
        raise refused(refusal) from refusal
