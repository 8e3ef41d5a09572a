"""Clashes as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from broadcast_server.clash import Clash
from broadcast_server.local_time import local_text
from broadcast_server.schedule.occurrence import Occurrence


def clashes_json(clashes: Iterable[Clash], zone: str) -> dict[str, Any]:
    """`{"conflicts": […]}`; each with its sentences and how often it happens in the time that was looked at."""
    return {"conflicts": [_clash_json(one, zone) for one in clashes]}


def _clash_json(clash: Clash, zone: str) -> dict[str, Any]:
    first = clash.first
    return {
        "vi": first.vi(zone),
        "en": first.en(zone),
        "fate": first.fate.value,
        "why": first.why.value,
        "loss_us": first.loss_us,
        "count": clash.count,
        "clusters": list(first.clusters),
        "loser": _occurrence_json(first.loser, zone),
        "winner": _occurrence_json(first.winner, zone),
    }


def _occurrence_json(occurrence: Occurrence, zone: str) -> dict[str, Any]:
    return {
        "programme_id": occurrence.programme.id,
        "title": occurrence.programme.title,
        "occurrence_id": occurrence.id,
        "start_us": occurrence.start_us,
        "start": local_text(zone, occurrence.start_us),
    }
