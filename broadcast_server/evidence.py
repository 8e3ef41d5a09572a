"""How far up the ladder sent → acknowledged → playing → sounded an airing got, as a number, in fields and in words."""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypedDict

from broadcast_server.airing_words import Sentence
from broadcast_server.fleet.soundings import Sounding, of_cluster, of_loudspeaker
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import Evidence, SensorKind

UNMEASURED = Sentence("chưa đo được tiếng", "not measured")
SILENT = Sentence("cảm biến không đo thấy tiếng", "the sensor found no sound")
HEARD = Sentence("đã đo có tiếng", "measured: it sounded")
HEARD_TOGETHER = Sentence("đã đo có tiếng ở cụm", "measured: the cluster sounded")
SIMULATED = Sentence("cảm biến mô phỏng", "simulated sensor")


class SoundedJson(TypedDict):
    """The last step: when it `sounded` (microseconds UTC), null unless it was measured; the others null if no sensor
    said anything. `confidence`: from 0 to 1. `simulated`: no hardware measured it."""

    sounded: int | None
    level_dbfs: float | None
    confidence: float | None
    sensor: SensorKind | None
    simulated: bool | None


class LadderJson(SoundedJson):
    """The steps as times in microseconds UTC, null where one was not reached."""

    sent: int | None
    acknowledged: int | None
    playing: int | None


class LoudspeakerStepsJson(LadderJson):
    """The ladder of one loudspeaker."""

    number: int


class StepsJson(LadderJson):
    """The ladder of a cluster, and of each of its loudspeakers."""

    loudspeakers: list[LoudspeakerStepsJson]


class OwnStepJson(TypedDict):
    """What a sensor said of one loudspeaker."""

    number: int
    sounded: int | None
    level_dbfs: float | None
    confidence: float | None


class ShortStepsJson(LadderJson):
    """The ladder of a cluster, how many `loudspeakers` it has, and what a sensor said of `each`."""

    loudspeakers: int
    each: list[OwnStepJson]


class SoundingJson(SoundedJson):
    """One sensor's word on some loudspeakers."""

    loudspeakers: list[int]


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
    said = _found(soundings, set((row.planned or {}).get("loudspeakers", ())))
    if any(one.simulated for one in soundings):
        return Sentence(f"{said.vi}; {SIMULATED.vi}", f"{said.en}; {SIMULATED.en}")
    return said


def steps_json(row: AiringRow) -> StepsJson:
    """The ladder of a cluster, each step with its time (null where it was not reached); `loudspeakers`: of each."""
    soundings, numbers = soundings_of(row), (row.planned or {}).get("loudspeakers", ())
    each: list[LoudspeakerStepsJson] = [
        {"number": number, **_ladder_json(row, of_loudspeaker(soundings, number))} for number in numbers
    ]
    return {**_ladder_json(row, of_cluster(soundings)), "loudspeakers": each}


def short_steps_json(row: AiringRow) -> ShortStepsJson:
    """The same for a screen: how many loudspeakers there are, and of `each` only what a sensor said, and when."""
    soundings, numbers = soundings_of(row), (row.planned or {}).get("loudspeakers", ())
    each = [_own_step_json(number, of_loudspeaker(soundings, number)) for number in numbers]
    return {**_ladder_json(row, of_cluster(soundings)), "loudspeakers": len(each), "each": each}


def _own_step_json(number: int, sounding: Sounding | None) -> OwnStepJson:
    step = step_json(sounding)
    return {
        "number": number,
        "sounded": step["sounded"],
        "level_dbfs": step["level_dbfs"],
        "confidence": step["confidence"],
    }


def _ladder_json(row: AiringRow, sounding: Sounding | None) -> LadderJson:
    return {
        "sent": row.sent_us,
        "acknowledged": row.accepted_us,
        "playing": row.started_us,
        **step_json(sounding),
    }


def step_json(sounding: Sounding | None) -> SoundedJson:
    """The step `sounded`: its time, null unless it was measured; level and confidence also of what proved nothing."""
    if sounding is None:
        return {"sounded": None, "level_dbfs": None, "confidence": None, "sensor": None, "simulated": None}
    return {
        "sounded": sounding.at_us if sounding.sounded else None,
        "level_dbfs": sounding.level_cb / 100,
        "confidence": sounding.confidence_pct / 100,
        "sensor": sounding.sensor,
        "simulated": sounding.simulated,
    }


def sounding_json(sounding: Sounding) -> SoundingJson:
    """One sensor's word on some loudspeakers."""
    return {"loudspeakers": list(sounding.loudspeakers), **step_json(sounding)}


def _found(soundings: tuple[Sounding, ...], wanted: set[int]) -> Sentence:
    single = {one.loudspeakers[0] for one in soundings if len(one.loudspeakers) == 1}
    heard = {number for number in single if _sounded(soundings, number)}
    silent = single - heard
    if not heard and of_cluster(soundings) is not None:
        return HEARD_TOGETHER
    if not heard and (silent >= wanted or not single):
        return SILENT
    if heard >= wanted:
        return HEARD
    vi = [f"đã đo có tiếng ở loa {_list(heard)}"] if heard else []
    en = [f"{_list(heard)} measured to sound"] if heard else []
    vi += [f"không đo thấy tiếng ở loa {_list(silent)}"] if silent else []
    en += [f"no sound found on {_list(silent)}"] if silent else []
    return Sentence(", ".join(vi), ", ".join(en))


def _sounded(soundings: Iterable[Sounding], number: LoudspeakerNumber) -> bool:
    own = of_loudspeaker(soundings, number)
    return own is not None and own.sounded


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
