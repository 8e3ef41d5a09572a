"""`tienglang serve`: becomes the server process, which carries nothing of the command line in memory."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from broadcast_server.commands.here import Here, command


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "serve")(serve)


def serve(
    here: Here,
    host: Annotated[str | None, typer.Option(help="Địa chỉ lắng nghe / address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Cổng HTTP / HTTP port.")] = None,
) -> None:
    """Chạy máy chủ / run the server. With --json it prints one line, its address, as soon as it serves."""
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(here.folder)]
    argv += [] if host is None else ["--host", host]
    argv += [] if port is None else ["--port", str(port)]
    argv += ["--json"] if here.as_json else []
    sys.stdout.flush()
    os.execv(sys.executable, argv)  # noqa: S606
