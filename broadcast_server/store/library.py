"""The library: recordings ready to air, and the intakes that make them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class RecordingRow(Base):
    """A named piece of sound in the library; several may share one content."""

    __tablename__ = "recordings"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    title: Mapped[str]
    content: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    duration_us: Mapped[int]
    original: Mapped[str]
    original_size: Mapped[int]
    original_name: Mapped[str]
    kind: Mapped[str]
    """speech or music."""
    loudness_before_lufs: Mapped[float]
    loudness_lufs: Mapped[float]
    true_peak_dbtp: Mapped[float]
    peaks: Mapped[list[Any]]
    voice: Mapped[str | None]
    """The engine that spoke it, None for a recording."""
    text: Mapped[str | None]
    source_id: Mapped[str | None]
    """The recording from whose original this one was cut."""
    cuts: Mapped[list[Any] | None]
    """By which cuts, one after the other; their times are those of what was left before."""
    made_by: Mapped[str]
    made_us: Mapped[int]
    deleted_us: Mapped[int | None]


class IntakeRow(Base):
    """An upload or a text on its way to a recording: received, working, ready, refused, failed."""

    __tablename__ = "intakes"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    state: Mapped[str] = mapped_column(index=True)
    step: Mapped[str] = mapped_column(default="received")
    permille: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often work on it was begun; one that keeps taking the server down is given up."""
    title: Mapped[str]
    original_name: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)
    """Bytes received; 0 for a text."""
    kind: Mapped[str | None]
    text: Mapped[str | None]
    """What is to be spoken; None for an upload."""
    source_id: Mapped[str | None]
    cuts: Mapped[list[Any] | None]
    """As of the recording that it is to become."""
    announce: Mapped[dict[str, Any] | None]
    """What to do once it is ready: `{"targets": […], "at_us": int | None, "times", "voice", "pace"}`; None = only keep
    it."""
    manner: Mapped[dict[str, Any] | None]
    """How a text is said that is only kept: `{"voice", "pace"}`, and `"words"` if it was read already; None = as the
    station speaks."""
    recording_id: Mapped[str | None]
    programme_id: Mapped[str | None]
    """The programme an announcement became."""
    refusal: Mapped[dict[str, Any] | None]
    """`{"code", "vi", "en"}` when refused or failed."""
    made_by: Mapped[str]
    made_us: Mapped[int]


class UploadRow(Base):
    """An upload that comes in parts and is not whole yet; once it is, the intake of the same id takes its place."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    size: Mapped[int]
    """Bytes it will have."""
    held: Mapped[int] = mapped_column(default=0)
    """Bytes from the start that are durably on disk."""
    described: Mapped[str]
    """What its sender says of it: the header `Upload-Metadata` of tus."""
    made_by: Mapped[str]
    made_us: Mapped[int]
    touched_us: Mapped[int]
    """When bytes last came."""
