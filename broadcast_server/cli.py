"""The command `tienglang`. The server, which stays for years, is started without the command line's libraries."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Entry point."""
    if sys.argv[1:2] == ["serve"]:
        os.execv(sys.executable, [sys.executable, "-m", "broadcast_server", *sys.argv[2:]])  # noqa: S606
    from broadcast_server.commands.app import app

    app()
