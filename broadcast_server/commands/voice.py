"""`tienglang voice`: the phrases of the person who speaks for the station, and what they cover."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from audio_library.speech.phrases import Phrase
from audio_library.speech.taking import LARGEST
from broadcast_server.commands.emergency import DryRun
from broadcast_server.commands.given import given
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.removing import take_out
from broadcast_server.commands.showing import language
from broadcast_server.problem import not_found

_HEADS = {"Câu": "Phrase", "Loại": "Kind", "Cuối câu": "At an end", "Đã ghi": "Recorded"}
Words = Annotated[str, typer.Argument(help="Câu, như trong danh sách / the phrase, as it is listed.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Giọng người đọc, ghi sẵn từng câu / a person's voice, by phrases.", no_args_is_help=True)
    for function in (add, remove, coverage):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="voice")


def show_all(
    here: Here,
    missing: Annotated[bool, typer.Option("--missing", help="Chỉ câu chưa ghi / only what is not recorded.")] = False,
) -> None:
    """Các câu cần ghi và đã ghi / what is to be recorded, and what has been."""
    answer = here.remote.call("GET", "/voice/phrases")
    held = sum(one["held"] for one in answer["items"])
    here.say(f"Đã ghi {held}/{len(answer['items'])} câu / phrases recorded")
    if missing:
        answer["items"] = [one for one in answer["items"] if not one["held"]]
    here.table(answer, _HEADS, lambda one: (one["words"], one["kind"], _tick(one["ends"]), _tick(one["held"])))


def add(
    here: Here,
    words: Words,
    file: Annotated[Path, typer.Argument(help="Bản ghi câu này, - là đầu vào / its recording, - is standard input.")],
    end: Annotated[bool, typer.Option("--end", help="Đọc như ở cuối câu / read as at the end of a clause.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Giữ dù chưa tốt / keep it though it has faults.")] = False,
) -> None:
    """Thêm bản ghi của một câu / add the recording of a phrase."""
    taken = here.remote.call("PUT", _place(words, end), query={"anyway": anyway}, content=[given(file, LARGEST)])
    show_taken(here, taken, words)


def show_taken(here: Here, taken: dict[str, Any], words: str) -> None:
    """What became of a take of these words; Exit 1 if it was not kept."""
    told = [one[tongue] for one in taken["faults"] for tongue in ("vi", "en")]
    here.show(taken, "\n".join([f"{'Đã giữ / kept' if taken['kept'] else 'Không giữ / not kept'}: {words}", *told]))
    if not taken["kept"]:
        raise typer.Exit(1)


def remove(
    here: Here,
    words: Words,
    end: Annotated[bool, typer.Option("--end", help="Bản đọc ở cuối câu / the one for the end.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Bỏ bản ghi của một câu / take the recording of a phrase out."""
    held = [one for one in here.remote.call("GET", "/voice/phrases")["items"] if one["held"] and one["ends"] == end]
    found = pick([{**one, "id": one["key"]} for one in held], words, "câu", "phrase", name="words")
    take_out(here, f"/voice/phrases/{quote(found['key'])}", {"key": found["key"]}, found["words"], dry_run)


def coverage(here: Here, text: Annotated[str, typer.Argument(help="Văn bản / the text.")]) -> None:
    """Giọng người đọc nói được văn bản này chưa / whether this voice says the text, and what it lacks."""
    told: dict[str, Any] = here.remote.call("POST", "/voice/coverage", {"text": text})
    lacks = "\n".join(f"- {one}" for one in told["missing"])
    en = language(os.environ) == "en"
    whole, head = ("Said wholly.", "To record:") if en else ("Nói được cả.", "Cần ghi:")
    other = "The station speaks with another voice." if en else "Đài đang đọc bằng giọng khác."
    told_so = whole if told["covered"] else f"{head}\n{lacks}"
    here.show(told, told_so if told["asked"] else f"{told_so}\n{other}")


def _place(words: str, end: bool) -> str:
    try:
        key = Phrase.said(words, end).key
    except ValueError as error:
        raise not_found("câu này", "phrase") from error
    return f"/voice/phrases/{quote(key)}"


def _tick(value: bool) -> str:
    return "✓" if value else ""
