"""The station's private keys: one file each, readable by the server's user alone.

The root key signs only the keyring; its file is meant to be taken away once the station stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from audio_library.content import write_durably
from broadcast_server.problem import Unfit
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Role

ROLES = (Role.ROOT, Role.SCHEDULE, Role.ALERT, Role.DRILL, Role.TIME)
PUSH_KEY = "push.key"
_PUBLIC = re.compile(r"[0-9a-f]{64}")


class KeyMissing(Unfit):
    """A key file is not there, or holds no key; the message names it."""


@dataclass(frozen=True)
class StationKeys:
    """What the running server signs with (never the root key)."""

    root_public: str
    schedule: SigningKey
    alert: SigningKey
    drill: SigningKey
    time: SigningKey


def make_keys(folder: Path) -> None:
    """A new key for each role that has none yet."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for role in ROLES:
        if not (folder / f"{role}.key").exists():
            key = SigningKey.born()
            write_durably(folder / f"{role}.pub", [key.public.encode()])
            write_durably(folder / f"{role}.key", [key.seed().hex().encode()])


def read_key(folder: Path, role: Role) -> SigningKey:
    """The role's key; KeyMissing names the file and says what to do."""
    path = folder / f"{role}.key"
    try:
        return SigningKey.from_seed(bytes.fromhex(_read(path)))
    except ValueError as error:
        raise _damaged(path) from error


def read_keys(folder: Path) -> StationKeys:
    """The keys of a running server."""
    return StationKeys(
        root_public=_read_public(folder / "root.pub"),
        schedule=read_key(folder, Role.SCHEDULE),
        alert=read_key(folder, Role.ALERT),
        drill=read_key(folder, Role.DRILL),
        time=read_key(folder, Role.TIME),
    )


def push_secret(folder: Path) -> str:
    """The secret with which notices to phones are signed; born here when it is first needed. KeyMissing if damaged.

    No box knows it and no keyring names it: with a new one phones give their addresses anew.
    """
    path = folder / PUSH_KEY
    from broadcast_server.push import sealing  # what it takes is loaded when there is something to send

    if not path.exists():
        secret, _public = sealing.born()
        write_durably(path, [secret.encode()])
    secret = _read(path).strip()
    try:
        sealing.public_of(secret)
    except ValueError as error:
        raise _damaged(path) from error
    return secret


def _read_public(path: Path) -> str:
    public = _read(path).strip()
    if not _PUBLIC.fullmatch(public):
        raise _damaged(path)
    return public


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace")
    except FileNotFoundError as error:
        vi = f"Thiếu tệp khóa {path}: hãy đặt lại từ nơi cất hoặc từ bản sao lưu."
        raise KeyMissing(f"{vi} / {path.name} is not in {path.parent}: put it back from where it is kept.") from error


def _damaged(path: Path) -> KeyMissing:
    vi = f"Tệp khóa {path} bị hỏng: hãy đặt lại từ bản sao lưu; trạm chưa lập xong thì xóa tệp này rồi lập lại."
    en = f"{path} is damaged: put it back from a backup; where no station was founded yet, remove it and found anew."
    return KeyMissing(f"{vi} / {en}")
