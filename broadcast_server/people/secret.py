"""Random secrets that are handed out once; the station keeps only their hash."""

from __future__ import annotations

import hashlib
import secrets

PREFIX = "tl_"


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """An API token; the prefix lets people and scanners recognise one."""
    return PREFIX + new_secret()


def secret_hash(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
