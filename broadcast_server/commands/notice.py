"""`tienglang notice`: the notices with blanks, filled in, and recorded by a person part by part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from audio_library.speech.taking import LARGEST
from broadcast_server.commands.given import given
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.voice import show_taken

_HEADS = {"Mẫu": "Notice", "Tên": "Name", "Chỗ trống": "Blanks"}
_PARTS = {"Số": "Number", "Đoạn": "Part", "Đã ghi": "Recorded"}
Name = Annotated[str, typer.Argument(help="Mẫu, như trong danh sách / the notice, as it is listed.")]
Number = Annotated[int, typer.Argument(help="Số của đoạn / the number of the part.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Mẫu thông báo có chỗ trống / notices with blanks.", no_args_is_help=True)
    for function in (fill, parts, record, remove, choose):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="notice")


def show_all(here: Here) -> None:
    """Các mẫu / all of them."""
    answer = here.remote.call("GET", "/forms")
    here.table(
        answer, _HEADS, lambda one: (one["name"], one["vi"], ", ".join(blank["name"] for blank in one["blanks"]))
    )


def fill(
    here: Here,
    name: Name,
    values: Annotated[list[str], typer.Argument(help="CHỖ=CHỮ cho mỗi chỗ trống / BLANK=WORDS for each blank.")],
) -> None:
    """Điền mẫu thành chữ để phát / fill one in: its text, for `tienglang say`."""
    told = dict(one.partition("=")[::2] for one in values)
    answer: dict[str, Any] = here.remote.call("POST", f"/forms/{_notice(here, name)}", {"values": told})
    wrong = [f"{one['name']}: {one[tongue]}" for one in answer["misfits"] for tongue in ("vi", "en")]
    here.show(answer, answer["text"] or "\n".join(wrong))
    if wrong:
        raise typer.Exit(1)


def parts(here: Here, name: Name) -> None:
    """Các đoạn cần ghi và đã ghi của một mẫu / what is to be recorded of a notice, and what has been."""
    answer = here.remote.call("GET", f"/forms/{_notice(here, name)}/recital")
    here.say(
        "Giọng người ghi đọc mẫu này / a person recites it" if answer["chosen"] else "Máy đọc / a machine reads it"
    )
    here.table(answer, _PARTS, lambda one: (one["number"], one["text"], "✓" if one["held"] else ""))


def record(
    here: Here,
    name: Name,
    number: Number,
    file: Annotated[Path, typer.Argument(help="Tệp ghi âm đoạn này / the recording of it.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Giữ dù chưa tốt / keep it though it has faults.")] = False,
) -> None:
    """Thêm bản ghi của một đoạn / add the recording of a part."""
    place = f"/forms/{_notice(here, name)}/recital/parts/{number}"
    taken = here.remote.call("PUT", place, query={"anyway": anyway}, content=[given(file, LARGEST)])
    show_taken(here, taken, f"{name} {number}")


def remove(here: Here, name: Name, number: Number) -> None:
    """Bỏ bản ghi của một đoạn / take the recording of a part out."""
    found = _notice(here, name)
    here.remote.call("DELETE", f"/forms/{found}/recital/parts/{number}")
    here.show({"name": found, "number": number, "deleted": True}, f"Đã bỏ / removed: {found} {number}")


def choose(
    here: Here,
    name: Name,
    person: Annotated[bool, typer.Option("--person/--machine", help="Giọng người ghi, hay máy / who reads it.")] = True,
) -> None:
    """Ai đọc mẫu này: giọng người ghi hay máy / who reads the notice: the person who recorded it, or a machine."""
    found = _notice(here, name)
    answer = here.remote.call("PUT", f"/forms/{found}/recital", {"chosen": person})
    here.show(answer, f"{'Giọng người ghi / a person' if answer['chosen'] else 'Máy / a machine'}: {found}")


def _notice(here: Here, name: str) -> str:
    """Its name, by that or by what it is called."""
    known = here.remote.call("GET", "/forms")["items"]
    found: str = next((one["name"] for one in known if one["name"] == name), "")
    return found or str(pick([{**one, "id": one["name"]} for one in known], name, "mẫu", "notice", name="vi")["name"])
