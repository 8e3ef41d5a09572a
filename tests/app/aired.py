"""What was aired on the one cluster of a phone's office, as the log has it, and from where it relays."""

from __future__ import annotations

from typing import Any

from broadcast_server.store.airings import AiringRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from speaker_client.protocol.ids import MINUTE
from tests.faces.office import Office

ANNOUNCEMENTS = "/api/v1/announcements"
SPOKEN_MS = 20_000
"""Its sound is really made, on a machine that has other things to do."""


async def aired(office: Office, name: str, start_us: int, state: str = "PLAYED", **more: Any) -> AiringRow:
    """A broadcast of ten minutes, called by its name. `more`: other columns."""
    length_us = 10 * MINUTE
    planned = {
        "id": name, "occurrence": f"of {name}", "programme": "p", "title": name, "priority": 40, "loudspeakers": [1],
        "items": [{"content": "a" * 64, "size": 1, "duration_us": length_us}],
        "parts": [{"start_us": start_us, "from_us": 0, "length_us": length_us}], "grace_us": 0,
    }  # fmt: skip
    columns: dict[str, Any] = {
        "id": name, "station_id": office.station.station_id, "occurrence_id": f"of {name}", "cluster_id": "c",
        "revision": 0, "programme_id": "p", "title": name, "priority": 40, "scheduled_us": start_us,
        "start_us": start_us, "end_us": start_us + length_us, "until_us": start_us + length_us, "planned": planned,
        "first_plan": 1, "state": state,
    }  # fmt: skip
    row = AiringRow(**columns | more)
    async with office.station.database.transaction() as session:
        session.add(row)
    return row


async def relayed(office: Office, row: AiringRow, *switches: dict[str, Any]) -> None:
    """What the station noted of it as of a relay."""
    async with office.station.database.transaction() as session:
        session.add(
            RelayRow(
                occurrence_id=row.occurrence_id, station_id=row.station_id, programme_id=row.programme_id,
                title=row.title, start_us=row.start_us, end_us=row.end_us, probes=[], switches=list(switches),
            )
        )  # fmt: skip


async def add_source(office: Office, name: str, source_id: str) -> None:
    """A source that is on the list already."""
    station = office.station
    row = RelaySourceRow(
        id=source_id, station_id=station.station_id, name=name, kind="http", address="http://x", made_by="x", made_us=0
    )
    async with station.database.transaction() as session:
        session.add(row)
