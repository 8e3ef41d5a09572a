"""What a box pulls over HTTP: everything that is in force for it, under one entity tag."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from speaker_client.protocol.envelope import Envelope


class Bundle(BaseModel):
    """The keyring, this box's config, its cluster's plan and the commands still worth obeying."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    keyring: Envelope
    config: Envelope
    plan: Envelope | None = None
    inbox: tuple[Envelope, ...] = ()
