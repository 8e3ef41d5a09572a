"""Ed25519 over envelopes: the one file on the wire that touches the cryptography library."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from speaker_client.protocol.envelope import Envelope, KeyId, Signature, message


class SigningKey:
    """A private key and its id."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: str = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.id = key_id(self.public)

    @classmethod
    def born(cls) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed, as it is kept on disk."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def seed(self) -> bytes:
        """The 32 bytes to keep, readable by the owner alone."""
        return self._private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    def sign(self, text: str) -> Signature:
        """Our word for a payload's text."""
        return Signature(key=self.id, value=self._private.sign(message(text)).hex())


def key_id(public: str) -> KeyId:
    """The short name of a public key given in hex."""
    return KeyId(hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16])


def seal(payload: str, keys: Sequence[SigningKey]) -> Envelope:
    """The payload's text with one signature a key."""
    return Envelope(payload=payload, signatures=tuple(key.sign(payload) for key in keys))


def signed_by(envelope: Envelope, public: str) -> bool:
    """Whether one of the signatures is a true one by this public key (hex)."""
    key = key_id(public)
    return any(_true(one, public, envelope.payload) for one in envelope.signatures if one.key == key)


def _true(signature: Signature, public: str, payload: str) -> bool:
    try:
        verifier = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        verifier.verify(bytes.fromhex(signature.value), message(payload))
    except (InvalidSignature, ValueError):
        return False
    return True
