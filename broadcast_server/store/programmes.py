"""What is to be heard: programmes, their items and targets, the rules that say when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class ProgrammeRow(Base):
    """A programme = ordered items for some targets at one priority."""

    __tablename__ = "programmes"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    title: Mapped[str]
    priority: Mapped[int]
    targets: Mapped[list[Any]]
    """`"all"`, `"village:ID"`, `"cluster:ID"`, `"loudspeaker:CLUSTER:N"`."""
    grace_us: Mapped[int]
    if_busy: Mapped[str]
    if_interrupted: Mapped[str]
    gain_cb: Mapped[int] = mapped_column(default=0)
    """How much softer it is than others, in hundredths of a decibel."""
    relay: Mapped[dict[str, Any] | None]
    """`{"sources": [ids in order], "length_s": …}`; its items are then what is played while no source sounds."""
    announcement: Mapped[bool] = mapped_column(default=False)
    """Made for one announcement; it is put away when that has had its time."""
    made_by: Mapped[str]
    made_us: Mapped[int]
    deleted_us: Mapped[int | None]


class ProgrammeItemRow(Base):
    """One item of a programme's running order; it points at a library item."""

    __tablename__ = "programme_items"
    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))


class RuleRow(Base):
    """When a programme plays, in local wall time."""

    __tablename__ = "rules"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programmes.id"), index=True)
    recurrence: Mapped[dict[str, Any]]
    """`{"kind": "once" | "daily" | "weekly" | "monthly" | "rrule", "days": […], "text": "…"}`."""
    first_day: Mapped[str]
    last_day: Mapped[str | None]
    times: Mapped[list[Any]]
    """Local times `HH:MM[:SS]`."""
    exceptions: Mapped[list[Any]]
    """Local dates on which it does not play."""
    zone: Mapped[str]
    made_by: Mapped[str]
    made_us: Mapped[int]
    deleted_us: Mapped[int | None]
