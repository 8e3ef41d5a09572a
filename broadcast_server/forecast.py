"""What the timetable, as it stands, will make the station play: by occurrence, with its fate on each cluster."""

from __future__ import annotations

from typing import Any

from broadcast_server.airing_words import disturbance_words
from broadcast_server.local_time import local_text
from broadcast_server.programmes.priorities import priority_name
from broadcast_server.programmes.timetable import read_timetable
from broadcast_server.schedule.occurrence import Occurrence, Window
from broadcast_server.schedule.running_order import Removal, Slot
from broadcast_server.schedule.timetable import running_orders
from broadcast_server.station import Station
from speaker_client.protocol.ids import ClusterId, OccurrenceId


async def read_forecast(station: Station, window: Window, cluster: str | None) -> list[dict[str, Any]]:
    """The occurrences planned to start in the window, by start; on one cluster only, if it is named."""
    async with station.database.reading() as session:
        timetable = await read_timetable(session, station.station_id)
    found: dict[OccurrenceId, dict[str, Any]] = {}
    for site, order in running_orders(timetable.station, timetable.schedule, window).items():
        if cluster in (None, site):
            for slot in order.slots:
                told = _slot_json(site, slot, station.zone)
                _entry(found, slot.occurrence, station.zone)["clusters"].append(told)
            for removal in order.removals:
                _entry(found, removal.occurrence, station.zone)["clusters"].append(_removal_json(site, removal))
    return sorted(found.values(), key=lambda entry: (entry["start_us"], -entry["priority"], entry["occurrence_id"]))


def _entry(found: dict[OccurrenceId, dict[str, Any]], occurrence: Occurrence, zone: str) -> dict[str, Any]:
    name = occurrence.id
    if name not in found:
        found[name] = {
            "occurrence_id": name,
            "programme_id": occurrence.programme.id,
            "rule_id": occurrence.rule,
            "title": occurrence.programme.title,
            "priority": int(occurrence.programme.priority),
            "priority_name": priority_name(int(occurrence.programme.priority)),
            "start_us": occurrence.start_us,
            "start": local_text(zone, occurrence.start_us),
            "end_us": occurrence.end_us,
            "end": local_text(zone, occurrence.end_us),
            "clusters": [],
        }
    return found[name]


def _slot_json(cluster: ClusterId, slot: Slot, zone: str) -> dict[str, Any]:
    parts = [{"start_us": one.start_us, "from_us": one.from_us, "length_us": one.length_us} for one in slot.parts]
    delayed_by = slot.delayer.programme.title if slot.delayer else None
    interrupted_by = slot.cutter.programme.title if slot.cutter else None
    words = disturbance_words(slot.start_us - slot.occurrence.start_us, delayed_by, interrupted_by, slot.lost_us)
    return {
        "cluster_id": cluster,
        "plays": True,
        "start_us": slot.start_us,
        "start": local_text(zone, slot.start_us),
        "parts": parts,
        "lost_us": slot.lost_us,
        "delayed_by": delayed_by,
        "interrupted_by": interrupted_by,
        "vi": ", ".join(words.vi),
        "en": ", ".join(words.en),
    }


def _removal_json(cluster: ClusterId, removal: Removal) -> dict[str, Any]:
    winner = removal.winner.programme.title
    return {
        "cluster_id": cluster,
        "plays": False,
        "reason": removal.reason.value,
        "by": winner,
        "vi": f"không phát vì “{winner}”",
        "en": f"not played because of “{winner}”",
    }
