"""What a heartbeat is worth: is it fresh, and does its journal still fit the station's copy?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from broadcast_server.fleet.chain import Head
from speaker_client.protocol.ids import MINUTE, SECOND
from speaker_client.protocol.report import Heartbeat

OLDEST = 10 * MINUTE
OVERTAKEN = 30 * SECOND


class Journal(StrEnum):
    """How the box's journal stands to the station's copy of it."""

    SAME = "same"
    AHEAD = "ahead"
    ROLLED_BACK = "rolled_back"


def fresh(beat: Heartbeat, last: Heartbeat | None, now_us: int) -> bool:
    """Whether it is news: no repetition of one heard before, and not an old one kept back.

    A box without a clock says 0 for the time. Its journal must then have gone on since the last heartbeat, as it does
    at every start: nothing else tells a new one from one that somebody kept.
    """
    if beat.not_before_us and abs(now_us - beat.not_before_us) > OLDEST:
        return False
    if last is None:
        return True
    if not beat.not_before_us:
        return beat.n > last.n
    return beat.boot != last.boot or beat.not_before_us > last.not_before_us


@dataclass(frozen=True)
class Copy:
    """The station's copy of a journal: its head; what it holds as line `n` of a heartbeat, if it does, as a hash;
    and when the line after that one was received."""

    head: Head
    hash_there: str | None = None
    next_received_us: int | None = None


def agrees(beat: Heartbeat, copy: Copy) -> bool:
    """Whether the box's journal ends with the very line that the station holds as its last."""
    return beat.n == copy.head.n and beat.head == copy.head.hash


def journal(beat: Heartbeat, copy: Copy) -> Journal:
    """Another hash under the same number, or fewer lines than the station long has: a cloned or restored box.

    A heartbeat may be overtaken by the report that came after it; that is no offence.
    """
    if beat.n > copy.head.n:
        return Journal.AHEAD
    if copy.hash_there not in (None, beat.head):
        return Journal.ROLLED_BACK
    later = copy.next_received_us
    if later is not None and beat.not_before_us > later + OVERTAKEN:
        return Journal.ROLLED_BACK
    return Journal.SAME
