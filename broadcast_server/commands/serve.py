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
    """Chạy máy chủ / run the server."""
    asked = {"TIENGLANG_HOST": host, "TIENGLANG_PORT": port}
    environment = os.environ | {name: str(value) for name, value in asked.items() if value is not None}
    argv = [sys.executable, "-m", "broadcast_server", "--data", str(here.folder)]
    sys.stdout.flush()
    os.execve(sys.executable, argv, environment)  # noqa: S606
