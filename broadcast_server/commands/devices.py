"""`tienglang user`: the devices and passkeys that one signs in with."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.showing import language, moment

Passkey = Annotated[str, typer.Argument(help="Tên hoặc mã passkey / name or id of the passkey.")]


def register(noun: typer.Typer) -> None:
    """Add the commands to those of the account."""
    command(noun, "sessions")(show_sessions)
    command(noun, "end-session")(end_session)
    command(noun, "end-sessions")(end_sessions)
    command(noun, "passkeys")(show_passkeys)
    command(noun, "rename-passkey")(rename_passkey)
    command(noun, "remove-passkey")(remove_passkey)


def show_sessions(here: Here) -> None:
    """Thiết bị mình đang đăng nhập / the devices one is signed in on."""
    here.table(
        here.remote.call("GET", "/me/sessions"),
        {
            "Mã": "Id",
            "Thiết bị": "Device",
            "Địa chỉ": "Address",
            "Đăng nhập lúc": "Signed in at",
            "Dùng lần cuối": "Last used",
        },
        lambda one: (
            one["id"][:8],
            one["device"][language(os.environ)],
            one["address"],
            moment(one["made_us"], here.zone),
            moment(one["used_us"], here.zone),
        ),
    )


def end_session(here: Here, session: Annotated[str, typer.Argument(help="Mã thiết bị / id of the session.")]) -> None:
    """Đăng xuất một thiết bị của mình / sign one's own device out."""
    found = pick(here.remote.call("GET", "/me/sessions")["items"], session, "thiết bị", "session", name="id")
    here.remote.call("DELETE", f"/me/sessions/{found['id']}")
    here.show(found, f"Đã đăng xuất / signed out: {found['device'][language(os.environ)]}")


def end_sessions(here: Here) -> None:
    """Đăng xuất mọi thiết bị khác của mình / sign all one's other devices out."""
    answer = here.remote.call("DELETE", "/me/sessions")
    here.show(answer, f"Đã đăng xuất / signed out: {answer['ended']}")


def show_passkeys(here: Here) -> None:
    """Passkey của mình / one's own passkeys."""
    here.table(
        here.remote.call("GET", "/me/passkeys"),
        {"Mã": "Id", "Tên": "Name", "Trang": "Site", "Tạo lúc": "Made at", "Dùng lần cuối": "Last used"},
        lambda one: (
            one["id"][:8],
            one["name"],
            one["site"],
            moment(one["made_us"], here.zone),
            moment(one["used_us"], here.zone),
        ),
    )


def rename_passkey(
    here: Here, passkey: Passkey, name: Annotated[str, typer.Argument(help="Tên mới / new name.")]
) -> None:
    """Đổi tên một passkey của mình / call one's own passkey something else."""
    renamed = here.remote.call("PATCH", f"/me/passkeys/{_passkey(here, passkey)['id']}", {"name": name})
    here.show(renamed, f"Đã đổi tên / renamed: {renamed['name']}")


def remove_passkey(here: Here, passkey: Passkey) -> None:
    """Xóa một passkey của mình / remove one's own passkey."""
    found = _passkey(here, passkey)
    here.remote.call("DELETE", f"/me/passkeys/{found['id']}")
    here.show(found, f"Đã xóa / removed: {found['name']}")


def _passkey(here: Here, wanted: str) -> dict[str, Any]:
    return pick(here.remote.call("GET", "/me/passkeys")["items"], wanted, "passkey", "passkey")
