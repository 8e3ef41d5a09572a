"""`tienglang upgrade`: an older database becomes one of this program's; the server does the same when it starts."""

from __future__ import annotations

import asyncio

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.problem import Problem, Unfit
from broadcast_server.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "upgrade")(upgrade)


def upgrade(here: Here) -> None:
    """Nâng cấp cơ sở dữ liệu, giữ bản cũ; dừng máy chủ trước / upgrade the database, keep the old; stop the server."""
    from broadcast_server.serving import sole_server
    from broadcast_server.store.schema import REVISION

    settings = here.settings
    try:
        with sole_server(settings.data):
            found = asyncio.run(_upgrade(settings))
    except Unfit as error:
        vi, _, en = str(error).partition(" / ")
        raise Problem(409, "not_upgraded", vi, en) from error
    old = "" if found == REVISION else f" (trước đây / before: {found})"
    here.show({"revision": REVISION, "before": found}, f"Cơ sở dữ liệu ở bản / the database is at {REVISION}{old}")


async def _upgrade(settings: Settings) -> str:
    from broadcast_server.station import make_fit
    from broadcast_server.store.base import Database

    database = Database(settings.database_url)
    try:
        return await make_fit(database, settings.data)
    finally:
        await database.close()
