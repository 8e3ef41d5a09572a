"""Names of things on the wire."""

from __future__ import annotations

from typing import NewType

StationId = NewType("StationId", str)
"""One commune's station; every row, topic and signed statement carries it."""

VillageId = NewType("VillageId", str)
"""A village (thôn) or the commune centre: the zone a cluster stands in."""

ClusterId = NewType("ClusterId", str)
"""One speaker cluster: a place with one box, one amplifier and several loudspeakers."""

BoxId = NewType("BoxId", str)
"""One physical box, born at enrolment; a cluster may get a new box, a box never a new id."""

LoudspeakerNumber = NewType("LoudspeakerNumber", int)
"""A loudspeaker within its cluster, from 1; also its output channel."""

ProgrammeId = NewType("ProgrammeId", str)
RuleId = NewType("RuleId", str)

OccurrenceId = NewType("OccurrenceId", str)
"""One planned start of one programme, 32 hex digits, the same wherever and whenever it is computed."""

AiringId = NewType("AiringId", str)
"""One occurrence on one cluster, 32 hex digits, known before it plays and never used again."""

OrderId = NewType("OrderId", str)
"""One emergency or drill, 32 hex digits, the same on every cluster that it is for."""

Micros = NewType("Micros", int)
"""Microseconds: of UTC since 1970 for a moment on the station's timeline, else of duration."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
