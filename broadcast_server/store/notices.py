"""What phones that are put away are told: the phones, the notices, and what became of each on its way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class PhoneRow(Base):
    """A browser that let the station tell it things: its address at a push service, and the keys it gave for it."""

    __tablename__ = "phones"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    session_hash: Mapped[str]
    """Of the session that gave it, which may have lapsed since: a phone in a pocket is still to be told."""
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    language: Mapped[str]
    """`vi` or `en`."""
    device: Mapped[str]
    """The browser's own name for itself, its user agent."""
    made_us: Mapped[int]
    seen_us: Mapped[int]
    """When the app there last said that it is still so."""
    told_us: Mapped[int | None]
    """When its push service last took a notice."""
    trouble: Mapped[str | None]
    """What the last try came to, if to nothing: `unreachable`, `http_500`."""


class NoticeRow(Base):
    """Something that is told; see push.notices.Notice."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("station_id", "key"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    key: Mapped[str]
    kind: Mapped[str]
    tag: Mapped[str]
    place: Mapped[str]
    words: Mapped[dict[str, Any]]
    """`{"vi": {"title": …, "body": …}, "en": …}`."""
    to_right: Mapped[str | None]
    but_name: Mapped[str | None]
    only_user: Mapped[str | None]
    at_us: Mapped[int] = mapped_column(index=True)
    expires_us: Mapped[int]


class DeliveryRow(Base):
    """A notice on its way to a phone. `next_us` is when it is tried next, null when it has ended: `outcome` says how,
    `taken`, `gone`, `expired`, `superseded` by a newer one of the same matter, or `http_…` for a push service that will
    not have it."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("notice_id", "phone_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    phone_id: Mapped[str | None] = mapped_column(ForeignKey("phones.id", ondelete="SET NULL"), index=True)
    tries: Mapped[int]
    next_us: Mapped[int | None] = mapped_column(index=True)
    outcome: Mapped[str | None]


class ReminderRow(Base):
    """Somebody wants to be told when a cluster is there again."""

    __tablename__ = "reminders"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id"), primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    made_us: Mapped[int]
