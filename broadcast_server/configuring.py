"""A box is told about itself: its place and its loudspeakers, signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.local_time import local
from broadcast_server.outbox import note_news
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.station import ClusterRow, LoudspeakerRow, StationRow
from speaker_client.protocol.config import BoxConfig, LoudspeakerConfig
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import DAY, BoxId, ClusterId, LoudspeakerNumber, Micros, VillageId
from speaker_client.protocol.statement import box_audience

CONFIG_LIFE = 10 * 365 * DAY
BACKDATED = DAY
"""A config is valid from a day before, for a box whose clock is a little behind."""


async def configure(session: AsyncSession, signing: Signing, box: BoxRow, now: Micros) -> Envelope:
    """Sign the box's config as the tables say it is, and put it in force for the box."""
    cluster = await session.get_one(ClusterRow, box.cluster_id)
    station = await session.get_one(StationRow, cluster.station_id)
    query = select(LoudspeakerRow).filter_by(cluster_id=cluster.id).order_by(LoudspeakerRow.number)
    loudspeakers = (await session.scalars(query)).all()
    draft = BoxConfig(
        station=signing.station,
        audience=box_audience(BoxId(box.id)),
        seq=DRAFT,
        not_before_us=now - BACKDATED,
        expires_us=now + CONFIG_LIFE,
        box=BoxId(box.id),
        cluster=ClusterId(cluster.id),
        cluster_name=cluster.name,
        village=VillageId(cluster.village_id),
        loudspeakers=tuple(_loudspeaker(row) for row in loudspeakers),
        hours_cb=_in_utc(cluster.hours_cb or (), station.zone, now),
    )
    sealed = await signing.seal(session, draft)
    box.config_seq, box.config = sealed.statement.seq, sealed.envelope.model_dump_json()
    return sealed.envelope


async def configure_missing(session: AsyncSession, signing: Signing, now: Micros) -> None:
    """Sign the configs that are not there: after a restore, those that the boxes have may be newer than ours."""
    query = select(BoxRow).where(BoxRow.config == "", BoxRow.revoked_us.is_(None))
    boxes = (await session.scalars(query)).all()
    for box in boxes:
        await configure(session, signing, box, now)
    if boxes:
        await note_news(session, signing.station, [ClusterId(box.cluster_id) for box in boxes], now)


def _in_utc(hours_cb: Sequence[int], zone: str, now: Micros) -> tuple[int, ...]:
    """The station's hours as a box counts them; Vietnam's clocks are set to whole hours and never set anew."""
    offset = local(zone, now).utcoffset() or timedelta()
    ahead = round(offset / timedelta(hours=1))
    return tuple(hours_cb[(hour + ahead) % len(hours_cb)] for hour in range(len(hours_cb)))


def _loudspeaker(row: LoudspeakerRow) -> LoudspeakerConfig:
    return LoudspeakerConfig(number=LoudspeakerNumber(row.number), gain_cb=row.gain_cb, muted=row.muted)
