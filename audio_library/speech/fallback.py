"""The engines in their order: the first that really speaks wins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.speech.choice import Choice
from audio_library.speech.port import OWN_PACE, NotCovered, Pace, Speech, SpeechFailed, Spoken, Voice
from audio_library.speech.reading import Reading, read
from audio_library.speech.reciting import Reciter
from audio_library.speech.regions import region_of
from audio_library.speech.text import speakable

log = logging.getLogger(__name__)

Reader = Callable[[str, Voice], Reading]
"""How a text is read by whom."""


def read_plainly(text: str, voice: Voice) -> Reading:
    """As every station begins: with the dictionary that comes, and the number words of the voice's region."""
    return read(text, region=region_of(voice))


def read_already(words: str) -> Reader:
    """For a text that was read before: these are its words, whatever has become of the dictionary since."""
    return lambda text, _voice: Reading(words, (), text)


class FirstThatSpeaks:
    """Cleans the text, reads it as an announcer would and has it said by the first engine that has the voice and
    speaks; Refusal `speech_unavailable` if none does."""

    name = "first that speaks"

    def __init__(
        self, engines: Sequence[Speech], reader: Reader = read_plainly, reciter: Reciter | None = None
    ) -> None:
        self._engines, self._reader, self._reciter = engines, reader, reciter

    @classmethod
    def standard(
        cls, choice: Choice | None = None, reader: Reader = read_plainly, reciter: Reciter | None = None
    ) -> FirstThatSpeaks:
        """The voices that the station chose; without a choice the one that is always there. `reciter`: goes before
        them where a text is a notice that a person recorded."""
        return cls((choice or Choice()).engines(), reader, reciter)

    def reading(self, reader: Reader) -> FirstThatSpeaks:
        """The same engines, for a text that is read in another way."""
        return FirstThatSpeaks(self._engines, reader, self._reciter)

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return any(engine.can(voice, pace) for engine in self._engines)

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        """As every engine, but Refusal for text that cannot be spoken and when all engines fail."""
        said, reasons = words_of(text, voice, self._reader), list[str]()
        if self._reciter is not None and pace == OWN_PACE:
            try:
                return await self._reciter.speak(text, voice, file, self._engines, self._reader)
            except SpeechFailed as failure:
                _tell(self._reciter.name, failure)
        for engine in self._engines:
            if not engine.can(voice, pace):
                continue
            try:
                return await engine.speak(said, voice, file, pace)
            except SpeechFailed as failure:
                reasons.append(str(failure))
                _tell(engine.name, failure)
        raise Refusal("speech_unavailable", "; ".join(reasons))


def _tell(name: str, failure: SpeechFailed) -> None:
    level = logging.INFO if isinstance(failure, NotCovered) else logging.WARNING
    log.log(level, "%s did not speak: %s", name, failure)


def words_of(text: str, voice: Voice, reader: Reader = read_plainly) -> str:
    """What an engine is given to say of a text; Refusal for one that cannot be spoken."""
    said = reader(speakable(text, lines=True), voice).text
    if not said:
        raise Refusal("text_empty", "nothing of it is said")
    return said
