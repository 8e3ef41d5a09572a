"""Ed25519 over envelopes: the one file on the wire that touches a cryptography library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from nacl import signing
from nacl.exceptions import CryptoError

from speaker_client.protocol.envelope import MOST_SIGNATURES, Envelope, KeyId, Signature, message


class SigningKey:
    """A private key and its id."""

    def __init__(self, private: signing.SigningKey) -> None:
        self._private = private
        self.public: str = bytes(private.verify_key).hex()
        self.id = key_id(self.public)

    @classmethod
    def born(cls) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(signing.SigningKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed, as it is kept on disk."""
        return cls(signing.SigningKey(seed))

    def seed(self) -> bytes:
        """The 32 bytes to keep, readable by the owner alone."""
        return bytes(self._private)

    def sign(self, text: str) -> Signature:
        """Our word for a payload's text."""
        return Signature(key=self.id, value=self._private.sign(message(text)).signature.hex())


def key_id(public: str) -> KeyId:
    """The short name of a public key given in hex."""
    return KeyId(hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16])


def seal(payload: str, keys: Sequence[SigningKey]) -> Envelope:
    """The payload's text with one signature a key."""
    return Envelope(payload=payload, signatures=tuple(key.sign(payload) for key in keys))


def signed_by(envelope: Envelope, public: str) -> bool:
    """Whether one of the signatures is a true one by this public key (hex)."""
    key = key_id(public)
    return any(_true(one, public, envelope.payload) for one in envelope.signatures[:MOST_SIGNATURES] if one.key == key)


def _true(signature: Signature, public: str, payload: str) -> bool:
    try:
        signing.VerifyKey(bytes.fromhex(public)).verify(message(payload), bytes.fromhex(signature.value))
    except (CryptoError, ValueError):
        return False
    return True
