"""Relays: the sources that the officer keeps, and what became of each relayed occurrence."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class RelaySourceRow(Base):
    """Where sound can be relayed from; see relay.source.Source."""

    __tablename__ = "relay_sources"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    address: Mapped[str]
    probed: Mapped[dict[str, Any] | None]
    """The last probe, as in RelayRow.probes; None before the first."""
    made_by: Mapped[str]
    made_us: Mapped[int]
    deleted_us: Mapped[int | None]


class RelayRow(Base):
    """What the station knows of one relayed occurrence, whatever the number of its clusters."""

    __tablename__ = "relays"
    occurrence_id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    programme_id: Mapped[str]
    title: Mapped[str]
    start_us: Mapped[int] = mapped_column(index=True)
    end_us: Mapped[int]
    probes: Mapped[list[Any]]
    """`{"source": id, "name": …, "ok": …, "reason": …, "vi": …, "en": …, "level_db": …, "at_us": …}`, the earliest
    first."""
    switches: Mapped[list[Any]]
    """`{"at_us": …, "reason": …, "old": name | null, "new": name | null, "vi": …, "en": …}`, in their order."""
