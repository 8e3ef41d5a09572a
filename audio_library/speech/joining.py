"""Takes of one voice become one sound: all at one level, faded into each other, the room heard through the pauses."""

from __future__ import annotations

import audioop
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from audio_library.ffmpeg import RATE
from audio_library.levels import FRAME_BYTES
from audio_library.speech.length import PAUSE_S
from audio_library.speech.pitch import middle
from audio_library.speech.take import Take

LEVEL_DB: Final = -23.0
"""Where each take is brought: with room for its peaks, the library makes the whole louder."""
MOST_GAIN_DB: Final = 14.0
HIGHEST_DB: Final = -1.0
COMMA_S: Final = 0.22
BEFORE, AFTER = 1, 2
"""Frames of 10 ms that are kept around what is said."""
GUARD: Final = 4
"""Frames next to a sound in which it may still be dying away: they are not the room."""
FADE: Final = RATE * 12 // 1000
"""Samples over which one sound gives way to the next."""
_RISE: Final = tuple(math.sin(math.pi / 2 * (at + 0.5) / FADE) for at in range(FADE))
_FALL: Final = _RISE[::-1]


@dataclass(frozen=True)
class Said:
    """A take in its place, and how long it is quiet behind it: 0 where the next one follows at once."""

    take: Take
    pause_s: float = 0.0
    roomless: bool = False
    """Made by a machine: the room of the others is laid under it."""


def joined(said: Sequence[Said]) -> bytes:
    """One after the other, mono s16 at 48 kHz."""
    levelled = {id(one.take): _Levelled(one.take) for one in said}
    roomless = {id(one.take) for one in said if one.roomless}
    room = _Room([one.quiet for name, one in levelled.items() if name not in roomless])
    whole = array("h")
    for one in said:
        speech = array("h", levelled[id(one.take)].speech)
        _append(whole, room.under(speech) if one.roomless else speech)
        if one.pause_s:
            _append(whole, room.tone(round((one.pause_s - (BEFORE + AFTER) / 100) * RATE) + 2 * FADE))
    return whole.tobytes()


def gain_db(take: Take) -> float:
    """What brings it to the house level, within bounds, and its peaks not out of theirs."""
    wished = max(-MOST_GAIN_DB, min(MOST_GAIN_DB, LEVEL_DB - take.level_db))
    return min(wished, HIGHEST_DB - take.peak_db)


def pause_of(ends_sentence: bool) -> float:
    """Seconds of quiet behind a clause."""
    return PAUSE_S if ends_sentence else COMMA_S


class _Levelled:
    """A take at the house level."""

    def __init__(self, take: Take) -> None:
        self._take, self._factor = take, 10 ** (gain_db(take) / 20)

    @property
    def speech(self) -> bytes:
        """What is said, and a little around it."""
        first, last = self._take.spoken
        return self._cut(first - BEFORE, last + AFTER)

    @property
    def quiet(self) -> list[bytes]:
        """The room before and after it."""
        (start, first), (last, end) = self._take.quiet
        return [self._cut(start, first - GUARD), self._cut(last + GUARD, end)]

    def _cut(self, first: int, last: int) -> bytes:
        part = self._take.pcm[max(0, first) * FRAME_BYTES : max(0, last) * FRAME_BYTES]
        return audioop.mul(part, 2, self._factor)


class _Room:
    """The sound of the room in which the takes were made, as long as it is wanted."""

    def __init__(self, quiet: Iterable[Sequence[bytes]]) -> None:
        long_enough = 2 * 3 * FADE
        self._stretches = [one for both in quiet for one in both if len(one) >= long_enough]
        self._at = 0

    def tone(self, count: int) -> array[int]:
        """The next `count` samples of it; nothing at all where no take has a quiet stretch."""
        if not self._stretches:
            return array("h", bytes(2 * count))
        whole = array("h")
        while len(whole) < count:
            _append(whole, self._next())
        return whole[:count]

    def under(self, speech: array[int]) -> array[int]:
        """The speech as if it had been said there."""
        return array("h", audioop.add(speech.tobytes(), self.tone(len(speech)).tobytes(), 2))

    def _next(self) -> array[int]:
        """Another stretch each time, as loud as most are."""
        stretch = self._stretches[self._at % len(self._stretches)]
        self._at += 1
        loud = audioop.rms(stretch, 2)
        return array("h", audioop.mul(stretch, 2, min(4.0, self._level / loud)) if loud else stretch)

    @cached_property
    def _level(self) -> float:
        return middle(audioop.rms(one, 2) for one in self._stretches)


def _append(whole: array[int], more: array[int]) -> None:
    """Put it behind, the end of the one fading into the beginning of the other, their power the same throughout."""
    count = min(FADE, len(whole), len(more))
    if not count:
        whole.extend(more)
        return
    rise, fall = _RISE[FADE - count :], _FALL[:count]
    mixed = (
        round(one * down + other * up)
        for one, other, up, down in zip(whole[-count:], more[:count], rise, fall, strict=True)
    )
    seam = array("h", (max(-32768, min(32767, one)) for one in mixed))
    del whole[len(whole) - count :]
    whole.extend(seam)
    whole.extend(more[count:])
