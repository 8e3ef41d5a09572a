"""The steps of the priority ladder that a programme may stand on, by name."""

from __future__ import annotations

from typing import Literal, cast

from broadcast_server.problem import Problem
from speaker_client.protocol.priority import Priority

SPOKEN_LIVE = frozenset({Priority.LIVE, Priority.LIVE_EMERGENCY})
NOT_SCHEDULED = SPOKEN_LIVE | {Priority.EMERGENCY}
"""Whoever stole the key that signs schedules must not be able to make an emergency with it."""


PriorityName = Literal[
    "emergency",
    "live_emergency",
    "priority_above",
    "priority_commune",
    "live",
    "announcement",
    "own",
    "relay",
    "filler",
]
"""Every step of the ladder in words for programs."""


def priority_name(priority: int) -> PriorityName:
    """The step in words for programs."""
    return cast(PriorityName, Priority(priority).name.lower())


def read_priority(value: int | str) -> Priority:
    """The step of that number or name; Problem 422 when there is none, or it is not for programmes."""
    text = str(value).strip()
    found = [one for one in Priority if text.lower() in (one.name.lower(), str(one.value))]
    if not found:
        names = ", ".join(one.name.lower() for one in Priority if one not in NOT_SCHEDULED)
        vi = f"Không có mức ưu tiên “{text[:40]}”. Các mức: {names}."
        en = f"There is no priority “{text[:40]}”. There are: {names}."
        raise Problem(422, "priority_unknown", vi, en)
    if found[0] in SPOKEN_LIVE:
        vi = "Mức ưu tiên này dành cho nói trực tiếp, không dùng để lên lịch."
        en = "This priority is kept for live voices; it cannot be scheduled."
        raise Problem(422, "priority_live_only", vi, en)
    if found[0] in NOT_SCHEDULED:
        vi = "Mức khẩn cấp không dùng để lên lịch; mức cao nhất của chương trình là priority_above."
        en = "An emergency cannot be scheduled; the highest priority of a programme is priority_above."
        raise Problem(422, "priority_emergency", vi, en)
    return found[0]
