"""The arithmetic of passkeys, by the library `webauthn`: loaded with the first passkey that is made or used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcast_server.people.client_data import base64url, from_base64url
from broadcast_server.people.relying_party import RelyingParty
from broadcast_server.problem import Problem

log = logging.getLogger(__name__)

ALGORITHMS = (-8, -7, -257)
"""COSE: Ed25519, ES256 and RS256, the best first; what phones and computers have."""


@dataclass(frozen=True)
class Signed:
    """What a phone has proved. `public_key` is COSE in base64url, empty where it was known before."""

    credential_id: str
    public_key: str
    sign_count: int
    synced: bool


async def registered(credential: Mapping[str, Any], challenge: bytes, party: RelyingParty) -> Signed:
    """A new passkey, whose owner was verified; Problem 422 `passkey_refused`."""
    return await asyncio.to_thread(_registered, dict(credential), challenge, party)


async def asserted(credential: Mapping[str, Any], challenge: bytes, party: RelyingParty, public_key: str) -> Signed:
    """A known passkey, whose owner was verified; Problem 401 `wrong_passkey`. Its counter is left to judge."""
    return await asyncio.to_thread(_asserted, dict(credential), challenge, party, public_key)


def _registered(credential: dict[str, Any], challenge: bytes, party: RelyingParty) -> Signed:
    from webauthn import verify_registration_response
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        proved = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
        key = decode_credential_public_key(proved.credential_public_key)
        decoded_public_key_to_cryptography(key)  # nothing was signed yet: a key that is none would be kept
    except Exception as error:  # parsers of what a stranger sent: whatever they stumble over is a refusal
        log.info("a new passkey is refused: %r", error)
        vi, en = "Máy này không tạo được passkey mà trạm nhận.", "The station cannot take this device's passkey."
        raise Problem(422, "passkey_refused", vi, en) from error
    public_key = base64url(proved.credential_public_key)
    return Signed(base64url(proved.credential_id), public_key, proved.sign_count, proved.credential_backed_up)


def _asserted(credential: dict[str, Any], challenge: bytes, party: RelyingParty, public_key: str) -> Signed:
    from webauthn import verify_authentication_response

    try:
        proved = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=from_base64url(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        log.info("a passkey is refused: %r", error)
        raise wrong_passkey() from error
    return Signed(base64url(proved.credential_id), "", proved.new_sign_count, proved.credential_backed_up)


def wrong_passkey() -> Problem:
    """401 for a signature that proves nothing."""
    return Problem(401, "wrong_passkey", "Passkey không đúng. Xin thử lại.", "The passkey is not right. Try again.")
