"""The signed envelope: the very bytes that were signed, and who signed them.

`{"payload": <canonical JSON text>, "signatures": [{"key": <key id>, "value": <hex>}]}`. The signature is over
a domain tag and the payload's bytes as sent, so nothing is re-serialised before it is checked. Several
signatures have room from the first message; how many a role needs is said by the keyring.
"""

from __future__ import annotations

import json
from typing import Any, NewType

from pydantic import ValidationError, field_validator

from speaker_client.protocol.message import Message

KeyId = NewType("KeyId", str)
"""First 16 hex digits of the SHA-256 of an Ed25519 public key."""

DOMAIN = b"TIENGLANG-V1\0"
LARGEST_COMMAND = 8 * 1024
LARGEST_DOCUMENT = 1024 * 1024
MOST_SIGNATURES = 8
"""Whatever follows them is not looked at: each costs a box much more than whoever made it up."""


class Malformed(Exception):
    """Not an envelope, or a payload that is not canonical; never worth a second look."""


class Signature(Message):
    """One key's word for the payload; `value` is 128 hex digits."""

    key: KeyId
    value: str


class Envelope(Message):
    """A payload and the signatures over it."""

    payload: str
    signatures: tuple[Signature, ...]

    @field_validator("payload")
    @classmethod
    def _has_bytes(cls, payload: str) -> str:
        """Half a surrogate pair is a text that no bytes stand for: nobody can have signed it, nor can it be named."""
        payload.encode()
        return payload

    def encode(self) -> bytes:
        """The bytes that travel."""
        return self.model_dump_json().encode()


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, integers only (RFC 8785 for what we send)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def message(payload: str) -> bytes:
    """The bytes a signature is over."""
    return DOMAIN + payload.encode()


def parse(data: bytes, largest: int = LARGEST_COMMAND) -> Envelope:
    """The envelope in `data`; size is looked at before anything is parsed. Malformed otherwise."""
    if len(data) > largest:
        raise Malformed(f"{len(data)} bytes, at most {largest} are read")
    try:
        return Envelope.model_validate(strict_json(data.decode()))
    except (UnicodeDecodeError, ValidationError) as error:
        raise Malformed("not an envelope") from error


def payload_of(envelope: Envelope) -> dict[str, Any]:
    """The payload's object, if its text is canonical; Malformed otherwise."""
    value = strict_json(envelope.payload)
    if not isinstance(value, dict) or canonical(value) != envelope.payload:
        raise Malformed("payload is not canonical")
    return value


def strict_json(text: str) -> Any:
    """The value of a text that every reader reads alike: no key twice, no fractions, no integer beyond 2^53."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_no_twice,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_small,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("not strict JSON") from error


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is not an integer")


def _small(text: str) -> int:
    value = int(text) if len(text) < 18 else 1 << 60
    if abs(value) > 2**53:
        raise ValueError("an integer beyond 2^53")
    return value
