"""`tienglang log`: what was aired, cluster by cluster, and why not."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.schedule import window
from broadcast_server.commands.showing import moment

_HEADS = ("Lúc", "Cụm", "Chương trình", "Kết quả", "Lý do", "Lệch (ms)", "Có tiếng (s)")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "log")(log)


def log(
    here: Here,
    first: Annotated[str | None, typer.Option("--from", help="Từ lúc / from: 2026-11-24 00:00.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Đến lúc / to: 2026-11-25 00:00.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Mã cụm / id of a cluster.")] = None,
    state: Annotated[str | None, typer.Option(help="PLAYED, PARTIAL, MISSED, SUPERSEDED, CANCELLED, …")] = None,
) -> None:
    """Nhật ký phát sóng / the broadcast log."""
    query = window(here, first, last) | {"cluster": cluster, "state": state}
    here.table(here.remote.call("GET", "/log", query=query), _HEADS, _row)


def _row(airing: dict[str, Any]) -> tuple[Any, ...]:
    error, sounded = airing.get("error_us"), airing.get("sounded_us")
    why = airing.get("reason") or airing.get("by")
    off = None if error is None else f"{error / 1000:+.1f}"
    heard = None if sounded is None else f"{sounded / 1_000_000:.1f}"
    where = airing.get("cluster") or airing.get("cluster_id")
    return moment(airing["start_us"]), where, airing["title"], airing["state"], why, off, heard
