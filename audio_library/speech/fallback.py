"""The engines in their order: the first that really speaks wins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.speech.choice import Choice
from audio_library.speech.port import OWN_PACE, NotCovered, Pace, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.reading import Reading, read
from audio_library.speech.regions import region_of
from audio_library.speech.text import speakable

log = logging.getLogger(__name__)

Reader = Callable[[str, Voice], Reading]
"""How a text is read by whom."""


def read_plainly(text: str, voice: Voice) -> Reading:
    """As every station begins: with the dictionary that comes, and the number words of the voice's region."""
    return read(text, region=region_of(voice))


class FirstThatSpeaks:
    """Cleans the text, reads it as an announcer would and has it said by the first engine that has the voice and
    speaks; Refusal `speech_unavailable` if none does."""

    name = "first that speaks"

    def __init__(self, engines: Sequence[Speech], reader: Reader = read_plainly) -> None:
        self._engines, self._reader = engines, reader

    @classmethod
    def standard(cls, choice: Choice | None = None, reader: Reader = read_plainly) -> FirstThatSpeaks:
        """The voices that the station chose; without a choice the one that is always there."""
        return cls((choice or Choice()).engines(), reader)

    def reading(self, reader: Reader) -> FirstThatSpeaks:
        """The same engines, for a text that is read in another way."""
        return FirstThatSpeaks(self._engines, reader)

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return any(engine.can(voice, pace) for engine in self._engines)

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        """As every engine, but Refusal for text that cannot be spoken and when all engines fail."""
        said, reasons = words_of(text, voice, self._reader), []
        for engine in self._engines:
            if not engine.can(voice, pace):
                continue
            try:
                return await engine.speak(said, voice, file, pace)
            except SpeechFailed as failure:
                reasons.append(str(failure))
                level = logging.INFO if isinstance(failure, NotCovered) else logging.WARNING
                log.log(level, "%s did not speak: %s", engine.name, failure)
        raise Refusal("speech_unavailable", "; ".join(reasons))


def words_of(text: str, voice: Voice, reader: Reader = read_plainly) -> str:
    """What an engine is given to say of a text; Refusal for one that cannot be spoken."""
    said = reader(speakable(text, lines=True), voice).text
    if not said:
        raise Refusal("text_empty", "nothing of it is said")
    return said
