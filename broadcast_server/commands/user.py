"""`tienglang user`: the accounts of the station."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from broadcast_server.commands import devices
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.showing import language
from broadcast_server.people.rights import Role

Name = Annotated[str, typer.Argument(help="Tên đăng nhập / login name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Tài khoản / accounts.", no_args_is_help=True)
    for function in (add, role, reset, disable, enable):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    command(noun, "lock-out")(lock_out)
    devices.register(noun)
    app.add_typer(noun, name="user")


def add(
    here: Here,
    name: Name,
    role: Annotated[Role, typer.Option(help="Vai trò / role.")] = Role.OFFICER,
    full_name: Annotated[str, typer.Option(help="Họ tên / full name.")] = "",
) -> None:
    """Thêm tài khoản / add an account."""
    user = here.remote.call("POST", "/users", {"name": name, "full_name": full_name, "role": role.value})
    _show_password(here, user)


def show_all(here: Here) -> None:
    """Liệt kê tài khoản / list the accounts."""
    answer = here.remote.call("GET", "/users")
    here.table(answer, {"Tên": "Name", "Họ tên": "Full name", "Vai trò": "Role", "Trạng thái": "State"}, _row)


def role(here: Here, name: Name, role: Annotated[Role, typer.Argument(help="Vai trò / role.")]) -> None:
    """Đổi vai trò / change the role."""
    user = _change(here, name, {"role": role.value})
    here.show(user, f"{user['name']}: {user['role']}")


def disable(here: Here, name: Name) -> None:
    """Khóa tài khoản / shut an account out."""
    user = _change(here, name, {"disabled": True})
    here.show(user, f"Đã khóa / disabled: {user['name']}")


def enable(here: Here, name: Name) -> None:
    """Mở lại tài khoản / let an account in again."""
    user = _change(here, name, {"disabled": False})
    here.show(user, f"Đã mở lại / enabled: {user['name']}")


def reset(here: Here, name: Name) -> None:
    """Cấp mật khẩu dùng một lần mới / a new one-time password."""
    _show_password(here, here.remote.call("POST", f"/users/{_find(here, name)['id']}/one-time-password"))


def lock_out(here: Here, name: Name) -> None:
    """Mất điện thoại: chặn mọi thiết bị, khóa, passkey và mật khẩu / a lost phone: nothing it holds opens anything."""
    user = here.remote.call("POST", f"/users/{_find(here, name)['id']}/lock-out")
    ended = ", ".join(f"{count} {noun}" for noun, count in user["ended"].items())
    here.show(
        user,
        f"Đã chặn / locked out: {user['name']} ({ended})\n"
        f"Cấp mật khẩu mới / a new password: tienglang user reset {user['name']}",
    )


def _find(here: Here, name: str) -> dict[str, Any]:
    return pick(here.remote.call("GET", "/users")["items"], name, "tài khoản", "account")


def _change(here: Here, name: str, change: dict[str, Any]) -> dict[str, Any]:
    user: dict[str, Any] = here.remote.call("PATCH", f"/users/{_find(here, name)['id']}", change)
    return user


def _show_password(here: Here, user: dict[str, Any]) -> None:
    password = user["one_time_password"]
    here.show(user, f"{user['name']} ({user['role']})\nMật khẩu dùng một lần / one-time password: {password}")


def _row(user: dict[str, Any]) -> tuple[Any, ...]:
    vi, en = ("cần mật khẩu mới", "needs a new password") if user["locked_out"] else ("đang dùng", "in use")
    if user["disabled"]:
        vi, en = "đã khóa", "disabled"
    return user["name"], user["full_name"], user["role"], en if language(os.environ) == "en" else vi
