"""What the people of the commune told the station."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast_server.store.base import Base


class ComplaintRow(Base):
    """A horn is broken or too loud, says somebody. Neither name nor number is asked for."""

    __tablename__ = "complaints"
    id: Mapped[str] = mapped_column(primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    cluster_id: Mapped[str | None] = mapped_column(ForeignKey("clusters.id"))
    """None for whoever does not know which one it is."""
    matter: Mapped[str]
    text: Mapped[str]
    made_us: Mapped[int]
    closed_us: Mapped[int | None]
    closed_by: Mapped[str | None]
    done: Mapped[str | None]
    """What was done about it, in the words of whoever closed it."""
