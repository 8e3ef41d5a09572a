"""Passwords: argon2id, checked away from the event loop and one at a time so that guessing cannot eat the memory."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST = 10
"""Characters of a password that a person chooses."""
LONGEST = 200
NO_PASSWORD = "!"  # noqa: S105 - the opposite of one
"""The hash of an account that nobody can log in to with a password."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_one_at_a_time = ThreadPoolExecutor(1, "passwords")


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))


@cache
def _nobody() -> str:
    """A hash that no password matches, to spend the same time on unknown names."""
    return _hasher().hash(secrets.token_urlsafe())


def _matches(password: str, password_hash: str) -> bool:
    known = password_hash.startswith("$argon2")
    return _hasher().verify(password, password_hash if known else _nobody()) and known


def _hash(password: str) -> str:
    return _hasher().hash(password)


async def matches(password: str, password_hash: str) -> bool:
    """Whether it is the password; takes as long for an account that has none."""
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, _matches, password, password_hash)


async def hashed(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, _hash, password)


def one_time_password() -> str:
    """59 random bits in letters that are not mistaken for each other, `xxxx-xxxx-xxxx`."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
