"""`tienglang restore`: a station from its backup, on a new machine or after a disaster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from broadcast_server.commands.here import Here, command


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "restore")(restore)


def restore(
    here: Here, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp sao lưu / the archive.")]
) -> None:
    """Khôi phục vào thư mục trống / restore into an empty data folder."""
    from broadcast_server.keeping import restore as unpack

    done = unpack(file, here.folder)
    here.show(done, f"Đã khôi phục / restored: {done['data']} ({done['files']} tệp)")
