"""Boxes, the codes that let them in, their journals as received, and the commands for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class EnrolmentCodeRow(Base):
    """A one-time code for a cluster; only the hash of its secret is kept."""

    __tablename__ = "enrolment_codes"
    secret_hash: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"))
    made_by: Mapped[str]
    expires_us: Mapped[int]
    used_us: Mapped[int | None]
    used_by: Mapped[str | None]
    """The box that came in with it."""


class BoxRow(Base):
    """A physical box. The newest unrevoked box of a cluster serves it."""

    __tablename__ = "boxes"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), index=True)
    public: Mapped[str]
    access_hash: Mapped[str]
    """SHA-256 of the box's access secret (256 random bits, so no slow hash is needed)."""
    broker_hash: Mapped[str] = mapped_column(default="")
    """The same secret as Mosquitto's password file wants it."""
    software: Mapped[str] = mapped_column(default="")
    protocol: Mapped[int] = mapped_column(default=1)
    enrolled_us: Mapped[int]
    revoked_us: Mapped[int | None]
    seen_us: Mapped[int | None]
    """When it last spoke, by any road."""
    heartbeat: Mapped[dict[str, Any] | None]
    """Its last heartbeat's payload."""
    config_seq: Mapped[int] = mapped_column(default=0)
    config: Mapped[str] = mapped_column(default="")
    """The signed config envelope in force, as JSON."""
    plan_acked: Mapped[int] = mapped_column(default=0)
    """Highest plan seq that its journal says it accepted."""
    report_n: Mapped[int] = mapped_column(default=0)
    report_head: Mapped[str] = mapped_column(default="0" * 64)
    gap_forgiven: Mapped[bool] = mapped_column(default=False)
    """Set by a restore from a backup: what it no longer holds itself need not come before what follows."""


class PresenceSpanRow(Base):
    """From when until when a cluster's box was there (`up`) or not. Between two spans nobody watched."""

    __tablename__ = "presence_spans"
    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), index=True)
    up: Mapped[bool]
    from_us: Mapped[int]
    until_us: Mapped[int] = mapped_column(index=True)


class ReportRow(Base):
    """One line of a box's journal, as its exact text; never changed."""

    __tablename__ = "reports"
    box_id: Mapped[str] = mapped_column(ForeignKey("boxes.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    received_us: Mapped[int]
    text: Mapped[str]


WHERE_STREAMS_BEGIN = ("", "", "")
"""Key, kind and audience of the row above which new streams begin: a restore sets it, since a backup does not know the
streams that began after it."""


class StreamRow(Base):
    """The last sequence number signed on a stream (key, kind, audience): never goes back."""

    __tablename__ = "streams"
    key_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class CommandRow(Base):
    """A signed command in the inbox of an audience until it expires."""

    __tablename__ = "commands"
    __table_args__ = (
        UniqueConstraint("station_id", "audience", "kind", "seq"),
        Index("ix_commands_inbox", "station_id", "audience", "expires_us"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    audience: Mapped[str]
    kind: Mapped[str]
    order_id: Mapped[str | None] = mapped_column(index=True)
    """The emergency or drill that it carries; None for a stop."""
    seq: Mapped[int]
    made_by: Mapped[str]
    made_us: Mapped[int]
    expires_us: Mapped[int] = mapped_column(index=True)
    envelope: Mapped[str]


class StopNameRow(Base):
    """An airing that a stop names: once the box has reported its end, it need not hear of that stop any more."""

    __tablename__ = "stop_names"
    command_id: Mapped[str] = mapped_column(ForeignKey("commands.id", ondelete="CASCADE"), primary_key=True)
    airing_id: Mapped[str] = mapped_column(primary_key=True)


class OutboxRow(Base):
    """A box that has news to be told; deleted once its hint was handed to the broker, or it says that it has them."""

    __tablename__ = "outbox"
    box_id: Mapped[str] = mapped_column(ForeignKey("boxes.id"), primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    since_us: Mapped[int]
    """When the oldest of the news was made that it was not told yet."""
    changes: Mapped[int] = mapped_column(default=1)
    """How often there was news since: only what was told to the last is deleted."""


class FaultRow(Base):
    """Something is, or was, wrong with a box; open while `cleared_us` is None."""

    __tablename__ = "faults"
    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    box_id: Mapped[str] = mapped_column(ForeignKey("boxes.id"), index=True)
    code: Mapped[str]
    detail: Mapped[str]
    raised_us: Mapped[int]
    cleared_us: Mapped[int | None] = mapped_column(index=True)
