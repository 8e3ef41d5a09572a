"""The command `tienglang`."""

from __future__ import annotations

from broadcast_server.commands.app import app


def main() -> None:
    """Entry point."""
    app()
