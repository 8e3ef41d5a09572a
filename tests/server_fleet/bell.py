"""The bell by which loudspeakers are tried, without the making of it."""

from __future__ import annotations

from sqlalchemy import update

from broadcast_server.station import Station
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import SECOND


async def bell(station: Station, seconds: int = 3) -> None:
    """The bell is made, and so long."""
    async with station.database.transaction() as session:
        names = {"id": "rec", "station_id": station.station_id, "title": "Chuông", "content": "c" * 64, "size": 9}
        more = {"original": "d" * 64, "original_size": 9, "original_name": "", "kind": "music", "peaks": []}
        levels = {"loudness_before_lufs": -20.0, "loudness_lufs": -16.0, "true_peak_dbtp": -1.0}
        made = {"made_by": "hoa", "made_us": 0, "duration_us": seconds * SECOND}
        session.add(RecordingRow(**names, **more, **levels, **made))
        await session.execute(update(TemplateRow).where(TemplateRow.name == "chime").values(recording_id="rec"))
