"""Which output the technician asked for."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from speaker_client.output import CommandSink, FileSink, NullSink, Output, OutputFault, PacedOutput, SoundcardOutput
from speaker_client.output.fault import OnTrouble
from speaker_client.output.paced import SHORT_SILENCE_US


def choose(text: str, channels: int, on_trouble: OnTrouble, utc_us: Callable[[int], int | None]) -> Output:
    """`soundcard[:DEVICE]`, `file:FOLDER`, `command:PROGRAM ARGUMENTS` or `null`; OutputFault for anything else."""
    kind, _, rest = text.partition(":")
    match kind:
        case "soundcard":
            return SoundcardOutput(channels, on_trouble, rest or None)
        case "file" if rest:
            return PacedOutput(FileSink(Path(rest), channels, on_trouble, utc_us))
        case "command" if rest:
            return PacedOutput(CommandSink(shlex.split(rest), channels, on_trouble), SHORT_SILENCE_US)
        case "null":
            return PacedOutput(NullSink())
    raise OutputFault("audio_unknown_output", text)
