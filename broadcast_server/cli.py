"""The command `tienglang`. The server is started without the command line's libraries: they would slow its start."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main() -> None:
    """Entry point."""
    if sys.argv[1:2] == ["serve"]:
        become_server(sys.argv[2:])
    from broadcast_server.commands.app import app

    app()


def become_server(arguments: Sequence[str]) -> NoReturn:
    """This process is the server from here on; its arguments are those of serving.py."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "broadcast_server", *arguments])  # noqa: S606 - no shell is wanted
