"""People are told by the names that others know them by."""

from __future__ import annotations

from broadcast_server.people.naming import full_names
from broadcast_server.store.people import UserRow
from tests.programmes.stage import Stage


async def test_two_who_are_called_alike_are_told_apart_and_who_has_no_name_is_left_out(stage: Stage) -> None:
    station = stage.station.station_id
    people = {"hung": "Nguyễn Văn Hùng", "hung2": "Nguyễn Văn Hùng", "hoa": "Lê Thị Hoa", "an": ""}
    async with stage.station.database.transaction() as session:
        session.add_all(
            UserRow(
                id=name, station_id=station, name=name, full_name=full, role="officer", password_hash="x", made_us=0
            )
            for name, full in people.items()
        )
    async with stage.station.database.reading() as session:
        assert await full_names(session, station, ["hung", "hoa", "an", "gone"]) == {
            "hung": "Nguyễn Văn Hùng (hung)",
            "hoa": "Lê Thị Hoa",
        }
        assert await full_names(session, station, []) == {}
