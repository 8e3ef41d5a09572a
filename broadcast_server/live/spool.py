"""What was said, as raw sound on disk, until the library has it."""

from __future__ import annotations

import audioop
import hashlib
import logging
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.room import check_room
from broadcast_server.live.opus import FRAME_BYTES, RATE
from speaker_client.protocol.ids import OrderId

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
LOOK_EVERY = 1_000_000
"""Bytes after which the room on the disk is looked at again: ten seconds."""


class Recording:
    """The sound of one live on its way to disk. A disk that fails or is full ends the recording, not the voice."""

    def __init__(self, path: Path) -> None:
        self.whole = True
        self._folder, self._looked = path.parent, 0
        self._fd: int | None = None
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        except OSError as error:
            self._give_up(error)

    def add(self, pcm: bytes) -> None:
        """Written at once, so that a killed process has kept it."""
        if self._fd is None:
            return
        try:
            if self._looked <= 0:
                check_room(self._folder, LOOK_EVERY)
                self._looked = LOOK_EVERY
            if os.write(self._fd, pcm) != len(pcm):
                raise OSError("the disk took only a part")
        except (OSError, Refusal) as error:
            self._give_up(error)
        self._looked -= len(pcm)

    def close(self) -> None:
        """Durable afterwards, as far as it came."""
        fd, self._fd = self._fd, None
        if fd is None:
            return
        try:
            os.fsync(fd)
        except OSError as error:
            self._give_up(error)
        finally:
            os.close(fd)

    def _give_up(self, error: Exception) -> None:
        log.error("STATION: a live voice is not recorded any further: %s", error)
        self.whole = False
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


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

    def size(self, live: OrderId, rate: int = RATE) -> int:
        """Bytes as a WAV file; 0 if nothing was said, or nothing stands here."""
        path = self.path(live)
        said = path.stat().st_size // 2 * rate // RATE * 2 if path.exists() else 0
        return said and said + _HEAD.size

    def frames(self, live: OrderId) -> int:
        """How many frames of 20 ms stand here."""
        return max(0, self.size(live) - _HEAD.size) // FRAME_BYTES

    def digest(self, live: OrderId) -> str | None:
        """SHA-256 of the sound that stands here."""
        if not self.size(live):
            return None
        with self.path(live).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def rate_within(self, live: OrderId, largest: int) -> int:
        """The sample rate at which it is no larger than that, if there is one: half of it is still plenty of voice."""
        return RATE if self.size(live) <= largest else RATE // 2

    async def wav(self, live: OrderId, rate: int = RATE) -> AsyncIterator[bytes]:
        """All of it as a WAV file."""
        said = self.size(live, rate) - _HEAD.size
        yield _HEAD.pack(b"RIFF", 36 + said, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", said)
        state = None
        with self.path(live).open("rb") as file:
            while chunk := file.read(1 << 18):
                if rate != RATE:
                    chunk, state = audioop.ratecv(chunk, 2, 1, RATE, rate, state)
                yield chunk[:said]
                said -= len(chunk[:said])
        yield bytes(said)

    def forget(self, live: OrderId) -> None:
        """The library has it."""
        self.path(live).unlink(missing_ok=True)
