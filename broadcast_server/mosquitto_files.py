"""Password and access files for a Mosquitto that carries the station: written whole, then `SIGHUP` it.

The folder should be setgid to Mosquitto's group: the files are readable by owner and group, nobody else.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audio_library.content import write_durably
from speaker_client.protocol import topics
from speaker_client.protocol.account import ALERT_SUFFIX, STATION, Account, alert_account, is_station, routine_account
from speaker_client.protocol.ids import BoxId, StationId

ROUNDS = 101
"""mosquitto_passwd's own number. Enough, since what is hashed is 256 random bits and no word of a person."""
SALT_BYTES = 12

_BOX = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class StationAccounts:
    """Who may come in: the station's password hash and each box's, as `password_hash` made them."""

    station: StationId
    station_hash: str
    boxes: Mapping[BoxId, str]


def password_hash(secret: str, salt: bytes | None = None) -> str:
    """`$7$rounds$salt$hash` (PBKDF2-HMAC-SHA512), as mosquitto_passwd writes it."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def password_text(accounts: StationAccounts) -> str:
    """One line an account; a box's two accounts share its secret."""
    lines = [(STATION, accounts.station_hash), (Account(f"{STATION}{ALERT_SUFFIX}"), accounts.station_hash)]
    for box, known in sorted(accounts.boxes.items()):
        lines += [(routine_account(_spelt(box)), known), (alert_account(box), known)]
    return "".join(f"{account}:{known}\n" for account, known in lines)


def access_text(accounts: StationAccounts) -> str:
    """Mosquitto denies what no line allows. `%u` is the user name, which is also the client id."""
    own = "".join(
        f"user {account}\ntopic readwrite {topics.ROOT}/#\n\n" for account in (STATION, f"{STATION}{ALERT_SUFFIX}")
    )
    alarms = "".join(
        f"user {alert_account(_spelt(box))}\ntopic read {topics.alert(accounts.station, box)}\n\n"
        for box in sorted(accounts.boxes)
    )
    rights = (("read", topics.down), ("read", topics.alert), ("read", topics.live), ("write", topics.up))
    patterns = "".join(f"pattern {right} {topic(accounts.station, BoxId('%u'))}\n" for right, topic in rights)
    return f"{own}{alarms}{patterns}"


def write_files(folder: Path, accounts: StationAccounts) -> None:
    """`passwords` and `acl` in the folder, durably."""
    for name, text in (("acl", access_text(accounts)), ("passwords", password_text(accounts))):
        write_durably(folder / name, [text.encode()])
        (folder / name).chmod(0o640)


def _spelt(box: BoxId) -> BoxId:
    """The box, if its name can stand in these files; ValueError if it would mean something else there."""
    if not _BOX.fullmatch(box) or is_station(Account(box)) or box.endswith(ALERT_SUFFIX):
        raise ValueError(f"not a name for a broker account: {box!r}")
    return box
