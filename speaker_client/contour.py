"""How loud, every 10 ms: all that is needed to tell whether what was captured is what was played."""

from __future__ import annotations

import audioop
from array import array
from collections.abc import Iterable

from speaker_client.frames import FULL_SCALE, RATE, SAMPLE_BYTES
from speaker_client.protocol.ids import LoudspeakerNumber

FRAME_US = 10_000
FRAME_BYTES = RATE * FRAME_US // 1_000_000 * SAMPLE_BYTES
KEPT = 2000
"""Frames that are remembered: 20 s."""

UNSTEADY = 2
"""Sound that comes so many frames or less beside its place goes on where the last ended, so that it gets no holes."""


def levels(pcm: bytes) -> list[float]:
    """The RMS of mono sound in each whole frame, 1 for full scale."""
    ends = range(FRAME_BYTES, len(pcm) + 1, FRAME_BYTES)
    return [audioop.rms(pcm[end - FRAME_BYTES : end], SAMPLE_BYTES) / FULL_SCALE for end in ends]


class Contour:
    """The levels of some channels; frame n begins at n × 10 ms of the monotonic clock. Channel n − 1 is ear n.

    What was never added, or is older than 20 s, is silence.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._frames: dict[int, tuple[float, ...]] = {}
        self._end: int | None = None

    def add(self, at_us: int, pcm: bytes) -> tuple[int, int]:
        """Interleaved sound whose first frame is due at `at_us`; the frames [first, end) that it fills."""
        samples = array("h", pcm)
        every = [levels(samples[channel :: self._channels].tobytes()) for channel in range(self._channels)]
        said = round(at_us / FRAME_US)
        first = said if self._end is None or abs(said - self._end) > UNSTEADY else self._end
        self._end = first + len(every[0])
        self._frames.update(zip(range(first, self._end), zip(*every, strict=True), strict=True))
        if len(self._frames) > 2 * KEPT:
            oldest = self._end - KEPT
            self._frames = {frame: at for frame, at in self._frames.items() if frame >= oldest}
        return first, self._end

    def stretch(self, numbers: Iterable[LoudspeakerNumber], first: int, end: int) -> list[float]:
        """The levels of these channels together in the frames [first, end)."""
        silence = (0.0,) * self._channels
        found = [self._frames.get(frame, silence) for frame in range(first, end)]
        channels = [number - 1 for number in numbers]
        if len(channels) == 1:
            return [levels[channels[0]] for levels in found]
        return [sum(levels[channel] ** 2 for channel in channels) ** 0.5 for levels in found]
