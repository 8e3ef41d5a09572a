"""Sound into WAV files, at the right pace; the disk is touched by a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from speaker_client.frames import SAMPLE_BYTES, us_of
from speaker_client.output.fault import OnTrouble, Trouble
from speaker_client.output.stream import Block
from speaker_client.output.wav import Heard, Shelf

WRITE_S = 0.25
MOST_WAITING = 500
"""Ten seconds of blocks; a disk that is slower than that loses sound, the pace never."""


class FileSink:
    """Keeps what sounds in `folder`, at most `most_bytes` of it, the newest."""

    def __init__(
        self,
        folder: Path,
        channels: int,
        on_trouble: OnTrouble,
        utc_us: Callable[[int], int | None],
        most_bytes: int = 500 << 20,
    ) -> None:
        self._shelf = Shelf(folder, channels, most_bytes, utc_us)
        self._frame_bytes = channels * SAMPLE_BYTES
        self._on_trouble, self._broken = on_trouble, False
        self._waiting: deque[Heard | None] = deque()
        self._closing = threading.Event()
        self._sounds = False
        self._thread = threading.Thread(target=self._run, name="wav", daemon=True)
        self._thread.start()

    def take(self, block: Block, now_us: int) -> bool:
        if len(self._waiting) > MOST_WAITING:
            return False
        if block.cue:
            pcm = block.pcm[block.begin * self._frame_bytes : block.end * self._frame_bytes]
            self._waiting.append(Heard(block.cue, now_us + us_of(block.begin), pcm))
        elif self._sounds:
            self._waiting.append(None)
        self._sounds = block.cue is not None
        return True

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(WRITE_S):
            self._write()
        self._write()
        self._shelf.end()

    def _write(self) -> None:
        pieces: list[Heard] = []
        try:
            while self._waiting:
                piece = self._waiting.popleft()
                if piece:
                    pieces.append(piece)
                else:
                    self._shelf.keep(pieces)
                    self._shelf.end()
                    pieces = []
            self._shelf.keep(pieces)
        except OSError as error:
            self._tell(str(error))
        else:
            self._tell("")

    def _tell(self, detail: str) -> None:
        if bool(detail) is not self._broken:
            self._broken = bool(detail)
            self._on_trouble(Trouble("audio_disk", detail, raised=self._broken))
