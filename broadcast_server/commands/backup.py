"""`tienglang backup`: everything that must survive, in one file; the server may go on running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.problem import Problem

_ELSEWHERE = (
    "Cơ sở dữ liệu ở nơi khác (TIENGLANG_DATABASE), lệnh này chỉ biết tệp SQLite của trạm: "
    "hãy sao lưu nó bằng công cụ của nó, và chép cả thư mục dữ liệu.",
    "The database is elsewhere (TIENGLANG_DATABASE), and this command knows only the station's own SQLite file: "
    "back it up with its own tools, and copy the data folder too.",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "backup")(backup)


def backup(
    here: Here, file: Annotated[Path, typer.Argument(help="Tệp sao lưu .tar hoặc .tar.gz / the archive to write.")]
) -> None:
    """Sao lưu thư mục dữ liệu; tệp có khóa của trạm, hãy giữ kín / back the folder up; it holds the keys: guard it."""
    from broadcast_server.keeping import back_up

    if not here.settings.own_file:
        raise Problem(409, "database_elsewhere", *_ELSEWHERE)
    made = back_up(here.folder, file)
    megabytes = made["bytes"] / 1_000_000
    here.show(
        made,
        f"Đã sao lưu / backed up: {file} ({made['files']} tệp, {megabytes:.1f} MB)\n"
        "Tệp này chứa khóa ký của trạm: hãy cất giữ cẩn thận. / It holds the station's signing keys: guard it.",
    )
