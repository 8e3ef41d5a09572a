"""The offline voice for what cannot wait: one espeak-ng stands there with everything loaded and waits for its text."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audio_library.speech.espeak import PITCH, Espeak
from audio_library.speech.port import OWN_PACE, Pace, SpeechFailed, Voice
from audio_library.speech.program import at_home_in
from audio_library.speech.tool import Tool
from audio_library.standby import Standby

log = logging.getLogger(__name__)

PATIENCE_S: Final = 3.0
"""With one that waited: whoever hangs after a week leaves time for another to be started and to speak."""


class _Waiting:
    """One that waits, and where it will have said it."""

    def __init__(self, tool: Tool, voice: Voice, folder: tempfile.TemporaryDirectory[str], raw: Path) -> None:
        self.tool, self.voice, self._folder, self.raw = tool, voice, folder, raw

    @property
    def waits(self) -> bool:
        return self.tool.waits

    async def end(self) -> None:
        await self.tool.end()
        self._folder.cleanup()


class ReadyEspeak(Espeak):
    """Says the same as Espeak; in the station's voice and its own pace sooner, while it was told to `stand_ready`.

    What it says is for now: it need not survive a power cut.
    """

    def __init__(
        self, accent: Callable[[], Voice], program: str = "espeak-ng", timeout_s: float = 20, pitch: int = PITCH
    ) -> None:
        super().__init__(program, timeout_s, lasting=False, pitch=pitch)
        self._accent = accent
        ails = (SpeechFailed, OSError)
        self._standby: Standby[_Waiting] = Standby(
            "voice", self._start, ails, fits=lambda one: one.voice == self._accent()
        )

    async def stand_ready(self) -> None:
        """Keep one waiting, until cancelled. What keeps it from starting is told once, and it is tried again."""
        await self._standby.stand_ready()

    async def _say(self, text: str, voice: Voice, pace: Pace, raw: Path) -> None:
        waiting = self._standby.take(lambda one: one.voice == voice) if pace == OWN_PACE else None
        if waiting is None or not await self._said(waiting, text, raw):
            await super()._say(text, voice, pace, raw)

    async def _said(self, waiting: _Waiting, text: str, raw: Path) -> bool:
        """Whether it did: who knows what became of a program that stood there for a week."""
        try:
            await waiting.tool.tell(text, min(self._timeout_s, PATIENCE_S))
            waiting.raw.replace(raw)
        except (SpeechFailed, OSError) as error:
            log.warning("the voice that stood ready did not speak: %s", error)
            return False
        finally:
            await waiting.end()
        return True

    async def _start(self) -> _Waiting:
        voice = self._accent()
        folder = tempfile.TemporaryDirectory(prefix="speech-", ignore_cleanup_errors=True)
        raw = Path(folder.name, "raw.wav")
        try:
            return _Waiting(
                await Tool.start(self.argv(voice, OWN_PACE, raw), at_home_in(raw.parent)), voice, folder, raw
            )
        except BaseException:
            folder.cleanup()
            raise
