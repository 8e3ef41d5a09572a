"""A commune's loudspeakers: three or twenty-one of them, what they do, and what is said of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from broadcast_server.emergency_templates import EMERGENCY
from broadcast_server.ordering import Wish
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow
from speaker_client.protocol.ids import HOUR, BoxId
from tests.app.phone import Phone
from tests.faces.office import Office
from tests.server_fleet.bell import bell


async def furnish(office: Office) -> None:
    """Three loudspeakers on the office's cluster, whose box is heard of; a second cluster whose box never was."""
    station = office.station
    async with station.database.transaction() as session:
        session.add_all(
            LoudspeakerRow(cluster_id="c", number=number, station_id=station.station_id) for number in (2, 3)
        )
        session.add(ClusterRow(id="far", station_id=station.station_id, village_id="v", name="Bãi bồi", position=1))
        await session.flush()
        session.add(LoudspeakerRow(cluster_id="far", number=1, station_id=station.station_id))
        box = {"public": "1" * 64, "access_hash": "", "enrolled_us": 0}
        session.add(BoxRow(id="farbox", station_id=station.station_id, cluster_id="far", **box))
    await station.doors.refresh()
    await heard_of(office, BoxId("b"))


async def heard_of(office: Office, box: BoxId) -> None:
    office.station.monitoring.spoke(box)
    await office.station.feeding.look()


async def commune(office: Office) -> list[str]:
    """Twenty-one loudspeakers: one on a cluster whose box was never heard of, five on each of four others: those."""
    await furnish(office)
    station, more = office.station, ["c2", "c3", "c4"]
    horns = [("c", number) for number in (4, 5)] + [(one, number) for one in more for number in range(1, 6)]
    async with station.database.transaction() as session:
        for position, one in enumerate(more, 2):
            cluster = ClusterRow(
                id=one, station_id=station.station_id, village_id="v", name=f"Ngõ {one}", position=position
            )
            session.add(cluster)
            await session.flush()
            box = {"public": f"{position}" * 64, "access_hash": "", "enrolled_us": 0}
            session.add(BoxRow(id=f"box-{one}", station_id=station.station_id, cluster_id=one, **box))
        session.add_all(LoudspeakerRow(cluster_id=c, number=n, station_id=station.station_id) for c, n in horns)
    await station.doors.refresh()
    for one in more:
        await heard_of(office, BoxId(f"box-{one}"))
    return ["c", *more]


async def sounding_at(office: Office, *clusters: str, rounds: int = 1) -> None:
    """A flood emergency was ordered everywhere, and sounds at those clusters alone."""
    station = office.station
    await bell(station)
    async with station.database.transaction() as session:
        await session.execute(update(TemplateRow).values(recording_id="rec"))
    order = await station.ordering.sound(Wish(EMERGENCY, "flood", ("all",), rounds, "emergency:12345678"), "hoa")
    async with station.database.transaction() as session:
        there = select(AiringRow).filter_by(order_id=order.id).where(AiringRow.cluster_id.in_(clusters))
        for airing in await session.scalars(there):
            airing.state, airing.accepted_us, airing.started_us = "PLAYING", order.made_us, order.made_us
    await station.feeding.look()


def measured(airing: AiringRow, number: int, sounded: bool) -> dict[str, Any]:
    """What a sensor said of one loudspeaker."""
    level, surely = (-1250, 93) if sounded else (-9000, 0)
    said = {"loudspeakers": [number], "sounded": sounded, "level_cb": level, "confidence_pct": surely}
    return {**said, "at_us": airing.started_us, "sensor": "line_current", "simulated": False}


CRACKLES = {"cluster": "c", "matter": "broken", "text": "Loa số 2 rè từ hôm qua"}


async def tell(held: Phone, *words: dict[str, str]) -> None:
    """Somebody beneath a horn does, three hours ago by the phone's clock."""
    async with held.office.visitor() as visitor:
        for word in words:
            assert (await visitor.post("/report", data=word)).status_code == 303
    held.office.clock.at_us += 3 * HOUR
    await held.page.reload()
