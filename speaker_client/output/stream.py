"""What an output asks for, block after block, and what it tells in return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from speaker_client.deck import Cue


@dataclass(frozen=True)
class Block:
    """20 ms of all channels, interleaved. `cue` sounds in its frames [begin, end); of a silence, which has none, an
    output may hand on the beginning alone."""

    pcm: bytes
    cue: Cue | None = None
    begin: int = 0
    end: int = 0


class Source(Protocol):
    """Where sound comes from. Every `render` is followed by one `left` or one `dropped`, in the same thread."""

    def render(self, at_us: int) -> Block:
        """The block whose first frame is due at `at_us` of the monotonic clock; silence if nothing is on."""

    def left(self, at_us: int) -> None:
        """The rendered block left; its first frame at `at_us`."""

    def dropped(self) -> None:
        """The rendered block was never heard."""

    def broken(self) -> None:
        """The output is gone: what sounds ends here."""


class Output(Protocol):
    """An always open stream of silence into which the source puts its sound."""

    def start(self, source: Source) -> None:
        """Begin to ask for blocks, in a thread of its own. OutputFault if this machine cannot do it at all."""

    def beat_us(self) -> int:
        """When the last block was dealt with, on the monotonic clock: the pulse that a watchdog wants to see."""

    def close(self) -> None:
        """End the stream and wait for the end."""
