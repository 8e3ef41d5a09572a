"""Would a loudspeaker sound if it were told to now? As far as the box and people have said."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from broadcast_server.fleet.presence import Presence

UNHEARD_TIMES = 3
"""So many broadcasts in a row may go by without its sensor finding its sound: a gust, a neighbour, a loose clamp."""
OUTPUT_FAULT = "audio_"
"""How the codes begin of what is wrong with the sound output of a box."""


class Readiness(StrEnum):
    """Why a loudspeaker would not sound, or that it would."""

    READY = "ready"
    AWAY = "away"
    """No box, or one that does not answer."""
    BROKEN = "broken"
    """The box says that no sound leaves it."""
    MUTED = "muted"
    SILENT = "silent"
    """Whoever stood beneath it at its last test heard nothing."""
    UNHEARD = "unheard"
    """Its sensor found no sound of it for several broadcasts in a row."""


def readiness(
    presence: Presence | None, faults: Iterable[str], muted: bool, heard: bool | None, unheard: int
) -> Readiness:
    """Of one loudspeaker; what holds for the whole cluster comes first. Nobody is late and ready.

    `unheard`: how many broadcasts in a row its sensor found no sound of it.
    """
    if presence is not Presence.ONLINE:
        return Readiness.AWAY
    if any(code.startswith(OUTPUT_FAULT) for code in faults):
        return Readiness.BROKEN
    if muted:
        return Readiness.MUTED
    if heard is False:
        return Readiness.SILENT
    return Readiness.UNHEARD if unheard >= UNHEARD_TIMES else Readiness.READY


def unheard_after(unheard: int, sounded: bool) -> int:
    """The same after one more broadcast: one proof is enough."""
    return 0 if sounded else unheard + 1
