"""A neural voice without the Internet: Piper, a program of its own (GPL), with a voice file of the station's.

Neither is installed with the station. The program is its extra `piper`, or whatever `piper` is on the PATH; a voice has
terms of its own, and whoever supplies it has read them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from audio_library.speech.port import OWN_PACE, Pace, Voice
from audio_library.speech.program import ProgramVoice

PROGRAM: Final = "piper"
HERE = Path(sys.executable).parent
"""The programs of what is installed with the station: a service has no PATH that leads there."""


def piper_program() -> str:
    """That of the extra if it is installed, else the one on the PATH."""
    own = HERE / PROGRAM
    return str(own) if own.exists() else PROGRAM


class Piper(ProgramVoice):
    """One region, at every pace. `model`: the voice's .onnx file, its .onnx.json beside it."""

    name = "piper"

    def __init__(self, model: Path, region: Voice = "vi", timeout_s: float = 60, lasting: bool = True) -> None:
        super().__init__(timeout_s, lasting)
        self._model, self._region = model, region

    def can(self, voice: Voice, pace: Pace = OWN_PACE) -> bool:
        return voice == self._region

    def argv(self, voice: Voice, pace: Pace, raw: Path) -> list[str]:
        scale = f"{OWN_PACE / pace:.3f}"
        model = str(self._model.absolute())
        return [piper_program(), "--model", model, "--length_scale", scale, "--output_file", str(raw)]
