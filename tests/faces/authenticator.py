"""A phone's authenticator made of software: ES256, discoverable, with a counter; every field can be spoilt."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from broadcast_server.people.client_data import base64url, from_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Credential:
    """A passkey as the phone keeps it."""

    site: str
    user_handle: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0


@dataclass
class Authenticator:
    """A phone whose browser shows the page at `origin`. `flags`: what it says of whoever holds it."""

    origin: str
    flags: int = PRESENT | VERIFIED
    credentials: list[Credential] = field(default_factory=list)

    def create(self, options: dict[str, Any], called: bytes | None = None, **spoilt: Any) -> dict[str, Any]:
        """`navigator.credentials.create(options).toJSON()`; `called`: the credential id in place of a random one."""
        one = Credential(options["rp"]["id"], options["user"]["id"])
        one.id = called or one.id
        self.credentials.append(one)
        point = one.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        about = bytes(16) + len(one.id).to_bytes(2) + one.id + cbor2.dumps(cose)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._said(one, ATTESTED) + about}
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"], **spoilt),
            "attestationObject": base64url(cbor2.dumps(attestation)),
        }
        return self._credential(one, response)

    def get(self, options: dict[str, Any], **spoilt: Any) -> dict[str, Any]:
        """`navigator.credentials.get(options).toJSON()`, by the newest passkey of that site."""
        one = next(one for one in reversed(self.credentials) if one.site == options["rpId"])
        one.count += 1
        client_data = self._client_data("webauthn.get", options["challenge"], **spoilt)
        said = self._said(one)
        signed = one.key.sign(said + hashlib.sha256(from_base64url(client_data)).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": base64url(said),
            "signature": base64url(signed),
            "userHandle": one.user_handle,
        }
        return self._credential(one, response)

    def _client_data(self, kind: str, challenge: str, **spoilt: Any) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | spoilt
        return base64url(json.dumps(said).encode())

    def _said(self, one: Credential, more: int = 0) -> bytes:
        return hashlib.sha256(one.site.encode()).digest() + bytes([self.flags | more]) + one.count.to_bytes(4)

    def _credential(self, one: Credential, response: dict[str, Any]) -> dict[str, Any]:
        name = base64url(one.id)
        about = {"id": name, "rawId": name, "type": "public-key", "authenticatorAttachment": "platform"}
        return about | {"response": response, "clientExtensionResults": {}}
