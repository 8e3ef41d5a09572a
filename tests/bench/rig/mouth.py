"""Speaks a file of s16le at 48 kHz at the pace of a microphone, to a TCP port or to the standard output.

`python mouth.py FILE SILENCE_S [HOST PORT]`: first so much silence. On the standard error when the voice's first
sample is spoken (monotonic µs).
"""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

CHUNK_S, CHUNK_BYTES = 0.02, 1920


def main() -> None:
    """From the command line."""
    file, silence_s, *where = sys.argv[1:]
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(15))
    line = socket.create_connection((where[0], int(where[1])), 10) if where else None
    if line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    silent = round(float(silence_s) / CHUNK_S)
    pcm = bytes(silent * CHUNK_BYTES) + Path(file).read_bytes() + bytes(100 * CHUNK_BYTES)
    began = time.monotonic()
    print(round((began + silent * CHUNK_S) * 1e6), file=sys.stderr, flush=True)
    for number, at in enumerate(range(0, len(pcm), CHUNK_BYTES), 1):
        time.sleep(max(0.0, began + number * CHUNK_S - time.monotonic()))
        chunk = pcm[at : at + CHUNK_BYTES]
        if line:
            line.sendall(chunk)
        else:
            os.write(1, chunk)


if __name__ == "__main__":
    main()
