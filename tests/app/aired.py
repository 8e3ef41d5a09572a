"""What was aired on the one cluster of a phone's office, as the log has it, and from where it relays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from broadcast_server.relay.by_hand import Started, Wish
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from speaker_client.protocol.ids import MINUTE
from tests.app.timetable import recording
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


async def relayed(
    office: Office, start_us: int, minutes: int, probes: Sequence[dict[str, Any]] = (), **more: Any
) -> RelayRow:
    """What the station noted of the relay “Thời sự”. `more`: other columns."""
    columns: dict[str, Any] = {
        "occurrence_id": "o", "station_id": office.station.station_id, "programme_id": "p", "title": "Thời sự",
        "start_us": start_us, "end_us": start_us + minutes * MINUTE, "probes": list(probes), "switches": [],
    }  # fmt: skip
    row = RelayRow(**columns | more)
    async with office.station.database.transaction() as session:
        session.add(row)
    return row


async def relay_to_come(office: Office) -> tuple[Started, list[dict[str, Any]]]:
    """A relay of half an hour that begins in nine minutes, with a song to play instead, and how the station's last try
    of both its sources failed."""
    sources = {"one": "VOV1", "two": "Đài tỉnh"}
    for source, name in sources.items():
        await add_source(office, name, source)
    now_us, song = office.clock.at_us, await recording(office, "Nhạc quê hương")
    wish = Wish(tuple(sources), 1800, ("all",), now_us + 9 * MINUTE, "Thời sự", (song,))
    made = await office.station.starting.start(wish, "lan")
    dead: list[dict[str, Any]] = [
        {
            "source": source, "name": name, "ok": False, "reason": "unreachable", "level_db": None, "at_us": now_us,
            "vi": f"Không kết nối được nguồn “{name}”.", "en": f"“{name}” cannot be reached.",
        }
        for source, name in sources.items()
    ]  # fmt: skip
    await relayed(office, made.start_us, 30, dead, programme_id=made.programme)
    return made, dead


async def relay_on_air(office: Office) -> AiringRow:
    """A relay of ten minutes that began five minutes ago, and whose source was silent after the first."""
    start_us = office.clock.at_us - 5 * MINUTE
    row = await aired(office, "Thời sự", start_us, "PLAYING", started_us=start_us)
    relay = {"stream": "s", "key": "k", "start_us": start_us, "length_us": 10 * MINUTE}
    async with office.station.database.transaction() as session:
        session.add(row)
        row.planned = {**(row.planned or {}), "items": [], "relay": relay}
    silent = {
        "reason": "silent", "old": "VOV1", "new": None, "at_us": start_us + MINUTE,
        "vi": "Nguồn “VOV1” không có tiếng. Tạm im lặng.", "en": "“VOV1” is silent. Silence for now.",
    }  # fmt: skip
    await relayed(office, start_us, 10, occurrence_id=row.occurrence_id, switches=[silent])
    return row


async def add_source(office: Office, name: str, source_id: str) -> None:
    """A source that is on the list already."""
    station = office.station
    row = RelaySourceRow(
        id=source_id, station_id=station.station_id, name=name, kind="http", address="http://x", made_by="x", made_us=0
    )
    async with station.database.transaction() as session:
        session.add(row)
