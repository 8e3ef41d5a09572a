"""`tienglang lexicon`: how names, places and abbreviations are read at this station."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from broadcast_server.commands.emergency import DryRun
from broadcast_server.commands.given import given
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.removing import take_out
from broadcast_server.lexicon_table import LARGEST, table_of
from broadcast_server.problem import Problem

_HEADS = {"Mã": "Id", "Viết": "Written", "Đọc là": "Read as", "Người ghi": "By"}
_NUMBERS = {"own": None, "north": "north", "south": "south"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Từ điển đọc của đài / the station's reading dictionary.", no_args_is_help=True)
    for function in (add, remove, export, voice):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    command(noun, "import")(take_in)
    app.add_typer(noun, name="lexicon")


def show_all(
    here: Here,
    built_in: Annotated[bool, typer.Option("--built-in", help="Cả mục có sẵn / what is built in, too.")] = False,
) -> None:
    """Liệt kê mục từ điển / list the entries."""
    answer = here.remote.call("GET", "/lexicon")
    if built_in and not here.as_json:
        answer["items"] += [{"id": "", "made_by": "", **one} for one in answer["built_in"]]
    here.table(answer, _HEADS, lambda one: (one["id"], one["written"], one["said"], one["made_by"]))


def add(
    here: Here,
    written: Annotated[str, typer.Argument(help="Chữ viết / as it is written.")],
    said: Annotated[str, typer.Argument(help="Đọc là / as it is said.")],
) -> None:
    """Ghi cách đọc một chữ, từ nay về sau / how something is read from now on."""
    one = here.remote.call("POST", "/lexicon", {"written": written, "said": said})
    here.show(one, f"{one['id']}  {one['written']} → {one['said']}")


def remove(
    here: Here,
    written: Annotated[str, typer.Argument(help="Chữ viết hoặc mã / as it is written, or its id.")],
    dry_run: DryRun = False,
) -> None:
    """Bỏ một mục / take an entry out."""
    found = pick(here.remote.call("GET", "/lexicon")["items"], written, "mục", "entry", name="written")
    take_out(here, f"/lexicon/{found['id']}", {"id": found["id"]}, found["written"], dry_run)


def export(
    here: Here,
    file: Annotated[Path, typer.Argument(help="Tệp CSV, - là đầu ra / a CSV file, - is standard output.")],
) -> None:
    """Xuất từ điển của đài ra CSV / write the station's entries to a CSV file."""
    items = here.remote.call("GET", "/lexicon")["items"]
    table = table_of((one["written"], one["said"]) for one in items)
    if str(file) == "-":
        sys.stdout.write(table)
        return
    file.write_text(table, encoding="utf-8", newline="")
    here.show({"file": str(file), "entries": len(items)}, f"Đã xuất {len(items)} mục / entries written: {file}")


def take_in(
    here: Here,
    file: Annotated[Path, typer.Argument(help="Tệp CSV hai cột, - là đầu vào / a CSV file, - is standard input.")],
) -> None:
    """Nhập từ điển từ CSV: tất cả hoặc không mục nào / take in entries from CSV: all or none."""
    table = given(file, LARGEST)
    taken = here.remote.call("POST", "/lexicon/table", content=[table], headers={"Content-Type": "text/csv"})
    vi = f"Đã nhập: {taken['added']} mục mới, {taken['changed']} mục đổi cách đọc, {taken['same']} mục như cũ."
    here.show(taken, f"{vi}\nTaken in: {taken['added']} new, {taken['changed']} changed, {taken['same']} as before.")


def voice(
    here: Here,
    name: Annotated[str | None, typer.Argument(help="Giọng / voice: vi, vi-vn-x-central, vi-vn-x-south.")] = None,
    numbers: Annotated[
        str, typer.Option(help="Cách đọc số / number words: own (theo giọng / the voice's), north, south.")
    ] = "own",
) -> None:
    """Giọng và cách đọc số của đài / the station's voice and number words."""
    if name is None:
        told = here.remote.call("GET", "/reading/voice")
    else:
        if numbers not in _NUMBERS:
            vi, en = f"Không có cách đọc số “{numbers}”.", f"There are no number words “{numbers}”."
            raise Problem(422, "invalid", vi, en)
        told = here.remote.call("PUT", "/reading/voice", {"voice": name, "numbers": _NUMBERS[numbers]})
    here.show(told, f"{told['voice']}, {told['numbers'] or 'own'}")
