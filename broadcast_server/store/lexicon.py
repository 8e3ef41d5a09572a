"""How names, places and abbreviations are read at a station."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class LexiconRow(Base):
    """An entry of the station's own dictionary, as `audio_library.speech.reading.entry` makes it."""

    __tablename__ = "lexicon"
    __table_args__ = (UniqueConstraint("station_id", "spelling"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"))
    written: Mapped[str]
    said: Mapped[str]
    spelling: Mapped[str]
    """What is alike for all spellings of `written`: there is one entry for them."""
    made_by: Mapped[str]
    made_us: Mapped[int]
