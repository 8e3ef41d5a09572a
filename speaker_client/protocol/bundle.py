"""What a box pulls over HTTP: everything that is in force for it, under one entity tag."""

from __future__ import annotations

import hashlib

from pydantic import ValidationError

from speaker_client.protocol.envelope import Envelope, Malformed, strict_json
from speaker_client.protocol.message import Message

LONGEST_WAIT_S = 300
"""A station that was asked what is new answers by then, if only that nothing is."""


class Bundle(Message):
    """The keyring, this box's config, the emergency shelf, its cluster's plan and the orders still worth obeying."""

    keyring: Envelope
    config: Envelope
    shelf: Envelope | None = None
    plan: Envelope | None = None
    inbox: tuple[Envelope, ...] = ()


def read_bundle(data: bytes) -> Bundle:
    """The bundle in an answer of the station; Malformed if it is none."""
    try:
        return Bundle.model_validate(strict_json(data.decode()))
    except (UnicodeDecodeError, ValidationError) as error:
        raise Malformed("not a bundle") from error


def bundle_tag(data: bytes) -> str:
    """The entity tag of a bundle's bytes (32 hex digits).

    Whoever received them works it out anew: a tag that was merely said could hide what was changed on the road.
    """
    return hashlib.sha256(data).hexdigest()[:32]
