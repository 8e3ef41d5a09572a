"""The broadcast log: every airing with its one end, what people added, and the signed plans that announced them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base

OPEN = text("airings.state IN ('PENDING', 'PLAYING', 'UNKNOWN')")
"""What has not its one end yet: few rows, where the log of ten years has hundreds of thousands."""
UNDECIDED = text("state IN ('PENDING', 'PLAYING')")
"""As literals: SQLite uses a partial index only for a query that says so in the index's own words."""


class AiringRow(Base):
    """One occurrence on one cluster (and, after it was withdrawn and came back, one revision)."""

    __tablename__ = "airings"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "cluster_id", "revision"),
        Index("ix_airings_station_start", "station_id", "start_us"),
        Index("ix_airings_undecided", "station_id", "end_us", sqlite_where=UNDECIDED),
        Index("ix_airings_open", "cluster_id", sqlite_where=text(OPEN.text.removeprefix("airings."))),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"))
    occurrence_id: Mapped[str]
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), index=True)
    revision: Mapped[int]
    order_id: Mapped[str | None] = mapped_column(index=True)
    """The emergency or drill that it carries out; None for the timetable's."""
    sent_us: Mapped[int | None]
    """When the order, or the first plan that carried it, was signed and given out."""
    accepted_us: Mapped[int | None]
    """When the box is known to have had it on its disk: obeyed the order, or accepted a plan that carried it."""
    programme_id: Mapped[str]
    title: Mapped[str]
    priority: Mapped[int]
    scheduled_us: Mapped[int]
    """Where the timetable set it, before any delay."""
    start_us: Mapped[int]
    """When it is due; `end_us` when it should be over, `until_us` the last moment it may sound."""
    end_us: Mapped[int]
    until_us: Mapped[int]
    planned: Mapped[dict[str, Any] | None]
    """The PlannedAiring as published, None if it never was."""
    delayed_by: Mapped[str | None]
    """The occurrence that has the floor last before it begins late; `interrupted_by` takes it from it last."""
    interrupted_by: Mapped[str | None]
    first_plan: Mapped[int | None]
    """Seq of the first plan that carried it."""
    withdrawn_plan: Mapped[int | None]
    """Seq of the first plan that no longer did."""
    withdrawn_by: Mapped[str | None]
    """Who withdrew it from the plan, or stopped the order."""
    state: Mapped[str]
    """PENDING, PLAYING, UNKNOWN or one of the ends; see fleet.ledger."""
    reason: Mapped[str | None]
    by: Mapped[str | None]
    started_us: Mapped[int | None]
    error_us: Mapped[int | None]
    sounded_us: Mapped[int | None]
    evidence: Mapped[int | None]
    """The highest step of the ladder that was reported; see speaker_client.protocol.report.Evidence."""
    measured: Mapped[list[Any] | None]
    """What sensors said of it (fleet.soundings), None while none has."""
    report: Mapped[dict[str, Any] | None]
    """The box's last word (its AiringEnded), None before."""
    decided_us: Mapped[int | None]


class RemarkRow(Base):
    """A sentence that somebody added to a broadcast in the log. Appended only: nothing changes or removes it."""

    __tablename__ = "remarks"
    id: Mapped[str] = mapped_column(primary_key=True)
    """The key with which it was sent."""
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    occurrence_id: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    by: Mapped[str]
    by_name: Mapped[str]
    """What they were called then."""
    made_us: Mapped[int]


class PlanRow(Base):
    """The plan in force for a cluster."""

    __tablename__ = "plans"
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    seq: Mapped[int]
    made_us: Mapped[int]
    until_us: Mapped[int]
    digest: Mapped[str]
    """Hash of what is planned, to tell news from a mere renewal."""
    envelope: Mapped[str]
