"""Somebody the server has recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from broadcast_server.people.rights import Right, rights_of
from broadcast_server.store.people import UserRow

KNOWN_BY = (UserRow.id, UserRow.name, UserRow.full_name, UserRow.role, UserRow.must_change)
"""The columns that make a caller, without the hash of the password."""


@dataclass(frozen=True)
class User:
    """Who is calling; `session_hash` names the browser session, None when a token was shown."""

    id: str
    name: str
    full_name: str
    role: str
    rights: frozenset[Right]
    must_change: bool
    session_hash: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the role carries the right."""
        return right in self.rights


def user_from(row: UserRow | Row[Any], session_hash: str | None = None) -> User:
    """The account, or its columns KNOWN_BY, as a caller."""
    return User(row.id, row.name, row.full_name, row.role, rights_of(row.role), row.must_change, session_hash)
