"""A program's standard input that never blocks us and never holds more than a few blocks of late sound."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Sequence

from speaker_client.output.fault import OutputFault

F_SETPIPE_SZ = 1031
PAGE = 4096
HELD_BLOCKS = 4
"""80 ms may wait in the pipe; a reader that is further behind loses blocks, not its place in time."""


class Pipe:
    """A running program that is fed blocks of `block_bytes`, and shorter silences."""

    def __init__(self, argv: Sequence[str], block_bytes: int) -> None:
        try:
            self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)
        except OSError as error:
            raise OutputFault("audio_program_missing", f"{argv[0]}: {error}") from error
        assert self._process.stdin
        self._stdin = self._process.stdin
        self._handle = self._stdin.fileno()
        self._block_bytes, self._most_waiting = block_bytes, (HELD_BLOCKS - 1) * block_bytes
        self._rest = b""
        self._written, self._reads = 0, False
        os.set_blocking(self._handle, False)
        pages = (HELD_BLOCKS + 1) * (block_bytes // PAGE + 2)
        fcntl.fcntl(self._handle, F_SETPIPE_SZ, pages * PAGE)

    def write(self, block: bytes) -> bool:
        """Whether the block went in; BrokenPipeError when the program is gone. A silence leaves a whole block's room:
        where a program reads slower than our clock runs, sound must not find the pipe as full as silence left it."""
        if self._waiting() + self._block_bytes - len(block) > self._most_waiting:
            if self._process.poll() is not None:
                raise BrokenPipeError  # a pipe that is full is not written to, and would not tell
            return False
        data = self._rest + block
        try:
            written = os.write(self._handle, data)
        except BlockingIOError:
            return False
        self._rest = data[written:]
        self._written += written
        return True

    def reads(self) -> bool:
        """Whether the program has ever read anything of what it was given."""
        self._reads = self._reads or self._waiting() < self._written
        return self._reads

    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def kill(self) -> str:
        """End it now; how it ended."""
        self._stdin.close()
        status = self._process.poll()
        self._process.kill()
        try:
            return f"exit status {self._process.wait(1.0) if status is None else status}"
        except subprocess.TimeoutExpired:
            return "does not die"

    def close(self) -> None:
        """No more sound: let the program finish what it has, then insist."""
        self._stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self.kill()

    def _waiting(self) -> int:
        (size,) = struct.unpack("i", fcntl.ioctl(self._handle, termios.FIONREAD, bytes(4)))
        return int(size)
