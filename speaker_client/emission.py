"""What really left the box, as levels: a Source between the deck and the output, at no cost to the audio thread."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil

from speaker_client.contour import FRAME_US, Contour
from speaker_client.frames import RATE
from speaker_client.output.stream import Block, Source
from speaker_client.protocol.ids import AiringId

FRAMES_EACH = RATE * FRAME_US // 1_000_000
"""Samples in a frame of the contour."""

MOST_WAITING = 500
"""Ten seconds of blocks; what nobody gathers by then is not compared."""


@dataclass(frozen=True)
class Gone:
    """Sound of an airing left in the frames [first, end)."""

    airing: AiringId
    first: int
    end: int


class Emission:
    """Passes everything on between output and source, and remembers the blocks in which something sounded."""

    def __init__(self, source: Source, channels: int) -> None:
        self.contour = Contour(channels)
        self._source = source
        self._block: Block | None = None
        self._waiting: deque[tuple[int, Block, AiringId]] = deque(maxlen=MOST_WAITING)

    def render(self, at_us: int) -> Block:
        self._block = self._source.render(at_us)
        return self._block

    def left(self, at_us: int) -> None:
        if self._block and self._block.cue:
            self._waiting.append((at_us, self._block, self._block.cue.airing))
        self._source.left(at_us)

    def dropped(self) -> None:
        self._source.dropped()

    def broken(self) -> None:
        self._source.broken()

    def gather(self) -> list[Gone]:
        """Work out the levels of what left since the last time; not for the audio thread."""
        gone = []
        while self._waiting:
            at_us, block, airing = self._waiting.popleft()
            first, end = self.contour.add(at_us, block.pcm)
            # Rounded inwards: nothing sounded before it began.
            begin = min(first + ceil(block.begin / FRAMES_EACH), end - 1)
            gone.append(Gone(airing, begin, end))
        return gone
