"""The world's time: what happens next, and a trace of it for whoever replays a seed."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], object]


class Agenda:
    """Events in the order of true time, which is the station's timeline (microseconds UTC)."""

    def __init__(self, start_us: int, *, tracing: bool = False) -> None:
        self.now_us = start_us
        self.start_us = start_us
        self.trace: list[str] = []
        self.tracing = tracing
        self.steps = 0
        self._heap: list[tuple[int, int, Action]] = []
        self._count = 0

    def at(self, when_us: int, action: Action) -> None:
        """Do this then; at once, but after what is already due, if then is past."""
        self._count += 1
        heapq.heappush(self._heap, (max(when_us, self.now_us), self._count, action))

    def after(self, delay_us: int, action: Action) -> None:
        """Do this in so many microseconds."""
        self.at(self.now_us + delay_us, action)

    def run(self, until_us: int) -> None:
        """Let it happen, up to a moment."""
        while self._heap and self._heap[0][0] <= until_us:
            self.now_us, _, action = heapq.heappop(self._heap)
            self.steps += 1
            action()
        self.now_us = until_us

    def say(self, who: str, what: str, *more: object) -> None:
        """One line of the trace."""
        if self.tracing:
            seconds = (self.now_us - self.start_us) / 1e6
            self.trace.append(f"{seconds:12.4f}  {who:<8} {what} {' '.join(map(str, more))}".rstrip())
