"""`tienglang programme`: what is to be heard, and where."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands import library, timing
from broadcast_server.commands import relay as relays
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.commands.showing import times_of_day

Programme = Annotated[str, typer.Argument(help="Tên hoặc mã chương trình / title or id of the programme.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Chương trình / programmes.", no_args_is_help=True)
    for function in (add, show, delete):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="programme")


def add(
    here: Here,
    title: Annotated[str, typer.Argument(help="Tên chương trình / title.")],
    item: Annotated[
        list[str] | None, typer.Option(help="Bản ghi, theo thứ tự; lặp lại được / recording, repeatable.")
    ] = None,
    relay: Annotated[
        list[str] | None, typer.Option(help="Nguồn tiếp sóng thay cho bản ghi, theo thứ tự / relay source, repeatable.")
    ] = None,
    for_: Annotated[str | None, typer.Option("--for", help="Tiếp sóng trong bao lâu / length of the relay.")] = None,
    target: Targets = None,
    priority: Annotated[str | None, typer.Option(help="Mức ưu tiên / priority.")] = None,
    grace: Annotated[int, typer.Option(help="Được phát trễ bao nhiêu giây / seconds it may be late.")] = 300,
) -> None:
    """Thêm chương trình / add a programme."""
    items = [library.find(here, name)["id"] for name in item or ()]
    body: dict[str, Any] = {"title": title, "items": items, "targets": targets_of(here, target), "grace_s": grace}
    body["priority"] = priority
    if relay:
        sources = [relays.find(here, name)["id"] for name in relay]
        body["relay"] = {"sources": sources, "length_s": timing.seconds_of(for_ or "30m")}
    programme = here.remote.call("POST", "/programmes", body)
    here.show(programme, f"{programme['id']}  {programme['title']}")


def show_all(here: Here) -> None:
    """Liệt kê chương trình / list the programmes."""
    heads = {
        "Mã": "Id",
        "Tên": "Name",
        "Ưu tiên": "Priority",
        "Nơi phát": "Where",
        "Bản ghi": "Recordings",
        "Lịch": "Times",
    }
    here.table(here.remote.call("GET", "/programmes"), heads, lambda programme: _row(programme, here.zone))


def show(here: Here, programme: Programme) -> None:
    """Xem một chương trình / show a programme."""
    here.show(here.remote.call("GET", f"/programmes/{find(here, programme)['id']}"))


def delete(here: Here, programme: Programme) -> None:
    """Xóa chương trình cùng lịch của nó / delete a programme with its rules."""
    found = find(here, programme)
    here.remote.call("DELETE", f"/programmes/{found['id']}")
    here.show({"id": found["id"], "deleted": True}, f"Đã xóa / deleted: {found['title']}")


def find(here: Here, programme: str) -> dict[str, Any]:
    """The programme of that id or title."""
    return pick(here.remote.call("GET", "/programmes")["items"], programme, "chương trình", "programme", name="title")


def _row(programme: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    rules = "; ".join(times_of_day(rule, zone) for rule in programme["rules"])
    targets = ", ".join(programme["targets"])
    return programme["id"], programme["title"], programme["priority_name"], targets, len(programme["items"]), rules
