"""The offline voice for what cannot wait: one espeak-ng stands there with everything loaded and waits for its text."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audio_library.speech.espeak import Espeak
from audio_library.speech.port import OWN_PACE, Pace, SpeechFailed, Voice
from audio_library.speech.tool import Tool

log = logging.getLogger(__name__)

REST_S: Final = 0.7
"""After one was used: what it said goes out first."""
LOOK_EVERY_S: Final = 60.0
PATIENCE_S: Final = 3.0
"""With one that waited: whoever hangs after a week leaves time for another to be started and to speak."""


class _Waiting:
    """One that waits, and where it will have said it."""

    def __init__(self, tool: Tool, voice: Voice, folder: tempfile.TemporaryDirectory[str], raw: Path) -> None:
        self.tool, self.voice, self._folder, self.raw = tool, voice, folder, raw

    async def end(self) -> None:
        if self.tool.waits:
            await self.tool.end()
        self._folder.cleanup()


class ReadyEspeak(Espeak):
    """Says the same as Espeak; in the station's voice and its own pace sooner, while it was told to `stand_ready`.

    What it says is for now: it need not survive a power cut.
    """

    lasting = False

    def __init__(self, accent: Callable[[], Voice], program: str = "espeak-ng", timeout_s: float = 20) -> None:
        super().__init__(program, timeout_s)
        self._accent = accent
        self._waiting: _Waiting | None = None
        self._used = asyncio.Event()
        self._ailing = ""

    async def stand_ready(self) -> None:
        """Keep one waiting, until cancelled. What keeps it from starting is told once, and it is tried again."""
        try:
            while True:
                await self._fill()
                await self._rest()
        finally:
            if self._waiting:
                await self._waiting.end()
            self._waiting = None

    async def _say(self, text: str, voice: Voice, pace: Pace, raw: Path) -> None:
        waiting = self._take() if pace == OWN_PACE and self._waiting and self._waiting.voice == voice else None
        if waiting is None or not await self._said(waiting, text, raw):
            await super()._say(text, voice, pace, raw)

    def _take(self) -> _Waiting | None:
        waiting, self._waiting = self._waiting, None
        self._used.set()
        return waiting

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

    async def _fill(self) -> None:
        voice = self._accent()
        if self._waiting and not (self._waiting.tool.waits and self._waiting.voice == voice):
            await self._waiting.end()
            self._waiting = None
        if self._waiting:
            return
        try:
            self._waiting = await self._start(voice)
        except (SpeechFailed, OSError) as error:
            if str(error) != self._ailing:
                log.error("no voice stands ready: %s", error)
            self._ailing = str(error)
        else:
            self._ailing = ""

    async def _start(self, voice: Voice) -> _Waiting:
        folder = tempfile.TemporaryDirectory(prefix="speech-")
        raw = Path(folder.name, "raw.wav")
        try:
            return _Waiting(await Tool.start(self._argv(voice, OWN_PACE, raw)), voice, folder, raw)
        except BaseException:
            folder.cleanup()
            raise

    async def _rest(self) -> None:
        self._used.clear()
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._used.wait()
            await asyncio.sleep(REST_S)
        except TimeoutError:
            pass
