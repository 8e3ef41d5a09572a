"""One of every change that a box's journal keeps."""

from __future__ import annotations

from speaker_client.memory import (
    Acknowledged,
    Anchor,
    Anchored,
    Born,
    Change,
    Ended,
    Kept,
    Ratcheted,
    Stood,
    Tombstone,
    Wrote,
    passing_course,
)
from speaker_client.playout import Standing, State
from speaker_client.protocol.ids import SECOND, AiringId, LoudspeakerNumber, OccurrenceId, ProgrammeId
from speaker_client.protocol.plan import Item, Part, PlannedAiring

AIRING = PlannedAiring(
    id=AiringId("a" * 32),
    occurrence=OccurrenceId("o" * 32),
    programme=ProgrammeId("p"),
    title="Bản tin sáng",
    loudspeakers=(LoudspeakerNumber(1),),
    items=(Item(content="c" * 64, size=10, duration_us=60 * SECOND),),
    parts=(Part(start_us=10**15, length_us=60 * SECOND),),
    grace_us=300 * SECOND,
)
CHANGES: list[Change] = [
    Stood(Standing(AIRING, 3, State.PLAYING, segments=((0, 5), (9, 12)), started_us=7, error_us=1, underruns=2)),
    Wrote(1, '{"n":1}', "h" * 64),
    Wrote(2, '{"n":2}', "i" * 64),
    Ratcheted(("k", "plan", "cluster:1"), 4),
    Kept("plan", '{"payload":""}'),
    Tombstone(AiringId("b" * 32), "lan", 99),
    Acknowledged(1),
    Anchored(Anchor(10**15, 5, 6, "boot")),
    Born(10**15),
    Ended(AiringId("d" * 32), 50),
    Ratcheted(("k", "stop", passing_course("station#1", 59)), 1),
    Ratcheted(("k", "stop", passing_course("station#2", 60)), 2),
]
