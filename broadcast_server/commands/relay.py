"""`tienglang relay`: sources that can be relayed, whether they are fit, and one put on air."""

from __future__ import annotations

import os
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands import library, timing
from broadcast_server.commands.emergency import DryRun
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.commands.removing import take_out
from broadcast_server.commands.say import CANCELLED, count_down
from broadcast_server.commands.showing import language, length, moment, with_conflicts

Source = Annotated[str, typer.Argument(help="Tên hoặc mã nguồn / name or id of the source.")]
HTTP, HLS = "http", "hls"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Tiếp sóng / relays.", no_args_is_help=True)
    for function in (add, probe, remove, start, status):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="relay")


def add(
    here: Here,
    name: Annotated[str, typer.Argument(help="Tên nguồn / name.")],
    address: Annotated[str, typer.Argument(help="Địa chỉ http(s), ngõ vào hoặc thư mục / URL, input or folder.")],
    kind: Annotated[str | None, typer.Option(help="Kiểu nguồn / kind: http, hls, input, folder.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Thêm nguồn tiếp sóng / add a relay source."""
    body = {"name": name, "kind": kind or _kind_of(address), "address": address, "dry_run": dry_run}
    source = here.remote.call("POST", "/relays/sources", body)
    if dry_run:
        here.show(source, f"Thử: thêm được / dry run: could be added: {source['name']} ({source['kind']})")
        return
    here.show(source, f"{source['id']}  {source['name']}")


def show_all(here: Here) -> None:
    """Liệt kê nguồn tiếp sóng / list the relay sources."""
    heads = {"Mã": "Id", "Tên": "Name", "Loại": "Kind", "Địa chỉ": "Address", "Lần thử cuối": "Last probe"}
    here.table(here.remote.call("GET", "/relays/sources"), heads, lambda source: _row(source, here.zone))


def probe(here: Here, source: Source) -> None:
    """Thử nguồn ngay, không phát ra loa / look now whether a source is fit; nothing sounds."""
    found = here.remote.call("POST", f"/relays/sources/{find(here, source)['id']}/probe")
    told = found["probed"]
    level = "" if told["level_db"] is None else f" ({told['level_db']} dBFS)"
    here.show(found, f"{'✓' if told['ok'] else '✗'} {told['vi']}{level}\n  {told['en']}")
    if not told["ok"]:
        raise typer.Exit(2)


def remove(here: Here, source: Source, dry_run: DryRun = False) -> None:
    """Bỏ một nguồn / take a source off the list."""
    found = find(here, source)
    take_out(here, f"/relays/sources/{found['id']}", {"id": found["id"]}, found["name"], dry_run)


def start(
    here: Here,
    source: Source,
    for_: Annotated[str, typer.Option("--for", help="Trong bao lâu / for how long: 30m, 1h30m.")],
    target: Targets = None,
    at: Annotated[str | None, typer.Option(help='Lúc bắt đầu / when: "2026-11-24 05:30".')] = None,
    fallback: Annotated[
        list[str] | None, typer.Option(help="Nguồn dự phòng, theo thứ tự / source to fall back on, repeatable.")
    ] = None,
    item: Annotated[
        list[str] | None, typer.Option(help="Bản ghi phát khi mất nguồn / recording for when no source sounds.")
    ] = None,
    title: Annotated[str, typer.Option(help="Tên chương trình / title.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Tiếp sóng ngay hoặc vào giờ hẹn; trong 5 giây đầu Ctrl-C để hủy / relay now or later; Ctrl-C cancels for 5 s."""
    body: dict[str, Any] = {"length_s": timing.seconds_of(for_), "targets": targets_of(here, target), "title": title}
    body["fallbacks"] = [find(here, name)["id"] for name in fallback or ()]
    body["items"] = [library.find(here, name)["id"] for name in item or ()]
    if at:
        body["at_us"] = round(timing.moment_of(at, here.zone).timestamp() * 1_000_000)
    path = f"/relays/sources/{find(here, source)['id']}/start"
    relay = here.remote.call("POST", path, body | {"dry_run": dry_run})
    when = f"{moment(relay['start_us'], here.zone)}, {length(relay['length_us'])}: {relay['title']}"
    if dry_run:
        here.show(relay, with_conflicts(f"Thử: sẽ tiếp sóng lúc / dry run: would relay at {when}", relay))
        return
    try:
        count_down(here, relay["countdown_us"] // 1_000_000)
    except KeyboardInterrupt:
        cancelled = here.remote.call("DELETE", f"/announcements/{relay['id']}")
        here.show(cancelled, f"Đã hủy / cancelled: {relay['title']}")
        raise typer.Exit(CANCELLED) from None
    here.show(relay, with_conflicts(f"Tiếp sóng lúc / relayed at {when}", relay))


def status(here: Here) -> None:
    """Các lần tiếp sóng gần đây và sắp tới / recent and coming relays, and what happened."""
    heads = {"Lúc": "Time", "Chương trình": "Programme", "Đang phát từ": "Sounding from", "Bằng lời": "In words"}
    here.table(here.remote.call("GET", "/relays"), heads, lambda relay: _relay_row(relay, here.zone))


def find(here: Here, source: str) -> dict[str, Any]:
    """The source of that id or name."""
    return pick(here.remote.call("GET", "/relays/sources")["items"], source, "nguồn tiếp sóng", "relay source")


def _kind_of(address: str) -> str:
    """What an address most likely is."""
    place = address.strip()
    url = place.lower()
    if url.startswith(("http:", "https:")):
        return HLS if url.partition("?")[0].endswith(".m3u8") else HTTP
    return "input" if ":" in place or place == "default" else "folder"


def _row(source: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    told = source["probed"]
    seen = told and f"{moment(told['at_us'], zone)} {'✓' if told['ok'] else '✗'} {told[language(os.environ)]}"
    return source["id"], source["name"], source["kind"], source["address"], seen


def _relay_row(relay: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    return moment(relay["start_us"], zone), relay["title"], relay["sounding"], f"{relay['vi']} {relay['en']}".strip()
