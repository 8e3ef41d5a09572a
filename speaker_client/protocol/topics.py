"""MQTT topics. A box hears only its own `down`, `alert` and `live`, and speaks only on its own `up`."""

from __future__ import annotations

from speaker_client.protocol.ids import BoxId, StationId

ROOT = "tienglang"


def down(station: StationId, box: BoxId) -> str:
    """Hints and routine commands to a box."""
    return f"{ROOT}/{station}/{box}/down"


def alert(station: StationId, box: BoxId) -> str:
    """Emergency commands to a box, on a session of their own."""
    return f"{ROOT}/{station}/{box}/alert"


def live(station: StationId, box: BoxId) -> str:
    """Frames of live voice to a box: at most once, and never late."""
    return f"{ROOT}/{station}/{box}/live"


def up(station: StationId, box: BoxId) -> str:
    """Heartbeats from a box; its last will is an empty message here."""
    return f"{ROOT}/{station}/{box}/up"


def all_up(station: StationId) -> str:
    """The station's ear: every box's `up`."""
    return f"{ROOT}/{station}/+/up"


def speaker_of(topic: str) -> BoxId | None:
    """Which box an `up` topic belongs to, or None."""
    levels = topic.split("/")
    if len(levels) == 4 and levels[0] == ROOT and levels[3] == "up":
        return BoxId(levels[2])
    return None


def may_subscribe(station: StationId, box: BoxId, topic: str) -> bool:
    """Default deny: a box may subscribe its own `down`, `alert` and `live`, spelt out, no wildcards."""
    return topic in {down(station, box), alert(station, box), live(station, box)}


def may_publish(station: StationId, box: BoxId, topic: str) -> bool:
    """Default deny: a box may publish on its own `up`."""
    return topic == up(station, box)
