"""Mono sound onto the loudspeakers' channels: gain, mute, and a limiter that looks one block ahead."""

from __future__ import annotations

import audioop
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from speaker_client.frames import BLOCK_FRAMES, FULL_SCALE, SAMPLE_BYTES, SILENT_BLOCK
from speaker_client.protocol.config import LoudspeakerConfig
from speaker_client.protocol.ids import LoudspeakerNumber

CEILING = 29_200
"""−1 dB below full scale; nothing louder leaves the box."""

RISE = 0.04
"""The share of its target by which a gain may grow in a block: half a second from silence to whole."""

RAMP_STEPS = 20
SMALL_CHANGE = 0.05


@dataclass(frozen=True)
class Strand:
    """One block of mono sound for some loudspeakers; `ahead` is the peak of the block that follows."""

    pcm: bytes
    ahead: int
    loudspeakers: frozenset[LoudspeakerNumber]


class Mixer:
    """Keeps each channel's present gain. Channel n − 1 feeds loudspeaker n."""

    def __init__(self, loudspeakers: Iterable[LoudspeakerConfig]) -> None:
        configs = tuple(loudspeakers)
        self.channels: int = max((config.number for config in configs), default=1)
        self.silence = bytes(len(SILENT_BLOCK) * self.channels)
        self._targets = [0.0] * self.channels
        self.configure(configs)
        self._gains = list(self._targets)

    def configure(self, loudspeakers: Iterable[LoudspeakerConfig]) -> None:
        """New gains and mutes, reached without a step; a loudspeaker that is not named falls silent."""
        targets = [0.0] * self.channels
        for config in loudspeakers:
            if config.number <= self.channels:
                targets[config.number - 1] = 0.0 if config.muted else math.pow(10, config.gain_cb / 2000)
        self._targets = targets

    def mix(self, strands: Sequence[Strand]) -> bytes:
        """The block for all channels, interleaved."""
        if not strands:
            self._gains = list(self._targets)
            return self.silence
        frames = array("h", self.silence)
        done: dict[tuple[object, ...], tuple[array[int], float]] = {}
        for channel in range(self.channels):
            heard = tuple(strand for strand in strands if channel + 1 in strand.loudspeakers)
            key = (tuple(map(id, heard)), self._gains[channel], self._targets[channel])
            if key not in done:
                done[key] = _channel(heard, self._gains[channel], self._targets[channel])
            frames[channel :: self.channels], self._gains[channel] = done[key]
        return frames.tobytes()


def _channel(heard: Sequence[Strand], gain: float, target: float) -> tuple[array[int], float]:
    """One channel's block and the gain it ends with."""
    if not heard:
        return array("h", SILENT_BLOCK), target
    pcm = reduce(lambda a, b: audioop.add(a, b, SAMPLE_BYTES), (strand.pcm for strand in heard))
    ceiling = _ceiling(audioop.max(pcm, SAMPLE_BYTES))
    gain = min(gain, ceiling)
    after = min(target, gain + target * RISE, ceiling, _ceiling(sum(strand.ahead for strand in heard)))
    return array("h", ramp(pcm, gain, after)), after


def _ceiling(peak: int) -> float:
    """The most gain that a block with this peak can bear."""
    return CEILING / min(peak, FULL_SCALE) if peak else math.inf


def ramp(pcm: bytes, gain: float, after: float) -> bytes:
    """`pcm` with its gain going from one to the other in even steps, none above both ends."""
    if gain == after:
        return pcm if gain == 1.0 else audioop.mul(pcm, SAMPLE_BYTES, gain)
    steps = RAMP_STEPS if abs(after - gain) > SMALL_CHANGE * max(gain, after) else RAMP_STEPS // 4
    size = BLOCK_FRAMES // steps * SAMPLE_BYTES
    slope = (after - gain) / steps
    return b"".join(
        audioop.mul(pcm[step * size : (step + 1) * size], SAMPLE_BYTES, gain + slope * (step + 0.5))
        for step in range(steps)
    )
