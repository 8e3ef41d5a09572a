"""What every box holds at all times: the sounds of the emergency templates, safe from cache pressure."""

from __future__ import annotations

from typing import Literal

from audio_library.content import ContentId
from speaker_client.protocol.plan import Item
from speaker_client.protocol.statement import Kind, Role, Statement


class Shelf(Statement):
    """The whole truth; a higher `seq` replaces it."""

    kind: Literal[Kind.SHELF] = Kind.SHELF
    role: Literal[Role.ALERT] = Role.ALERT
    items: tuple[Item, ...]
    alarms: tuple[ContentId, ...] = ()
    """Which of them are an emergency's own: no drill may sound them, whoever has its key."""
