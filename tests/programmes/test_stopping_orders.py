"""Silence, pressed while an emergency is still on its way to a box."""

from __future__ import annotations

from sqlalchemy import event, select

from broadcast_server.fleet.ledger import State
from broadcast_server.ordering import Wish
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import SECOND, Micros
from tests.programmes.stage import OFFICER, Stage, once


async def test_a_stop_for_all_names_the_emergencies_that_a_box_may_not_have_heard_of(stage: Stage) -> None:
    await _siren_is_ready(stage)
    order = await stage.station.ordering.sound(Wish("emergency", "siren", ("all",), 1, "k1"), OFFICER)
    told = await stage.station.commanding.stop((), (), OFFICER)
    assert sorted(told) == sorted(stage.clusters.values())
    stops = await stage.stops()
    named = {airing for stop in stops for airing in stop.airings}
    assert named == {row.id for row in await stage.log(None) if row.order_id == order.id}
    assert [stop.audience for stop in stops if not stop.airings] == ["station"]
    assert {stop.given_us for stop in stops} == {stage.clock.moment}


async def test_a_stop_for_one_cluster_names_only_what_is_ordered_there(stage: Stage) -> None:
    await _siren_is_ready(stage)
    await stage.station.ordering.sound(Wish("emergency", "siren", ("all",), 1, "k1"), OFFICER)
    place = stage.clusters["Chợ"]
    assert await stage.station.commanding.stop((), (place,), OFFICER) == [place]
    stops = await stage.stops()
    assert {stop.audience for stop in stops} == {f"cluster:{place}"}
    assert [len(stop.airings) for stop in stops] == [1, 0]


async def test_more_clusters_take_no_more_statements(stage: Stage) -> None:
    await _siren_is_ready(stage)
    taken = []
    for number, targets in enumerate((("cluster:" + stage.clusters["Chợ"],), ("all",))):
        await stage.station.ordering.sound(Wish("emergency", "siren", targets, 1, f"k{number}"), OFFICER)
        stops = [await _statements_of_a_stop(stage) for _ in range(2)]
        taken.append(stops[-1])  # the first begins the streams of its clusters
    assert taken[0] == taken[1] != []


async def _statements_of_a_stop(stage: Stage) -> list[str]:
    engine, said = stage.station.database.engine.sync_engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(" ".join(statement.split()[:3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        await stage.station.commanding.stop((), (), OFFICER)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return said


async def _siren_is_ready(stage: Stage) -> None:
    recording = await stage.recording(1, "Còi hú")
    async with stage.station.database.transaction() as session:
        row = await session.scalar(select(TemplateRow).filter_by(name="siren"))
        assert row
        row.recording_id = recording


async def test_a_stop_after_the_clock_was_set_back_means_what_sounds(stage: Stage) -> None:
    """A box spares what was due only after the press: by the station's clock that would be what is on the air."""
    await stage.programme("Bản tin", once("2026-11-23", "08:30"))
    airings = {airing.id: airing.start_us for airing in await stage.planned()}
    stage.clock.moment = Micros(max(airings.values()) + SECOND)
    for airing in airings:
        await stage.say(airing, State.PLAYING)
    stage.clock.pass_us(-50 * SECOND)
    await stage.station.commanding.stop((), (), OFFICER)
    (stop,) = await stage.stops()
    assert stop.given_us == max(airings.values()) > stage.clock.moment
    for airing in airings:
        await stage.say(airing, State.PLAYED)
    await stage.station.commanding.stop((), (), OFFICER)
    assert (await stage.stops())[-1].given_us == stage.clock.moment
