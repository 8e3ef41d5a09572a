"""The station's workshop: the audio library's own processes."""

from __future__ import annotations

from pathlib import Path

from audio_library.aside import aside
from audio_library.sound import Intake, Kind
from audio_library.speech.choice import Choice
from audio_library.speech.port import Manner, Voice
from audio_library.speech.reciting import Reciter
from audio_library.worker import IntakeWorker
from broadcast_server.library.composing import compose_away
from broadcast_server.library.lane import Cuts, Progress
from broadcast_server.pronouncing import Pronouncing


class StationWorkshop:
    """A Workshop on this machine; an upload and a text may be worked on together."""

    def __init__(self, store: Path, voices: Choice, pronouncing: Pronouncing, reciter: Reciter | None = None) -> None:
        self._worker = IntakeWorker(store, at_once=2)
        self._voices, self._pronouncing, self._reciter = voices, pronouncing, reciter

    def voice(self) -> Voice:
        return self._pronouncing.voice()

    async def take_in(self, file: Path, kind: Kind | None, progress: Progress, cuts: Cuts = ()) -> Intake:
        return await self._worker.take_in(file, kind, progress, cuts)

    async def speak(self, text: str, target: Path, times: int | None, manner: Manner) -> str:
        from audio_library.speech import FirstThatSpeaks
        from audio_library.speech.equalising import equalise
        from audio_library.speech.fallback import read_already

        reader = self._pronouncing.reader(manner.said_as) if manner.words is None else read_already(manner.words)
        if manner.by_machine:
            voices = FirstThatSpeaks.standard(self._voices.machines, reader)
        else:
            voices = FirstThatSpeaks.standard(self._voices, reader, self._reciter)
        if times is None:
            spoken = await voices.speak(text, manner.voice, target, manner.pace)
            await aside(equalise, target)
            return spoken.engine
        bare = target.with_suffix(".bare")
        try:
            spoken = await voices.speak(text, manner.voice, bare, manner.pace)
            await aside(equalise, bare)
            await compose_away(bare, target, times)
        finally:
            bare.unlink(missing_ok=True)
        return spoken.engine
