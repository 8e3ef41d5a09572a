"""What Mosquitto does with a password file: a secret is hashed with the salt in it and compared."""

from __future__ import annotations

import base64

from broadcast_server.mosquitto_files import password_hash


def password_matches(secret: str, known: str) -> bool:
    """Whether `known` is a hash of this secret."""
    return password_hash(secret, base64.b64decode(known.split("$")[3])) == known
