"""The priority ladder: higher pre-empts lower; between equals the one on air finishes."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """Who may take the floor from whom. Only among emergencies does the latest win."""

    EMERGENCY = 100
    LIVE_EMERGENCY = 90
    PRIORITY_ABOVE = 80
    PRIORITY_COMMUNE = 70
    LIVE = 60
    ANNOUNCEMENT = 50
    OWN = 40
    RELAY = 30
    FILLER = 10
