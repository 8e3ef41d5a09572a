"""Who may do what, and what they did."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class UserRow(Base):
    """A named account; never shared."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("station_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    name: Mapped[str]
    full_name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    """See api.access: officer, chairman, technician, viewer, admin."""
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False)
    """Set for a one-time password."""
    disabled_us: Mapped[int | None]
    made_us: Mapped[int]


class SessionRow(Base):
    """A signed-in browser; only the hash of its secret is kept."""

    __tablename__ = "sessions"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    """What it is called where it is shown; opens nothing."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    station_id: Mapped[str] = mapped_column(index=True)
    made_us: Mapped[int]
    used_us: Mapped[int]
    device: Mapped[str] = mapped_column(default="")
    """The browser's own name for itself, its user agent."""
    address: Mapped[str] = mapped_column(default="")
    """Where it was last used from."""


class ApiTokenRow(Base):
    """A token for the command line or a program; only its hash is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    station_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    made_us: Mapped[int]
    expires_us: Mapped[int | None]


class PasskeyRow(Base):
    """A key pair of which a phone holds the secret half: it signs in without a password."""

    __tablename__ = "passkeys"
    id: Mapped[str] = mapped_column(primary_key=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    """What the phone calls it, in base64url."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    station_id: Mapped[str] = mapped_column(index=True)
    site: Mapped[str]
    """The host name it was made for (RP id); it opens no other."""
    public_key: Mapped[str]
    """COSE key in base64url."""
    sign_count: Mapped[int]
    """How often it has signed, by its own count; 0 for one that does not count."""
    synced: Mapped[bool]
    """Whether the phone's maker keeps a copy of the secret half."""
    name: Mapped[str]
    made_us: Mapped[int]
    used_us: Mapped[int | None]


class LoginAttemptRow(Base):
    """An attempt to log in, to slow the next one down; what `subject` is, `people.throttle` says."""

    __tablename__ = "login_attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    at_us: Mapped[int]


class AuditRow(Base):
    """Who did what; appended only."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(index=True)
    at_us: Mapped[int]
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
