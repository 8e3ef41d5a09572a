"""Taking out what a command has found."""

from __future__ import annotations

from typing import Any

from broadcast_server.commands.here import Here


def take_out(here: Here, place: str, told: dict[str, Any], called: str, dry_run: bool = False) -> None:
    """Delete what stands at `place` of the API, or only say so. `told`: which one, in JSON; `called`: its name."""
    if dry_run:
        here.show({**told, "dry_run": True}, f"Thử: sẽ bỏ / dry run: would remove: {called}")
        return
    here.remote.call("DELETE", place)
    here.show({**told, "deleted": True}, f"Đã bỏ / removed: {called}")
