"""What was put here to try the station out, by name and not by guess."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class SampleRow(Base):
    """A village, cluster, box, recording or programme of the sample data, until that is removed."""

    __tablename__ = "samples"
    subject: Mapped[str] = mapped_column(primary_key=True)
    """Its id."""
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    kind: Mapped[str]
    made_us: Mapped[int]
