"""All commands of `tienglang`."""

from __future__ import annotations

import typer

from broadcast_server.commands import (
    backup,
    cluster,
    doctor,
    emergency,
    init,
    ladder,
    lexicon,
    library,
    live,
    log,
    notice,
    programme,
    read,
    relay,
    restore,
    say,
    schedule,
    serve,
    upgrade,
    user,
    voice,
)

app = typer.Typer(
    name="tienglang",
    help="Tiếng Làng: đài truyền thanh thông minh của xã / the smart loudspeaker station of a commune.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for noun in (
    init,
    serve,
    user,
    cluster,
    library,
    programme,
    schedule,
    relay,
    read,
    lexicon,
    voice,
    notice,
    say,
    emergency,
    live,
    log,
    ladder,
    doctor,
    backup,
    restore,
    upgrade,
):
    noun.register(app)
