"""The end of an airing: what is reported of it, and how long it is remembered that it has one."""

from __future__ import annotations

from collections.abc import Iterable

from speaker_client.memory import Change, Ended
from speaker_client.playout import Standing, verdict
from speaker_client.protocol.ids import DAY
from speaker_client.protocol.report import AiringEnded, Evidence, Reason

REMEMBERED_US = 9 * DAY
"""How long the id of an ended airing is kept: longer than any plan may still name it."""


def ending(standing: Standing, reason: Reason, by: str | None) -> AiringEnded:
    """The report of an end: what sounded decides it, `reason` and `by` say why it is not whole."""
    result, why, who = verdict(standing, reason, by)
    planned = standing.planned
    return AiringEnded(
        airing=standing.id,
        result=result,
        reason=why,
        by=who,
        due_us=planned.start_us,
        started_us=standing.started_us,
        error_us=standing.error_us,
        duration_us=planned.duration_us,
        segments=standing.segments,
        plan_seq=standing.plan_seq,
        contents=tuple(item.content for item in planned.items),
        evidence=standing.proof or (Evidence.CONSUMED if standing.segments else Evidence.ACKNOWLEDGED),
        underruns=standing.underruns,
        concealed=standing.concealed,
        filled=standing.filled,
    )


def endings(ends: Iterable[AiringEnded]) -> list[Change]:
    """What is to be committed with the reports of these ends."""
    return [Ended(end.airing, end.due_us + REMEMBERED_US) for end in ends]
