"""Emergencies and drills: the templates that are ready beforehand, and what was ordered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class TemplateRow(Base):
    """Something prepared. It may be ordered once its sound is a recording."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("station_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    name: Mapped[str]
    """Stable, in code: flood, storm, fire, siren, correction, all_clear, drill."""
    kind: Mapped[str]
    """emergency or drill."""
    title: Mapped[str]
    text: Mapped[str | None]
    """What is spoken; None for one that is a sound of our own."""
    lead: Mapped[str | None]
    """The template that sounds before it in every round."""
    cuts: Mapped[list[Any] | None]
    """`[from_us, duration_us]` of each phrase in a sound that is many, joined."""
    rounds: Mapped[int]
    position: Mapped[int]
    recording_id: Mapped[str | None]
    """What sounds."""
    accent: Mapped[list[Any] | None]
    """How that is said, `[voice, numbers, digest]`: see `template_voice`; None for a sound of our own."""
    intake_id: Mapped[str | None]
    """The intake that makes its sound, or made it."""
    coming: Mapped[dict[str, Any] | None]
    """What is being made: `{"accent", "cuts"}`; once it lies on the shelf beside what it replaces also `"recording"`,
    and `"from_us"`, when it takes that one's place."""


class OrderRow(Base):
    """An emergency, a drill or a live voice that was accepted; what became of it is in its airings."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("station_id", "key"),
        Index("ix_orders_station_made", "station_id", "made_us"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"))
    key: Mapped[str]
    """The caller's idempotency key: the same key is the same order."""
    kind: Mapped[str]
    template: Mapped[str]
    """Empty for a text and for a live voice."""
    text: Mapped[str | None]
    """What was typed and spoken; None for everything else."""
    lead: Mapped[str | None]
    """What was to go before it; None for everything else."""
    title: Mapped[str]
    targets: Mapped[list[Any]]
    rounds: Mapped[int]
    made_by: Mapped[str]
    made_us: Mapped[int]
    expires_us: Mapped[int] = mapped_column(index=True)
    """The last moment at which it may begin."""
    until_us: Mapped[int]
    """When it is over, whatever has sounded."""
    closed_us: Mapped[int | None]
    """When a live voice was ended here."""
    sound_sha256: Mapped[str | None]
    """Of the PCM that a live voice came as; the intake `intake_id` made a recording of it."""
    intake_id: Mapped[str | None]


class SpokenRow(Base):
    """A sound that was made for one order from its text. Its file goes when the log is asked no more: see
    `library.recordings`; what it was stays."""

    __tablename__ = "spoken"
    __table_args__ = (UniqueConstraint("order_id", "content"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    content: Mapped[str] = mapped_column(index=True)
    """SHA-256 of its file, by which the boxes fetch it."""
    size: Mapped[int]
    """Bytes."""
    duration_us: Mapped[int]
    position: Mapped[int]
    """From 0, in the order in which they make up the text."""
