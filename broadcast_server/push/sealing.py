"""Web push as the standards write it: a notice only that phone can read (RFC 8291), signed for its push service
(RFC 8292). The one file that touches the libraries for it; import it when there is something to send."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

LARGEST_NOTICE = 3_500
"""Bytes that fit into the one record of 4,096 that every push service takes."""
_POINT, _SECRET = 65, 16


@dataclass(frozen=True)
class PhoneKeys:
    """What a phone gave with its address: its public point and a secret that only it and we know."""

    p256dh: bytes
    auth: bytes


def phone_keys(p256dh: str, auth: str) -> PhoneKeys:
    """Both from base64url; ValueError for what no phone makes."""
    keys = PhoneKeys(_bytes(p256dh), _bytes(auth))
    if len(keys.p256dh) != _POINT or len(keys.auth) != _SECRET:
        raise ValueError("the keys of a phone have 65 and 16 bytes")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.p256dh)
    return keys


def born() -> tuple[str, str]:
    """A new key of the station's: the secret half, and the public half that phones are given; base64url."""
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _text(secret), _text(public)


def public_of(secret: str) -> str:
    """The public half; ValueError if this is no secret half."""
    if len(_bytes(secret)) != 32:
        raise ValueError("the secret half has 32 bytes")
    key = Vapid02.from_raw(secret.encode()).public_key
    return _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def sealed(notice: bytes, keys: PhoneKeys) -> bytes:
    """The body that the push service carries and cannot read: `Content-Encoding: aes128gcm`."""
    assert len(notice) <= LARGEST_NOTICE
    passing = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(
        notice, private_key=passing, dh=keys.p256dh, auth_secret=keys.auth, version="aes128gcm"
    )
    return body


def signed(secret: str, audience: str, contact: str, until_s: int) -> str:
    """The `Authorization` for a push service: who we are, whom to write to, until when it holds (a day at most)."""
    claims = {"aud": audience, "sub": contact, "exp": until_s}
    header: str = Vapid02.from_raw(secret.encode()).sign(claims)["Authorization"]
    return header


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64url: {text[:20]}") from error


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
