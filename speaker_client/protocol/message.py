"""The form of everything on the wire."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Values that never change. What a newer side adds is ignored; what is never read is never compiled."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
