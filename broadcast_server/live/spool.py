"""What was said, as raw sound on disk, until the library has it."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path

from speaker_client.protocol.ids import OrderId

_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Spool:
    """A folder of one file a live: s16le, mono, 48 kHz."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, live: OrderId) -> Path:
        """Where its sound stands."""
        return self._folder / f"{live}.pcm"

    def left(self) -> list[OrderId]:
        """The lives whose sound stands here."""
        return sorted(OrderId(path.stem) for path in self._folder.glob("*.pcm"))

    def size(self, live: OrderId) -> int:
        """Bytes as a WAV file; 0 if nothing was said."""
        said = self.path(live).stat().st_size
        return said and said + _HEAD.size

    async def wav(self, live: OrderId) -> AsyncIterator[bytes]:
        """All of it as a WAV file."""
        with self.path(live).open("rb") as file:
            said = self.size(live) - _HEAD.size
            yield _HEAD.pack(b"RIFF", 36 + said, b"WAVE", b"fmt ", 16, 1, 1, 48_000, 96_000, 2, 16, b"data", said)
            while chunk := file.read(1 << 18):
                yield chunk

    def forget(self, live: OrderId) -> None:
        """The library has it."""
        self.path(live).unlink()
