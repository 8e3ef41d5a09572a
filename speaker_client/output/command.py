"""Raw sound (s16le, 48 kHz, all channels interleaved) into a program's standard input, in real time."""

from __future__ import annotations

from collections.abc import Sequence

from speaker_client.frames import BLOCK_BYTES
from speaker_client.output.fault import OnTrouble, OutputFault, Trouble
from speaker_client.output.paced import Broken
from speaker_client.output.pipe import Pipe
from speaker_client.output.revival import Revival
from speaker_client.output.stream import Block

PATIENCE_US = 5_000_000
"""How long a program may not read before it is ended and started again."""


class CommandSink:
    """Runs `argv` (never a shell) as long as the stream lasts; when it dies it is started again.

    Until it reads for the first time it is given silence, and nothing counts as sounded: a program whose card is gone
    ends before it does.
    """

    def __init__(self, argv: Sequence[str], channels: int, on_trouble: OnTrouble) -> None:
        self._argv = tuple(argv)
        self._block_bytes = BLOCK_BYTES * channels
        self._on_trouble = on_trouble
        self._pipe: Pipe | None = None
        self._revival = Revival()
        self._next_try_us = 0
        self._took_us = 0
        self._trouble: Trouble | None = None

    def take(self, block: Block, now_us: int) -> bool:
        pipe = self._pipe or self._start(now_us)
        reads = pipe.reads()
        try:
            taken = pipe.write(block.pcm if reads else bytes(len(block.pcm)))
        except BrokenPipeError:
            raise self._died("audio_program_died", now_us) from None
        if taken:
            self._took_us = now_us
        elif now_us - self._took_us > PATIENCE_US:
            raise self._died("audio_program_stuck", now_us)
        if taken and reads:
            self._whole_again(now_us)
        return taken and reads

    def close(self) -> None:
        if self._pipe:
            self._pipe.close()

    def pid(self) -> int | None:
        """The program's process id while it runs."""
        return self._pipe.pid() if self._pipe else None

    def _start(self, now_us: int) -> Pipe:
        if now_us < self._next_try_us:
            raise Broken
        try:
            self._pipe = Pipe(self._argv, self._block_bytes)
        except OutputFault as fault:
            raise self._broken(fault.code, fault.detail, now_us) from fault
        self._revival.born(now_us)
        self._took_us = now_us
        return self._pipe

    def _died(self, code: str, now_us: int) -> Broken:
        assert self._pipe
        end, self._pipe = self._pipe.kill(), None
        return self._broken(code, f"{self._argv[0]}: {end}", now_us)

    def _broken(self, code: str, detail: str, now_us: int) -> Broken:
        self._next_try_us = self._revival.died(now_us)
        if self._trouble is None:
            self._trouble = Trouble(code, detail, raised=True)
            self._on_trouble(self._trouble)
        return Broken(code)

    def _whole_again(self, now_us: int) -> None:
        if self._trouble and self._revival.settled(now_us):
            self._on_trouble(Trouble(self._trouble.code, self._trouble.detail, raised=False))
            self._trouble = None
