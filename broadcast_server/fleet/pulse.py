"""What a heartbeat is worth: is it fresh, and does its journal still fit the station's copy?"""

from __future__ import annotations

from enum import StrEnum

from broadcast_server.fleet.chain import Head
from speaker_client.protocol.ids import MINUTE
from speaker_client.protocol.report import Heartbeat

OLDEST = 10 * MINUTE


class Journal(StrEnum):
    """How the box's journal stands to the station's copy of it."""

    SAME = "same"
    AHEAD = "ahead"
    ROLLED_BACK = "rolled_back"


def fresh(beat: Heartbeat, last: Heartbeat | None, now_us: int) -> bool:
    """Whether it is news: no repetition of one heard before, and not an old one kept back.

    A box without a clock says 0 for the time; its journal must then not have gone back.
    """
    if beat.not_before_us and abs(now_us - beat.not_before_us) > OLDEST:
        return False
    if last is None or beat.boot != last.boot:
        return True
    if beat.not_before_us and last.not_before_us:
        return beat.not_before_us > last.not_before_us
    return beat.n >= last.n


def journal(beat: Heartbeat, held: Head) -> Journal:
    """A smaller number, or another hash under the same one: a cloned or restored box."""
    if beat.n < held.n or (beat.n == held.n and beat.head != held.hash):
        return Journal.ROLLED_BACK
    return Journal.SAME if beat.n == held.n else Journal.AHEAD
