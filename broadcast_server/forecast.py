"""What the timetable, as it stands, will make the station play: by occurrence, with its fate on each cluster."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from broadcast_server.airing_words import disturbance_words
from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import PriorityName, priority_name
from broadcast_server.programmes.timetable import Timetable, read_timetable
from broadcast_server.schedule.occurrence import Occurrence, Window
from broadcast_server.schedule.running_order import Part, Removal, RemovalReason, Slot
from broadcast_server.schedule.timetable import running_orders
from broadcast_server.station import Station
from speaker_client.protocol.ids import ClusterId, OccurrenceId
from speaker_client.protocol.priority import Priority


class PartJson(TypedDict):
    """A stretch that sounds from `start_us` on: the programme's from `from_us`, `length_us` long."""

    start_us: int
    from_us: int
    length_us: int


class PlaysJson(TypedDict):
    """How an occurrence plays on a cluster. `delayed_by`, `interrupted_by`: titles. `vi`, `en`: what disturbs it."""

    cluster_id: str
    plays: Literal[True]
    start_us: int
    start: str
    parts: list[PartJson]
    lost_us: int
    delayed_by: str | None
    interrupted_by: str | None
    vi: str
    en: str


class RemovedJson(TypedDict):
    """Why an occurrence does not play on a cluster. `by`: the title of what does, null if the cluster rests."""

    cluster_id: str
    plays: Literal[False]
    reason: RemovalReason
    by: str | None
    vi: str
    en: str


class ForecastJson(TypedDict):
    """An occurrence as the timetable has it, with its fate on each cluster. `start`, `end`: local ISO text."""

    occurrence_id: str
    programme_id: str
    rule_id: str
    title: str
    priority: Priority
    priority_name: PriorityName
    start_us: int
    start: str
    end_us: int
    end: str
    clusters: list[PlaysJson | RemovedJson]


async def read_forecast(station: Station, window: Window, cluster: str | None) -> list[ForecastJson]:
    """The occurrences planned to start in the window, by start; on one cluster only, if it is named."""
    async with station.database.reading() as session:
        timetable = await read_timetable(session, station.station_id)
    return forecast_of(timetable, window, cluster, station.zone)


def forecast_of(timetable: Timetable, window: Window, cluster: str | None, zone: str) -> list[ForecastJson]:
    """The same of a timetable that was read before."""
    found: dict[OccurrenceId, ForecastJson] = {}
    rests = {site.id: site.rests_until_us for site in timetable.station.clusters}
    for site, order in running_orders(timetable.station, timetable.schedule, window).items():
        if cluster in (None, site):
            for slot in order.slots:
                rested = slot.occurrence.start_us < rests[site]
                told = _rested_json(site) if rested else _slot_json(site, slot, zone)
                _entry(found, slot.occurrence, zone)["clusters"].append(told)
            for removal in order.removals:
                _entry(found, removal.occurrence, zone)["clusters"].append(_removal_json(site, removal))
    return sorted(found.values(), key=lambda entry: (entry["start_us"], -entry["priority"], entry["occurrence_id"]))


def _entry(found: dict[OccurrenceId, ForecastJson], occurrence: Occurrence, zone: str) -> ForecastJson:
    name = occurrence.id
    if name not in found:
        found[name] = {
            "occurrence_id": name,
            "programme_id": occurrence.programme.id,
            "rule_id": occurrence.rule,
            "title": occurrence.programme.title,
            "priority": Priority(occurrence.programme.priority),
            "priority_name": priority_name(int(occurrence.programme.priority)),
            "start_us": occurrence.start_us,
            "start": local_text(zone, occurrence.start_us),
            "end_us": occurrence.end_us,
            "end": local_text(zone, occurrence.end_us),
            "clusters": [],
        }
    return found[name]


def _part_json(part: Part) -> PartJson:
    return {"start_us": part.start_us, "from_us": part.from_us, "length_us": part.length_us}


def _slot_json(cluster: ClusterId, slot: Slot, zone: str) -> PlaysJson:
    delayed_by = slot.delayer.programme.title if slot.delayer else None
    interrupted_by = slot.cutter.programme.title if slot.cutter else None
    words = disturbance_words(slot.start_us - slot.occurrence.start_us, delayed_by, interrupted_by, slot.lost_us)
    return {
        "cluster_id": cluster,
        "plays": True,
        "start_us": slot.start_us,
        "start": local_text(zone, slot.start_us),
        "parts": [_part_json(one) for one in slot.parts],
        "lost_us": slot.lost_us,
        "delayed_by": delayed_by,
        "interrupted_by": interrupted_by,
        "vi": ", ".join(words.vi),
        "en": ", ".join(words.en),
    }


def _rested_json(cluster: ClusterId) -> RemovedJson:
    return {
        "cluster_id": cluster,
        "plays": False,
        "reason": RemovalReason.RESTS,
        "by": None,
        "vi": "không phát vì cụm loa đang tắt tạm",
        "en": "not played because the cluster is switched off for now",
    }


def _removal_json(cluster: ClusterId, removal: Removal) -> RemovedJson:
    winner = removal.winner.programme.title
    return {
        "cluster_id": cluster,
        "plays": False,
        "reason": removal.reason,
        "by": winner,
        "vi": f"không phát vì “{winner}”",
        "en": f"not played because of “{winner}”",
    }
