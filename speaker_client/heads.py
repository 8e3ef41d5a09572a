"""The first moments of sounds that may be wanted at any time, decoded beforehand: an alarm waits for no decoder."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from speaker_client.deck import Cue, Reel
from speaker_client.decoder import OnDamage, Tape, Unplayable
from speaker_client.frames import SAMPLE_BYTES, frames_of

log = logging.getLogger(__name__)

HEAD_US = 250_000
"""What a reader opens, seeks and decodes in, with a busy machine's time to spare. 24 kB each."""


class Heads:
    """`hold` is called where files may be read, `of` anywhere. `on_damage` is told of each that could not be read."""

    def __init__(self, on_damage: OnDamage = lambda _: None) -> None:
        self._on_damage = on_damage
        self._pcm: dict[Path, bytes] = {}

    def hold(self, reels: Iterable[Reel]) -> None:
        """Have the beginnings of these and of no others; one that cannot be read is left to whoever plays it."""
        self._pcm = {reel.path: self._pcm.get(reel.path) or _read(reel, self._on_damage) for reel in reels}

    def of(self, cue: Cue) -> bytes:
        """The PCM at the cue's beginning, as far as it is held."""
        if not cue.reels or cue.reels[0].from_us is not None:
            return b""
        first = self._pcm.get(cue.reels[0].path, b"")
        begin, end = frames_of(cue.from_us), frames_of(cue.from_us + cue.length_us)
        return first[begin * SAMPLE_BYTES : min(end, frames_of(cue.reels[0].duration_us)) * SAMPLE_BYTES]


def _read(reel: Reel, on_damage: OnDamage) -> bytes:
    length_us = min(HEAD_US, reel.duration_us)
    try:
        tape = Tape((reel,), 0, length_us, on_damage=on_damage)
        pcm = (tape.read() or b"")[: frames_of(length_us) * SAMPLE_BYTES]
    except (OSError, Unplayable) as error:
        log.warning("%s is not held ready: %s", reel.path.name[:12], error)
        return b""
    tape.close()
    return pcm
