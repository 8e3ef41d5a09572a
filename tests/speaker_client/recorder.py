"""Stands for the amplifier: stamps the arrival of sound on its standard input and keeps what is not silence.

`python recorder.py FOLDER` writes FOLDER/heard.raw and FOLDER/heard.txt, one line a chunk: monotonic microseconds
of arrival, position and size in heard.raw. Like a sound card it asks for real-time priority and never waits for
the disk, which has a thread of its own.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from pathlib import Path

CHUNK = 65_536


def record(folder: Path) -> None:
    """Until the end of the standard input."""
    heard: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
    writer = threading.Thread(target=write, args=(folder, heard))
    writer.start()
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    while chunk := os.read(0, CHUNK):
        at_us = time.monotonic_ns() // 1000
        if chunk.count(0) < len(chunk):
            heard.put((at_us, chunk))
    heard.put(None)
    writer.join()


def write(folder: Path, heard: queue.SimpleQueue[tuple[int, bytes] | None]) -> None:
    """Keep what comes until nothing more comes."""
    position = 0
    with (folder / "heard.raw").open("ab", buffering=0) as raw, (folder / "heard.txt").open("a", buffering=1) as stamps:
        while piece := heard.get():
            at_us, chunk = piece
            raw.write(chunk)
            stamps.write(f"{at_us} {position} {len(chunk)}\n")
            position += len(chunk)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
