"""`tienglang serve` among the other commands; `cli.py` is what starts the server, with or without them."""

from __future__ import annotations

from typing import Annotated

import typer

from broadcast_server.cli import become_server
from broadcast_server.commands.here import Here, command


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "serve")(serve)


def serve(
    here: Here,
    host: Annotated[str | None, typer.Option(help="Địa chỉ lắng nghe / address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Cổng HTTP / HTTP port.")] = None,
) -> None:
    """Chạy máy chủ; --json: in địa chỉ khi đã chạy / run the server; --json: print its address once it serves."""
    asked = {"--data": here.folder, "--host": host, "--port": port}
    arguments = [word for name, value in asked.items() if value is not None for word in (name, str(value))]
    become_server([*arguments, *(["--json"] if here.as_json else [])])
