"""The form of everything on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Message(BaseModel):
    """Values that never change. What a newer side adds is ignored; what is never read is never compiled."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class SparseMessage(Message):
    """One that comes by the thousand: what is None, and nothing else by default, is not said."""

    @model_serializer(mode="wrap")
    def _said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in whole(self).items() if value is not None}
