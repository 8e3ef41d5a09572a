"""Sample data on a station, beside what its officer has made."""

from __future__ import annotations

import secrets
from typing import Any

import httpx2

from broadcast_server.people.rights import Role
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.library import RecordingRow
from speaker_client.protocol.ids import MINUTE
from tests.faces.office import Office

WEEKLY = {"recurrence": {"kind": "daily"}, "times": ["05:30"]}


async def recording(office: Office, title: str) -> str:
    """A recording in the library."""
    numbers = {"size": 1000, "duration_us": MINUTE, "original_size": 1000, "peaks": [], "made_us": office.clock.at_us}
    levels = {"loudness_before_lufs": -20.0, "loudness_lufs": -16.0, "true_peak_dbtp": -1.5}
    row = RecordingRow(id=secrets.token_hex(8), station_id=office.station.station_id, title=title, made_by="lan")
    for name, value in (numbers | levels | {"original_name": "a.m4a", "kind": "speech"}).items():
        setattr(row, name, value)
    row.content, row.original = secrets.token_hex(32), secrets.token_hex(32)
    async with office.station.database.transaction() as session:
        session.add(row)
    return row.id


async def made(browser: httpx2.AsyncClient, path: str, **form: Any) -> str:
    answer = await browser.post(f"/api/v1{path}", json=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def box(office: Office, cluster: str) -> str:
    """A box that serves the cluster."""
    row = BoxRow(id=secrets.token_hex(8), station_id=office.station.station_id, cluster_id=cluster)
    row.public, row.access_hash, row.enrolled_us = "0" * 64, "", 0
    async with office.station.database.transaction() as session:
        session.add(row)
    await office.station.doors.refresh()
    return row.id


async def seeded(office: Office) -> httpx2.AsyncClient:
    """A station with sample data, and with a bulletin, a cluster and an hour of the officer's own; its administrator.

    The officer's own programme begins with the sample tune."""
    admin = await office.as_(Role.ADMIN)
    tune, text, mine = [await recording(office, title) for title in ("Nhạc hiệu", "Bài mẫu", "Bản tin của xã")]
    village = await made(admin, "/villages", name="Thôn mẫu")
    home = await made(admin, "/villages", name="Thôn nhà")
    cluster = await made(admin, "/clusters", village_id=village, name="Cụm mẫu")
    own = await made(admin, "/clusters", village_id=home, name="Cụm nhà")
    pretended = await box(office, cluster)
    await box(office, own)
    sample = await made(admin, "/programmes", title="Mẫu", items=[tune, text], rules=[WEEKLY])
    later = WEEKLY | {"times": ["17:00"]}
    await made(admin, "/programmes", title="Bản tin của xã", items=[tune, mine], rules=[later])
    marks = {"villages": [village], "clusters": [cluster], "boxes": [pretended]}
    marks |= {"recordings": [tune, text], "programmes": [sample]}
    for _ in range(2):
        assert (await admin.post("/api/v1/samples", json=marks)).status_code == 204
    return admin
