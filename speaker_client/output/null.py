"""Sound that goes nowhere, at the right pace."""

from __future__ import annotations

from speaker_client.output.stream import Block


class NullSink:
    """Takes every block."""

    def take(self, block: Block, now_us: int) -> bool:
        return True

    def close(self) -> None:
        pass
