"""Who may do what: one table, and nothing is allowed that is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """One kind of action."""

    VIEW = "view"
    """See the schedule, the log, the library and the clusters."""
    LIBRARY = "library"
    """Upload, name and delete recordings."""
    SCHEDULE = "schedule"
    """Change programmes and when they play."""
    ANNOUNCE = "announce"
    """Put something on air now."""
    LIVE = "live"
    """Speak live to the loudspeakers."""
    EMERGENCY = "emergency"
    """Sound an emergency now, over everything."""
    DRILL = "drill"
    """Rehearse."""
    STOP = "stop"
    """Silence what is on air."""
    TECHNICIAN = "technician"
    """Villages, clusters, loudspeakers and boxes."""
    LOCK_OUT = "lock_out"
    """Shut out an account whose owner has lost their phone."""
    ADMIN = "admin"
    """Accounts and tokens of others."""


class Role(StrEnum):
    """What a person is to the station."""

    ADMIN = "admin"
    CHAIRMAN = "chairman"
    OFFICER = "officer"
    TECHNICIAN = "technician"
    VIEWER = "viewer"


_STUDIO = frozenset(
    {
        Right.VIEW,
        Right.LIBRARY,
        Right.SCHEDULE,
        Right.ANNOUNCE,
        Right.LIVE,
        Right.EMERGENCY,
        Right.DRILL,
        Right.STOP,
    }
)

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Right),
        Role.CHAIRMAN: _STUDIO | {Right.LOCK_OUT},
        Role.OFFICER: _STUDIO,
        Role.TECHNICIAN: frozenset({Right.VIEW, Right.STOP, Right.DRILL, Right.TECHNICIAN}),
        Role.VIEWER: frozenset({Right.VIEW}),
    }
)


def rights_of(role: str) -> frozenset[Right]:
    """The rights of a role; an unknown role has none."""
    return RIGHTS[Role(role)] if role in set(Role) else frozenset()
