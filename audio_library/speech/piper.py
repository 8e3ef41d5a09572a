"""A neural voice without the Internet: Piper, a program of its own (GPL), with a voice file of the station's.

Neither comes with the station: a voice has terms of its own, and whoever supplies it has read them.
"""

from __future__ import annotations

from pathlib import Path

from audio_library.speech.port import OWN_PACE, Pace, Voice
from audio_library.speech.program import ProgramVoice

PROGRAM = "piper"


class Piper(ProgramVoice):
    """One region, at every pace. `model`: the voice's .onnx file, its .onnx.json beside it."""

    name = "piper"

    def __init__(
        self, model: Path, region: Voice = "vi", program: str = PROGRAM, timeout_s: float = 60, lasting: bool = True
    ) -> None:
        super().__init__(timeout_s, lasting)
        self._model, self._region, self._program = model, region, program

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == self._region

    def argv(self, voice: Voice, pace: Pace, raw: Path) -> list[str]:
        scale = f"{OWN_PACE / pace:.3f}"
        model = str(self._model.absolute())
        return [self._program, "--model", model, "--length_scale", scale, "--output_file", str(raw)]
