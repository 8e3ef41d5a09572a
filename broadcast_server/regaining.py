"""What a lesser voice said for an emergency, because a better one was silent, is said again once that speaks."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from broadcast_server.store.orders import TemplateRow

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 300.0
LONGEST_PAUSE_S = 3600.0
"""Who was silent is asked again after 5, 10, 20 … minutes, at last every hour."""


class Voices(Protocol):
    """The machines that say templates."""

    def has_better(self, engine: str) -> bool:
        """Whether one is asked before this one."""

    async def is_said_better(self, text: str, engine: str) -> bool:
        """Whether one of these says the text now."""


class Regaining:
    """Asks the better voices for one text at a time, each in its turn: one that they never say holds up no other."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self._asked: Counter[str] = Counter()
        self._silences, self._not_before_s = 0, -math.inf

    async def next(self, ready: Sequence[tuple[TemplateRow, str | None]], now_s: float) -> TemplateRow | None:
        """Which of these, each with the engine that spoke it if one did, is to be made anew now; None while nobody says
        one better, or nobody is to be asked."""
        lesser = [(row, row.text, by) for row, by in ready if row.text and by and self._voices.has_better(by)]
        if not lesser or now_s < self._not_before_s:
            return None
        row, text, engine = min(lesser, key=lambda one: self._asked[one[0].id])
        self._asked[row.id] += 1
        if await self._voices.is_said_better(text, engine):
            return row
        self.was_in_vain(row.name, now_s)
        return None

    def was_in_vain(self, name: str, now_s: float) -> None:
        """Nobody spoke better, though it was asked for or made."""
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._silences, 16))
        self._silences, self._not_before_s = self._silences + 1, now_s + pause_s
        log.info("template %s stays in its voice, the next try is in %.0f s", name, pause_s)

    def has_spoken(self) -> None:
        """The better voice is there again."""
        self._silences = 0
