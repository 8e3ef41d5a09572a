"""How far up the ladder sent → acknowledged → playing → sounded an airing got, as a number, in fields and in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from broadcast_server.airing_words import Sentence
from broadcast_server.fleet.soundings import Sounding, of_cluster, of_loudspeaker
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import Evidence

UNMEASURED = Sentence("chưa đo được tiếng", "not measured")
SILENT = Sentence("cảm biến không đo thấy tiếng", "the sensor found no sound")
HEARD = Sentence("đã đo có tiếng", "measured: it sounded")
HEARD_TOGETHER = Sentence("đã đo có tiếng ở cụm", "measured: the cluster sounded")


def soundings_of(row: AiringRow) -> tuple[Sounding, ...]:
    """What the sensors said of it."""
    return tuple(Sounding.model_validate(one) for one in row.measured or ())


def level_of(row: AiringRow) -> Evidence | None:
    """The highest step that is known; None for what was never sent."""
    if row.evidence is not None:
        return Evidence(row.evidence)
    if row.started_us is not None:
        return Evidence.CONSUMED
    if row.accepted_us is not None:
        return Evidence.ACKNOWLEDGED
    return None if row.first_plan is None else Evidence.SENT


def words_of(row: AiringRow) -> Sentence | None:
    """What was measured while it played; None before it has."""
    soundings = soundings_of(row)
    if not soundings:
        return None if row.started_us is None else UNMEASURED
    single = {one.loudspeakers[0]: one for one in soundings if len(one.loudspeakers) == 1}
    silent = sorted(number for number in single if not _sounded(soundings, number))
    if of_cluster(soundings) is None:
        return SILENT
    if len(silent) == len(single):
        return HEARD_TOGETHER
    if not silent:
        return HEARD
    heard, lost = _list(set(single) - set(silent)), _list(silent)
    return Sentence(
        f"đã đo có tiếng ở loa {heard}, không đo thấy tiếng ở loa {lost}",
        f"measured: {heard} sounded, no sound found on {lost}",
    )


def step_json(sounding: Sounding | None) -> dict[str, Any]:
    """The step `sounded`: its time, null unless it was measured; level and confidence also of what proved nothing."""
    if sounding is None:
        return {"sounded": None, "level_dbfs": None, "confidence": None, "sensor": None}
    return {
        "sounded": sounding.at_us if sounding.sounded else None,
        "level_dbfs": sounding.level_cb / 100,
        "confidence": sounding.confidence_pct / 100,
        "sensor": sounding.sensor.value,
    }


def sounding_json(sounding: Sounding) -> dict[str, Any]:
    """One sensor's word on some loudspeakers."""
    return {"loudspeakers": list(sounding.loudspeakers), **step_json(sounding)}


def _sounded(soundings: Iterable[Sounding], number: LoudspeakerNumber) -> bool:
    own = of_loudspeaker(soundings, number)
    return own is not None and own.sounded


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
