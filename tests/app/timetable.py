"""What is on the timetable before a test begins, and what the station has there."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import select

from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from speaker_client.protocol.ids import DAY, MINUTE
from tests.app.phone import Phone
from tests.faces.office import Office

CHANGES = "/api/v1/schedule/changes"


async def recording(
    office: Office, title: str, minutes: float = 8, kind: str = "speech", voice: str | None = None
) -> str:
    """Something in the library."""
    row = RecordingRow(id=secrets.token_hex(8), station_id=office.station.station_id, title=title)
    row.content, row.original, row.original_name = secrets.token_hex(32), secrets.token_hex(32), "a.m4a"
    row.size = row.original_size = 1000
    row.duration_us, row.kind, row.voice, row.peaks = int(minutes * MINUTE), kind, voice, []
    row.loudness_before_lufs, row.loudness_lufs, row.true_peak_dbtp = -20.0, -16.0, -1.5
    row.made_by, row.made_us = "lan", office.clock.at_us
    async with office.station.database.transaction() as session:
        session.add(row)
    return row.id


async def programme(held: Phone, title: str, time: str, minutes: float = 8, source: str | None = None) -> str:
    """Played every day at that time; a relay, if a source is named."""
    rule = {"times": [time], "recurrence": {"kind": "daily"}}
    new: dict[str, Any] = {"title": title, "rules": [rule]}
    if source:
        new["relay"] = {"sources": [source], "length_s": int(minutes * 60)}
    else:
        new["items"] = [await recording(held.office, title, minutes)]
    answer = await held.page.request.post(
        f"http://{held.host}/api/v1/programmes", data=new, headers={"origin": f"http://{held.host}"}
    )
    assert answer.status == 201, await answer.text()
    return str((await answer.json())["id"])


async def some_days_ago(held: Phone, *programmes: tuple[str, str], missed: str = "") -> list[str]:
    """These programmes were played every day, but for the one that no box had power for."""
    office = held.office
    office.clock.at_us -= 3 * DAY
    made = [await programme(held, title, time) for title, time in programmes]
    office.clock.at_us += 3 * DAY
    async with office.station.database.transaction() as session:
        for row in await session.scalars(select(AiringRow).where(AiringRow.start_us < office.clock.at_us)):
            row.state, row.reason = ("MISSED", "POWER_OFF") if row.title == missed else ("PLAYED", None)
    return made


async def agenda(held: Phone, day: str) -> list[tuple[str, str, str]]:
    """Time, title and standing of what the station has for the day."""
    found = await held.page.request.get(f"http://{held.host}/api/v1/schedule/agenda?days=1&from={day}")
    entries = (await found.json())["days"][0]["entries"]
    return [(one["time"], one["title"], one["standing"]) for one in entries]


async def keep(held: Phone, start: str, end: str) -> None:
    """The station keeps these quiet hours."""
    await held.office.station.hushing.set(start, end, "chairman.test")
