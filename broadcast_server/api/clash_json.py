"""Clashes as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypedDict

from broadcast_server.clash import Clash
from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import PriorityName, priority_name
from broadcast_server.schedule.conflicts import Fate, Why
from broadcast_server.schedule.occurrence import Occurrence


class ClashingJson(TypedDict):
    """One of two that want the floor at the same time. `start`, `end`: planned, in local ISO text."""

    programme_id: str
    title: str
    occurrence_id: str
    start_us: int
    start: str
    end_us: int
    end: str
    priority_name: PriorityName


class ClashJson(TypedDict):
    """What becomes of the `loser` on these `clusters`, and why; `count`: how often in the time that was looked at.

    `loss_us`: how long it is delayed, else how much of it is not heard.
    """

    vi: str
    en: str
    fate: Fate
    why: Why
    loss_us: int
    count: int
    clusters: list[str]
    loser: ClashingJson
    winner: ClashingJson


class ClashesJson(TypedDict):
    """What a change to the timetable clashes with."""

    conflicts: list[ClashJson]


def clashes_json(clashes: Iterable[Clash], zone: str) -> ClashesJson:
    """`{"conflicts": […]}`; each with its sentences and how often it happens in the time that was looked at."""
    return {"conflicts": [_clash_json(one, zone) for one in clashes]}


def _clash_json(clash: Clash, zone: str) -> ClashJson:
    first = clash.first
    return {
        "vi": first.vi(zone),
        "en": first.en(zone),
        "fate": first.fate,
        "why": first.why,
        "loss_us": first.loss_us,
        "count": clash.count,
        "clusters": list(first.clusters),
        "loser": _occurrence_json(first.loser, zone),
        "winner": _occurrence_json(first.winner, zone),
    }


def _occurrence_json(occurrence: Occurrence, zone: str) -> ClashingJson:
    return {
        "programme_id": occurrence.programme.id,
        "title": occurrence.programme.title,
        "occurrence_id": occurrence.id,
        "start_us": occurrence.start_us,
        "start": local_text(zone, occurrence.start_us),
        "end_us": occurrence.end_us,
        "end": local_text(zone, occurrence.end_us),
        "priority_name": priority_name(int(occurrence.programme.priority)),
    }
