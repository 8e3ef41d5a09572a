"""The engines in their order: the first that really speaks wins."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.speech.espeak import Espeak
from audio_library.speech.google import GoogleVoice
from audio_library.speech.port import OWN_PACE, Pace, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.text import speakable

log = logging.getLogger(__name__)


class FirstThatSpeaks:
    """Cleans the text and tries each engine that has the voice; Refusal `speech_unavailable` if none speaks."""

    name = "first that speaks"

    def __init__(self, engines: Sequence[Speech]) -> None:
        self._engines = engines

    @classmethod
    def standard(cls, *, online: bool) -> FirstThatSpeaks:
        """gTTS where it is allowed, espeak-ng always."""
        return cls([GoogleVoice(), Espeak()] if online else [Espeak()])

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return any(engine.can(voice, pace) for engine in self._engines)

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        """As every engine, but Refusal for text that cannot be spoken and when all engines fail."""
        cleaned, reasons = speakable(text), []
        for engine in self._engines:
            if not engine.can(voice, pace):
                continue
            try:
                return await engine.speak(cleaned, voice, file, pace)
            except SpeechFailed as failure:
                reasons.append(str(failure))
                log.warning("%s did not speak: %s", engine.name, failure)
        raise Refusal("speech_unavailable", "; ".join(reasons))
