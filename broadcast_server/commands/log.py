"""`tienglang log`: what was aired, cluster by cluster, and why not."""

from __future__ import annotations

import os
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.schedule import window
from broadcast_server.commands.showing import language, moment

_HEADS = {
    "Lúc": "Time",
    "Đặt lúc": "Set for",
    "Cụm": "Cluster",
    "Chương trình": "Programme",
    "Kết quả": "Outcome",
    "Bằng lời": "In words",
    "Lệch (ms)": "Off by (ms)",
    "Có tiếng (s)": "Sounded (s)",
    "Bằng chứng": "Evidence",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "log")(log)


def log(
    here: Here,
    first: Annotated[str | None, typer.Option("--from", help="Từ lúc / from: 2026-11-24 00:00.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Đến lúc / to: 2026-11-25 00:00.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Tên hoặc mã cụm / name or id of a cluster.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Kết quả / outcome: PLAYED, PARTIAL, MISSED, SUPERSEDED, CANCELLED, …")
    ] = None,
) -> None:
    """Nhật ký phát sóng / the broadcast log."""
    query = window(here, first, last) | {"state": state.upper() if state else None}
    if cluster:
        query["cluster"] = pick(here.remote.call("GET", "/clusters")["items"], cluster, "cụm", "cluster")["id"]
    here.table(here.remote.call("GET", "/log", query=query), _HEADS, lambda airing: _row(airing, here.zone))


def _row(airing: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    error, sounded, start = airing["error_us"], airing["sounded_us"], moment(airing["start_us"], zone)
    scheduled = moment(airing["scheduled_us"], zone)
    moved = None if scheduled == start else scheduled.split()[1]
    off = None if error is None else f"{error / 1000:+.1f}"
    heard = None if sounded is None else f"{sounded / 1_000_000:.1f}"
    tongue = language(os.environ)
    told = start, moved, airing["cluster"], airing["title"], airing["state"], airing[tongue], off, heard
    return *told, airing[f"evidence_{tongue}"]
