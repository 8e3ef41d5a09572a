"""Silence, pressed while an emergency is still on its way to a box."""

from __future__ import annotations

from sqlalchemy import select

from broadcast_server.ordering import Wish
from broadcast_server.store.fleet import CommandRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.command import Stop
from speaker_client.protocol.envelope import Envelope, payload_of
from tests.programmes.stage import OFFICER, Stage


async def test_a_stop_for_all_names_the_emergencies_that_a_box_may_not_have_heard_of(stage: Stage) -> None:
    await _siren_is_ready(stage)
    order = await stage.station.ordering.sound(Wish("emergency", "siren", ("all",), 1, "k1"), OFFICER)
    told = await stage.station.commanding.stop((), (), OFFICER)
    assert sorted(told) == sorted(stage.clusters.values())
    stops = await _stops(stage)
    named = {airing for stop in stops for airing in stop.airings}
    assert named == {row.id for row in await stage.log(None) if row.order_id == order.id}
    assert [stop.audience for stop in stops if not stop.airings] == ["station"]
    assert {stop.given_us for stop in stops} == {stage.clock.moment}


async def test_a_stop_for_one_cluster_names_only_what_is_ordered_there(stage: Stage) -> None:
    await _siren_is_ready(stage)
    await stage.station.ordering.sound(Wish("emergency", "siren", ("all",), 1, "k1"), OFFICER)
    place = stage.clusters["Chợ"]
    assert await stage.station.commanding.stop((), (place,), OFFICER) == [place]
    stops = await _stops(stage)
    assert {stop.audience for stop in stops} == {f"cluster:{place}"}
    assert [len(stop.airings) for stop in stops] == [1, 0]


async def _siren_is_ready(stage: Stage) -> None:
    recording = await stage.recording(1, "Còi hú")
    async with stage.station.database.transaction() as session:
        row = await session.scalar(select(TemplateRow).filter_by(name="siren"))
        assert row
        row.recording_id = recording


async def _stops(stage: Stage) -> list[Stop]:
    query = select(CommandRow.envelope).filter_by(kind="stop").order_by(CommandRow.made_us, CommandRow.seq)
    async with stage.station.database.reading() as session:
        return [Stop.read(payload_of(Envelope.model_validate_json(one))) for one in await session.scalars(query)]
