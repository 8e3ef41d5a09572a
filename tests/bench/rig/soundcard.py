"""Stands for a sound card: takes raw sound at the pace at which it would be heard, and stamps it like the recorder.

`python soundcard.py FOLDER CHANNELS AHEAD_MS`: begins when AHEAD_MS of sound are there; what is then not there in time
is silence, and all that follows sounds later, as with any player. FOLDER/underruns.txt tells of each.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.speaker_client.recorder import write

BLOCK_S = 0.02
BYTES_A_BLOCK = 1920


class Card:
    """Sound that waits for its turn."""

    def __init__(self, folder: Path, block_bytes: int, ahead_bytes: int) -> None:
        self._block, self._ahead = block_bytes, max(block_bytes, ahead_bytes)
        self._underruns = (folder / "underruns.txt").open("a", buffering=1)
        self._heard: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=write, args=(folder, self._heard))
        self._waiting = b""

    def play(self) -> None:
        """Until the end of the standard input."""
        self._writer.start()
        os.set_blocking(0, False)
        while not self._ended and len(self._waiting) < self._ahead:
            time.sleep(0.001)
            self._fill(self._ahead)
        at = time.monotonic()
        while True:
            ended = self._fill(self._ahead)
            if len(self._waiting) >= self._block:
                self._heard.put((round(at * 1e6), self._waiting[: self._block]))
                self._waiting = self._waiting[self._block :]
            elif ended:
                break
            else:
                self._underruns.write(f"{round(at * 1e6)}\n")
            at += BLOCK_S
            time.sleep(max(0.0, at - time.monotonic()))
        self._heard.put(None)
        self._writer.join()

    _ended = False

    def _fill(self, most: int) -> bool:
        """Read on, as far as a card of that size would; whether the end was reached."""
        with suppress(BlockingIOError):
            while len(self._waiting) < most and not self._ended:
                chunk = os.read(0, most - len(self._waiting))
                self._ended = not chunk
                self._waiting += chunk
        return self._ended


def main() -> None:
    """From the command line."""
    folder, channels, ahead_ms = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    block = BYTES_A_BLOCK * channels
    Card(folder, block, round(ahead_ms / 1000 / BLOCK_S) * block).play()


if __name__ == "__main__":
    main()
