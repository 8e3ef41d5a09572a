"""The online voice: gTTS, in a process of its own, so that its endless waits and its memory end with it.

`python -m audio_library.speech.google` reads text from stdin and writes MP3 to stdout.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from audio_library import ffmpeg
from audio_library.refusal import Refusal
from audio_library.sandbox import Limits
from audio_library.speech.port import OWN_PACE, Pace, SpeechFailed, Spoken, Voice
from audio_library.speech.recording import save, wav
from audio_library.speech.tool import run_tool

_CONNECT_S: Final = 3
_READ_S: Final = 5
_LIMITS: Final = Limits(wall_s=20, cpu_s=20)


class GoogleVoice:
    """Northern Vietnamese at its own pace by an unofficial endpoint on the Internet: it may refuse at any time."""

    name = "gtts"

    def __init__(self, timeout_s: float = 10) -> None:
        self._timeout_s = timeout_s

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == "vi" and pace == OWN_PACE

    async def speak(self, text: str, voice: Voice, file: Path, pace: Pace = OWN_PACE) -> Spoken:
        argv = [sys.executable, "-m", "audio_library.speech.google"]
        mp3 = await run_tool(argv, text, self._timeout_s)
        return await asyncio.to_thread(_saved, mp3, text, file, voice)


def _saved(mp3: bytes, text: str, file: Path, voice: Voice) -> Spoken:
    with tempfile.TemporaryDirectory(prefix="speech-") as folder:
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
