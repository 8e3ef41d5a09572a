"""The station's private keys: one file each, readable by the server's user alone.

The root key signs only the keyring; its file is meant to be taken away once the station stands.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from audio_library.content import sync_folder
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Role

ROLES = (Role.ROOT, Role.SCHEDULE, Role.ALERT, Role.DRILL, Role.TIME)


class KeyMissing(Exception):
    """A key file is not there; the message names it."""


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
            _write_private(folder / f"{role}.pub", key.public.encode())
            _write_private(folder / f"{role}.key", key.seed().hex().encode())
    sync_folder(folder)


def read_key(folder: Path, role: Role) -> SigningKey:
    """The role's key; KeyMissing names the file."""
    path = folder / f"{role}.key"
    try:
        return SigningKey.from_seed(bytes.fromhex(path.read_text()))
    except FileNotFoundError as error:
        raise KeyMissing(f"{path.name} is not in {folder}") from error


def read_keys(folder: Path) -> StationKeys:
    """The keys of a running server."""
    return StationKeys(
        root_public=_read_public(folder / "root.pub"),
        schedule=read_key(folder, Role.SCHEDULE),
        alert=read_key(folder, Role.ALERT),
        drill=read_key(folder, Role.DRILL),
        time=read_key(folder, Role.TIME),
    )


def _read_public(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError as error:
        raise KeyMissing(f"{path.name} is not in {path.parent}") from error


def _write_private(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
