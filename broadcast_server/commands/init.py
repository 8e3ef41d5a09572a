"""`tienglang init`: a station in an empty data folder, its first administrator, the local operator's token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from audio_library.content import write_durably
from broadcast_server.commands import timing
from broadcast_server.commands.here import Here, command
from broadcast_server.problem import Problem
from broadcast_server.schedule.quiet_hours import QuietHours


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init")(init)


def init(
    here: Here,
    name: Annotated[str, typer.Option(help="Tên trạm / name of the station.")],
    admin: Annotated[str, typer.Option(help="Tên đăng nhập của người quản trị / login name of the administrator.")] = (
        "admin"
    ),
    zone: Annotated[str, typer.Option(help="Múi giờ / time zone.")] = "Asia/Ho_Chi_Minh",
    quiet_hours: Annotated[
        str, typer.Option(help="Giờ yên tĩnh, chỉ phát khẩn / only emergencies sound: 21:00-05:00, none.")
    ] = "21:00-05:00",
    host: Annotated[str | None, typer.Option(help="Địa chỉ lắng nghe / address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Cổng HTTP / HTTP port.")] = None,
) -> None:
    """Lập trạm mới, in mật khẩu dùng một lần / found a new station; prints a one-time password."""
    from broadcast_server.hushing import read_hours
    from broadcast_server.opening import open_up

    settings = here.settings
    quiet = QuietHours(*read_hours(*timing.hours_of(quiet_hours)))
    wished = _wished(settings.data, {"TIENGLANG_HOST": host, "TIENGLANG_PORT": port})
    password = asyncio.run(open_up(settings, name, zone, admin, quiet))
    if wished:
        write_durably(settings.data / "station.env", [wished.encode()])
    founded = {"station": name, "data": str(settings.data), "user": admin, "password": password}
    here.show(
        founded,
        f"Đã lập trạm “{name}” trong {settings.data}.\n"
        f"Đăng nhập lần đầu / first login: {admin}\n"
        f"Mật khẩu dùng một lần / one-time password: {password}\n"
        "Mật khẩu này chỉ hiện một lần. / It is shown only now.",
    )


def _wished(folder: Path, values: dict[str, str | int | None]) -> str:
    """What was asked for, as `station.env` is to hold it; Problem 409 if that file is there already."""
    given = [f"{name}={value}\n" for name, value in values.items() if value is not None]
    path = folder / "station.env"
    if given and path.exists():
        vi, en = f"Đã có {path}: hãy sửa tệp này.", f"{path} exists already: edit it instead."
        raise Problem(409, "settings_exist", vi, en)
    return "".join(given)
