"""Which output a box uses, as written in its settings."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from speaker_client.output.command import CommandSink
from speaker_client.output.fault import OnTrouble
from speaker_client.output.file import FileSink
from speaker_client.output.null import NullSink
from speaker_client.output.paced import PacedOutput
from speaker_client.output.soundcard import SoundcardOutput
from speaker_client.output.stream import Output


def choose(text: str, channels: int, on_trouble: OnTrouble, utc_us: Callable[[int], int | None]) -> Output:
    """`null`, `file:FOLDER`, `command:PROGRAM ARGUMENTS…` (split like a shell does, run without one) or
    `soundcard[:DEVICE]`; ValueError for anything else. `utc_us` turns a monotonic moment into UTC, if it can."""
    kind, _, rest = text.partition(":")
    if kind == "null" and not rest:
        return PacedOutput(NullSink())
    if kind == "file" and rest:
        return PacedOutput(FileSink(Path(rest), channels, on_trouble, utc_us))
    if kind == "command" and shlex.split(rest):
        return PacedOutput(CommandSink(shlex.split(rest), on_trouble))
    if kind == "soundcard":
        return SoundcardOutput(channels, on_trouble, rest or None)
    raise ValueError(f"not an output: {text!r}; null, file:FOLDER, command:PROGRAM ARGUMENTS or soundcard[:DEVICE]")
