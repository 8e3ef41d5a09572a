"""The online voice: gTTS, in a process of its own, so that its endless waits and its memory end with it.

`python -m audio_library.speech.google` reads text from stdin and writes MP3 to stdout.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.aside import aside
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.speech.kept import Kept
from audio_library.speech.port import OWN_PACE, Pace, SpeechFailed, Spoken, Voice
from audio_library.speech.recording import save, wav
from audio_library.speech.tool import run_tool

_CONNECT_S: Final = 3
_READ_S: Final = 5
_LIMITS: Final = Limits(wall_s=20, cpu_s=20)
PAUSE_S: Final = 0.5
LEAST_S: Final = 2.0
"""With less than that left it is not asked again."""
MOST_BYTES: Final = 64 << 20
"""Some four hours of speech."""

log = logging.getLogger(__name__)


class GoogleVoice:
    """Northern Vietnamese at its own pace by an unofficial endpoint on the Internet: it may refuse at any time.

    What it said once is kept in `folder` and said again without asking anybody. It is asked twice if that fits into
    `timeout_s`.
    """

    name = "gtts"

    def __init__(self, timeout_s: float = 10, folder: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self._timeout_s = timeout_s
        self._kept = Kept(folder, most_bytes) if folder else None

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == "vi" and pace == OWN_PACE

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        if self._kept and (known := await asyncio.to_thread(self._kept.find, text)):
            try:
                return await aside(_saved, known, text, file, voice)
            except SpeechFailed as failure:
                log.warning("what was kept of the online voice cannot be played: %s", failure)
        mp3 = await self._asked(text)
        spoken = await aside(_saved, mp3, text, file, voice)
        if self._kept:
            await asyncio.to_thread(self._kept.keep, text, mp3)
        return spoken

    async def _asked(self, text: str) -> bytes:
        argv, clock = [sys.executable, "-m", "audio_library.speech.google"], asyncio.get_running_loop().time
        until_s = clock() + self._timeout_s
        try:
            return await run_tool(argv, text, self._timeout_s)
        except SpeechFailed as failure:
            left_s = until_s - clock() - PAUSE_S
            if left_s < LEAST_S:
                raise
            log.info("the online voice is asked once more: %s", failure)
            await asyncio.sleep(PAUSE_S)
            return await run_tool(argv, text, left_s)


def _saved(mp3: bytes, text: str, file: Path, voice: Voice) -> Spoken:
    with tempfile.TemporaryDirectory(prefix="speech-", ignore_cleanup_errors=True) as folder:
        raw = Path(folder, "raw.mp3")
        raw.write_bytes(mp3)
        decoded = Path(folder, "raw.wav")
        decoded.write_bytes(_decoded(raw))
        return save(decoded, text, file, GoogleVoice.name, voice)


def _decoded(mp3: Path) -> bytes:
    """What came from the network is foreign, so it is decoded in the cell like any upload."""
    try:
        with ffmpeg.running(ffmpeg.plain_argv("mp3", 1_800), _LIMITS, file=mp3) as run:
            pcm = run.stdout.read()
            run.finish()
    except (ffmpeg.ToolFailed, Refusal) as failure:
        raise SpeechFailed(f"gtts: {failure}") from failure
    return wav(pcm, ffmpeg.RATE)


def main() -> None:
    """Speak stdin; an error of gTTS ends the process with its traceback on stderr."""
    import gtts

    voice = gtts.gTTS(sys.stdin.buffer.read().decode(), lang="vi", timeout=(_CONNECT_S, _READ_S))
    for part in voice.stream():
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main()
