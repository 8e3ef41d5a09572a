"""How what is prepared for an emergency is said now: whatever changes that has its sound made anew."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Final

from audio_library.ffmpeg import RATE, equalised_argv
from audio_library.refusal import Refusal
from audio_library.speech import Choice, Espeak, Piper
from audio_library.speech.fallback import words_of
from audio_library.speech.hours import HOURS, MINUTES
from broadcast_server.pronouncing import Pronouncing

CLOCK: Final = {"hours": HOURS, "minutes": MINUTES}
"""Phrases that are joined to one sound, to be cut out of it: the offline voice says them as they are."""


class TemplateVoice:
    """The station's accent and dictionary, and its machines: a person says nothing of this."""

    def __init__(self, pronouncing: Pronouncing, voices: Choice) -> None:
        self._pronouncing, self._voices = pronouncing, voices.machines

    def espeak(self) -> Espeak:
        """The offline voice."""
        return Espeak(pitch=self._voices.espeak_pitch)

    def manner(self, name: str, text: str | None) -> list[str | None] | None:
        """`[voice, numbers, digest]` of a template; None for a sound of our own. The digest is of its words as they are
        read and of what makes them a sound: which engines, how high, equalised how."""
        if text is not None:
            heard = [self.words(text) or "", *self._machines]
        elif name in CLOCK:
            heard = [*CLOCK[name], f"{self._voices.espeak_pitch}"]
        else:
            return None
        accent = self._pronouncing.accent
        return [accent.voice, accent.numbers, hashlib.sha256("\n".join(heard).encode()).hexdigest()]

    def words(self, text: str) -> str | None:
        """As it is read now; None of what cannot be said: whoever has it said is told why."""
        try:
            return words_of(text, self._pronouncing.voice(), self._pronouncing.read)
        except Refusal:
            return None

    @cached_property
    def _machines(self) -> list[str]:
        own = [str(self._voices.piper_voice)] if Piper.name in self._voices.order else []
        return [*self._voices.order, *own, f"{self._voices.espeak_pitch}", *equalised_argv(RATE)]
