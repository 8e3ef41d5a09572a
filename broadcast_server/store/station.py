"""Where the loudspeakers are: stations, villages, clusters, loudspeakers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.problem import Unfit
from broadcast_server.store.base import Base


class StationRow(Base):
    """One commune's station."""

    __tablename__ = "stations"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Ho_Chi_Minh")
    keyring: Mapped[str]
    """The root-signed keyring envelope in force, as JSON."""
    shelf: Mapped[str] = mapped_column(default="")
    """The signed shelf of emergency sounds, as JSON; empty before the first is ready."""
    quiet_from: Mapped[str] = mapped_column(default="21:00")
    quiet_until: Mapped[str] = mapped_column(default="05:00")
    """When only an emergency may sound, on the clocks of the zone, `HH:MM`; never, where both are the same."""
    voice: Mapped[str] = mapped_column(default="vi")
    """Whose accent a text is said in unless somebody chooses another: a Voice."""
    numbers: Mapped[str | None]
    """Which number words are said, a Region; None for those of the voice."""
    created_us: Mapped[int]


class VillageRow(Base):
    """A village, or the commune centre."""

    __tablename__ = "villages"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    name: Mapped[str]
    deleted_us: Mapped[int | None]


class ClusterRow(Base):
    """A place with one box and several loudspeakers."""

    __tablename__ = "clusters"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    village_id: Mapped[str] = mapped_column(ForeignKey("villages.id"))
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    """Order on screens."""
    deleted_us: Mapped[int | None]
    """It is gone; the log still names it."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    """Where it stands, in degrees; None until somebody said so."""
    keeper: Mapped[str] = mapped_column(default="")
    keeper_phone: Mapped[str] = mapped_column(default="")
    """Who can go and look, and where they are called."""
    rests_since_us: Mapped[int | None]
    rests_until_us: Mapped[int] = mapped_column(default=0)
    """It is, or was, switched off for a while: from when, and until when nothing but an emergency sounds there."""
    rests_by: Mapped[str] = mapped_column(default="")
    rests_why: Mapped[str] = mapped_column(default="")
    hours_cb: Mapped[list[Any] | None]
    """How much softer it is in each of the 24 hours of the station's day; None: the same all day."""


class LoudspeakerRow(Base):
    """One horn = one channel of its cluster's box."""

    __tablename__ = "loudspeakers"
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    gain_cb: Mapped[int] = mapped_column(default=0)
    muted: Mapped[bool] = mapped_column(default=False)
    heard: Mapped[bool | None]
    heard_us: Mapped[int | None]
    """Whether whoever stood beneath it at its last test heard it, and when they said so."""
    unheard: Mapped[int] = mapped_column(default=0)
    """How many broadcasts in a row its sensor found no sound of it."""


class NoStation(Unfit):
    """The database holds no station; `tienglang init` founds one."""


async def only_station(session: AsyncSession) -> StationRow:
    """The station of this database; NoStation if none was founded."""
    row = (await session.scalars(select(StationRow).order_by(StationRow.created_us).limit(1))).first()
    if row is None:
        raise NoStation("Chưa có trạm nào: hãy chạy `tienglang init`. / No station yet: run `tienglang init`.")
    return row
