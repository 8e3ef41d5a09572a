"""The jitter buffer: frames of a live voice by number, handed out when they are due or said to be missing.

Pure: a number is a moment, since frame n is due at the live's start + n × 10 ms. Whoever plays asks for number after
number; what comes after its number was asked for is too late and never heard.
"""

from __future__ import annotations

from dataclasses import dataclass

from speaker_client.protocol.live import DEAD_MAN_FRAMES, FRAME_US, Ending, Group
from speaker_client.protocol.report import Reason

FARTHEST_AHEAD = 1000
"""Frames further ahead of what is due than ten seconds are no voice on its way: memory stays bounded."""


@dataclass
class Counts:
    """What became of the frames; `missing` are those that a listener heard concealed."""

    heard: int = 0
    missing: int = 0
    late: int = 0
    twice: int = 0
    stale: int = 0
    """So old that nobody waits for them: from before it was listened to, or said again by somebody long after."""


class JitterBuffer:
    """The frames of one live. One side puts, the other takes; `due` is the next number that may still be heard."""

    def __init__(self, due: int, limit: int) -> None:
        self.due = self._began = due
        self.counts = Counts()
        self._limit = limit
        self._waiting: dict[int, tuple[bytes, int]] = {}
        self._known: set[int] = set()
        self._last = due - 1
        self._end: int | None = None
        self.origin = 0
        """The number of its first word."""
        self.spare_us: int | None = None
        """How long before it was asked for the tightest frame came; None if none came since it was last looked at."""
        self._asked_us: int | None = None
        self._void: set[int] = set()
        self._gone = False
        self._gap = 0
        self._absent: list[int] = []
        """Of the frames since the last that came, those which were not left out."""

    @property
    def begun(self) -> bool:
        """Whether anything of it has come."""
        return self._last >= self._began

    @property
    def over(self) -> int:
        """The number at which it ends, as far as is known now."""
        silent = self._last + 1 + DEAD_MAN_FRAMES
        return min(self._limit, silent if self._end is None else self._end)

    @property
    def whole(self) -> int:
        """The number after the last frame known to have been spoken."""
        known = self._last + 1 if self._end is None else self._end
        return min(self._limit, known)

    @property
    def closed(self) -> int | None:
        """The number at which it was closed, if that was said."""
        return self._end

    @property
    def missing(self) -> int:
        """How many of the frames that were due did not come, those of a silence without return left out."""
        return self.counts.missing + sum(number < self._end for number in self._absent if self._end is not None)

    def why_over(self) -> Reason | None:
        """The reason of the end: None after a proper close."""
        if not self.begun:
            return Reason.NO_VOICE
        if self._end is not None:
            return Reason.SPEAKER_GONE if self._gone else None
        return Reason.TIME_UP if self._limit <= self._last + 1 + DEAD_MAN_FRAMES else Reason.SPEAKER_GONE

    def put(self, group: Group, now_us: int) -> None:
        """Take in a group whose signature was checked. The latest word on the limit holds, an end is final."""
        if self._end is None:
            self._limit, self.origin = max(self._limit, group.limit), group.origin
            for number, packet in enumerate(group.packets, group.first):
                if packet:
                    self._put(number, packet, now_us)
                elif number >= self.due:
                    self._void.add(number)
        if group.ending is not Ending.OPEN and self._end is None:
            self._end, self._gone = group.end, group.ending is Ending.GONE

    def holds(self, number: int) -> bool:
        """Whether that frame is here and not yet taken."""
        return number in self._waiting

    def take(self, number: int, now_us: int) -> tuple[bytes | None, int]:
        """The packet that is due as `number`, or None and for how many frames in a row nothing has come."""
        waiting, left_out = self._waiting.pop(number, None), number in self._void
        self.skip_to(number + 1, now_us)
        if waiting is None:
            self._gap += 1
            if not left_out and len(self._absent) < DEAD_MAN_FRAMES:  # a relay may be silent for hours
                self._absent.append(number)
            return None, self._gap
        self.counts.missing += len(self._absent)
        self.counts.heard += 1
        self._gap, self._absent = 0, []
        packet, came_us = waiting
        self._tight(now_us - came_us)
        return packet, 0

    def skip_to(self, number: int, now_us: int) -> None:
        """What lies before is past."""
        if number > self.due:
            self._asked_us = now_us
        for past in [waiting for waiting in tuple(self._waiting) if waiting < number]:
            self._waiting.pop(past, None)
        for past in [void for void in tuple(self._void) if void < number]:  # in place: another thread may put
            self._void.discard(past)
        self.due = max(self.due, number)

    def _put(self, number: int, packet: bytes, now_us: int) -> None:
        if number in self._known:
            self.counts.twice += 1
        elif number < max(self._began, self._last - FARTHEST_AHEAD):
            self.counts.stale += 1
        elif number < self.due:
            self._late(number, now_us)
            self._known.add(number)
        elif number < min(self._limit, self.due + FARTHEST_AHEAD):
            self._waiting[number] = (packet, now_us)
            self._last = max(self._last, number)
            self._known = {one for one in self._known if one > number - FARTHEST_AHEAD} | {number}

    def _late(self, number: int, now_us: int) -> None:
        """It was asked for with the last that was, or before."""
        self.counts.late += 1
        if self._asked_us is not None:
            self._tight(self._asked_us - (self.due - 1 - number) * FRAME_US - now_us)

    def _tight(self, spare_us: int) -> None:
        self.spare_us = spare_us if self.spare_us is None else min(self.spare_us, spare_us)
