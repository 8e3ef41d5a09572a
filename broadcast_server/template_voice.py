"""How what is prepared for an emergency is said now: whatever changes that has its sound made anew."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Final

from audio_library.ffmpeg import RATE, equalised_argv
from audio_library.refusal import Refusal
from audio_library.speech import Choice, Espeak, Piper, Speech, SpeechFailed
from audio_library.speech.fallback import words_of
from audio_library.speech.hours import HOURS, MINUTES
from broadcast_server.pronouncing import Pronouncing

log = logging.getLogger(__name__)

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

    def has_better(self, engine: str) -> bool:
        """Whether a machine that has the station's voice is asked before this one."""
        return bool(self._before(engine))

    def is_better(self, engine: str | None, other: str | None) -> bool:
        """Whether the one is such a machine for the other."""
        return other is not None and engine in [one.name for one in self._before(other)]

    async def is_said_better(self, text: str, engine: str) -> bool:
        """Whether such a machine says it now; nothing is kept of that but what the online voice keeps by itself."""
        words = self.words(text)
        if words is None:
            return False
        for one in self._before(engine):
            try:
                with tempfile.TemporaryDirectory(prefix="voice-", ignore_cleanup_errors=True) as folder:
                    await one.speak(words, self._pronouncing.voice(), Path(folder, "said.wav"))
            except (SpeechFailed, OSError) as failure:
                log.info("%s is still silent: %s", one.name, failure)
            else:
                return True
        return False

    def _before(self, engine: str) -> list[Speech]:
        voice = self._pronouncing.voice()
        first = takewhile(lambda one: one.name != engine, self._voices.engines())
        return [one for one in first if one.can(voice)]

    @cached_property
    def _machines(self) -> list[str]:
        own = [f"{self._voices.piper_voice}", self._voices.piper_region] if Piper.name in self._voices.order else []
        return [*self._voices.order, *own, f"{self._voices.espeak_pitch}", *equalised_argv(RATE)]
