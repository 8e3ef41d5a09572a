"""`tienglang read`: how a text will be read aloud. It needs no server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from audio_library.speech.reading import DEFAULT, Lexicon, Region, read
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.showing import language
from broadcast_server.lexicon_table import checked_lines, read_table
from broadcast_server.problem import Problem
from broadcast_server.reading_view import reading_json

LARGEST = 1_000_000
"""Bytes of a text."""
_HEADS = {"Chỗ": "Place", "Loại": "Kind", "Viết": "Written", "Đọc": "Read", "Ngờ": "Doubt"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "read")(show)


def show(
    here: Here,
    file: Annotated[Path, typer.Argument(help="Tệp văn bản, - là đầu vào / a text file, - is standard input.")],
    trace: Annotated[
        bool, typer.Option("--trace", help="Từng chỗ được hiểu là gì / what each part is taken for.")
    ] = False,
    south: Annotated[bool, typer.Option("--south", help="Số đọc theo miền Nam / number words of the south.")] = False,
    lexicon: Annotated[
        Path | None, typer.Option(help="Từ điển đã xuất (CSV) / a dictionary as `lexicon export` wrote it.")
    ] = None,
) -> None:
    """Văn bản sẽ được đọc thế nào / how a text will be read aloud."""
    region = Region.SOUTH if south else Region.NORTH
    answer = reading_json(read(_text(file), _lexicon(lexicon) if lexicon else DEFAULT, region))
    if here.as_json:
        here.show(answer)
        return
    here.say(answer["text"])
    if trace:
        here.table({"items": [span for span in answer["spans"] if _is_told(span)]}, _HEADS, _row)


def _is_told(span: Any) -> bool:
    """Not line breaks and silent signs: they are many, and nobody looks for them."""
    return bool(span["doubt"] or span["kind"] not in ("line", "sign"))


def _row(span: dict[str, Any]) -> tuple[Any, ...]:
    doubt = span["doubt"] and span["doubt"][language(os.environ)]
    return f"{span['start']}-{span['end']}", span["kind"], " ".join(span["written"].split()), span["spoken"], doubt


def _lexicon(file: Path) -> Lexicon:
    return DEFAULT.with_own(dict(checked_lines(read_table(_bytes(file)))))


def _text(file: Path) -> str:
    data = sys.stdin.buffer.read(LARGEST + 1) if str(file) == "-" else _bytes(file)
    if len(data) > LARGEST:
        vi, en = f"Tệp lớn hơn {LARGEST // 1000} KB.", f"The file is larger than {LARGEST // 1000} KB."
        raise Problem(413, "too_large", vi, en)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        vi = "Tệp này không phải là văn bản thuần (UTF-8). Hãy lưu lại thành .txt, mã UTF-8."
        raise Problem(422, "not_text", vi, "This file is not plain text. Save it as .txt in UTF-8.") from error


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)
