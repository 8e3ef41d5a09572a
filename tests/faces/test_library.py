"""From an upload to a recording, through the real audio library."""

from __future__ import annotations

from pathlib import Path

from broadcast_server.people.rights import Role
from tests.faces.office import Office, finished, sound


async def test_an_upload_becomes_a_recording_that_can_be_listened_to(working_office: Office, tmp_path: Path) -> None:
    officer = await working_office.as_(Role.OFFICER)
    body = sound(tmp_path / "ban-tin.m4a").read_bytes()
    answer = await officer.post("/api/v1/library/uploads?name=ban-tin.m4a&title=Bản tin sáng", content=body)
    assert answer.status_code == 202, answer.text
    intake = await finished(officer, answer.json())
    assert intake["state"] == "ready", intake
    recording = (await officer.get(f"/api/v1/library/{intake['recording_id']}")).json()
    assert recording["title"] == "Bản tin sáng"
    assert abs(recording["duration_us"] - 3_000_000) < 100_000
    assert abs(recording["loudness_lufs"] + 16) <= 1
    assert len(recording["peaks"]) == 1000
    audio = await officer.get(f"/api/v1/library/{recording['id']}/audio", headers={"Range": "bytes=0-3"})
    assert (audio.status_code, audio.content, audio.headers["content-type"]) == (206, b"OggS", "audio/ogg")
