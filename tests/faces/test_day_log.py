"""What was aired can be listened to again from the log, as long as its sound is kept."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from tests.faces.office import open_office
from tests.live.booth import settle


async def test_what_an_alarm_said_is_read_and_heard_again_from_the_log(tmp_path: Path) -> None:
    async with open_office(tmp_path, working=True) as office:
        await settle(office)
        chairman, viewer = await office.as_(Role.CHAIRMAN), await office.as_(Role.VIEWER)
        said = {"key": "12345678", "text": "Nước lên nhanh, bà con lên đê ngay.", "lead": "none", "rounds": 2}
        answer = await chairman.post("/api/v1/emergencies", json=said)
        assert answer.status_code == 202, answer.text
        async with office.station.database.reading() as session:
            airing = await session.scalar(select(AiringRow.id))
        opened = (await viewer.get(f"/api/v1/log/{airing}/broadcast")).json()
        assert (opened["ordered"]["by"], opened["ordered"]["text"]) == ("Chairman.Test", said["text"])
        assert [one["number"] for one in opened["sounds"]] == [0]
        place = f"/api/v1/log/{airing}/sounds/0"
        whole = await viewer.get(place)
        assert (whole.headers["content-type"], whole.content[:4]) == ("audio/ogg", b"OggS")
        part = await viewer.get(place, headers={"Range": "bytes=100-"})
        assert (part.status_code, part.content) == (206, whole.content[100:])
        assert (await office.visitor().get(place)).status_code == 401
        assert (await viewer.get(f"/api/v1/log/{airing}/sounds/1")).status_code == 404
