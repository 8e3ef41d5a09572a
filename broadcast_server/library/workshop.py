"""The station's workshop: the audio library's own processes."""

from __future__ import annotations

from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.sound import Intake, Kind
from audio_library.worker import IntakeWorker
from broadcast_server.library.lane import Progress


class StationWorkshop:
    """A Workshop on this machine; an upload and a text may be worked on together."""

    def __init__(self, store: Path, online_voice: bool) -> None:
        self._worker = IntakeWorker(store, at_once=2)
        self._online_voice = online_voice

    async def take_in(self, file: Path, kind: Kind | None, progress: Progress) -> Intake:
        return await self._worker.take_in(file, kind, progress)

    async def speak(self, text: str, target: Path, progress: Progress) -> str:
        raise Refusal("speech_unavailable")
