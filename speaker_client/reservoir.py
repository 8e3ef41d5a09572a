"""Decoded sound between the helper that fills it and the audio thread that drains it; one of each, no locks."""

from __future__ import annotations

import audioop
from collections import deque

from speaker_client.frames import FULL_SCALE, SAMPLE_BYTES


class Reservoir:
    """Mono PCM in frames counted from the start of a cue. `head` is the next frame to come out, `tail` the next in."""

    def __init__(self) -> None:
        self.head = 0
        self.tail = 0
        self.filled = False
        self._chunks: deque[bytes] = deque()
        self._used = 0

    @property
    def frames(self) -> int:
        """How many frames wait."""
        return self.tail - self.head

    def put(self, pcm: bytes) -> None:
        """Append decoded frames (the helper's side)."""
        self._chunks.append(pcm)
        self.tail += len(pcm) // SAMPLE_BYTES

    def skip_to(self, frame: int) -> None:
        """Throw away what lies before `frame`, as far as it is here."""
        while self.head < frame and self.take(min(frame - self.head, 24_000)):
            pass

    def take(self, frames: int) -> bytes:
        """The next frames, fewer if fewer are here."""
        pieces, wanted = [], frames * SAMPLE_BYTES
        while wanted and self._chunks:
            piece = self._chunks[0][self._used : self._used + wanted]
            self._advance(len(piece))
            pieces.append(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def peak_ahead(self, frames: int) -> int:
        """The highest absolute sample of the next frames; full scale where it is not known yet."""
        if self.frames < frames and not self.filled:
            return FULL_SCALE
        wanted, start, peak = frames * SAMPLE_BYTES, self._used, 0
        for chunk in self._chunks:
            piece = chunk[start : start + wanted]
            peak, wanted, start = max(peak, audioop.max(piece, SAMPLE_BYTES)), wanted - len(piece), 0
            if wanted <= 0:
                break
        return min(peak, FULL_SCALE)

    def _advance(self, size: int) -> None:
        self._used += size
        self.head += size // SAMPLE_BYTES
        if self._used >= len(self._chunks[0]):
            self._chunks.popleft()
            self._used = 0
