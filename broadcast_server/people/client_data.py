"""What the browser says that a passkey has signed: for which page, and in answer to which challenge."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from broadcast_server.people.relying_party import RelyingParty
from broadcast_server.problem import Problem


@dataclass(frozen=True)
class ClientData:
    """`type` is `webauthn.create` or `webauthn.get`; `framed`: the page stood in a frame of another site."""

    type: str
    challenge: bytes
    origin: str
    framed: bool


def base64url(data: bytes) -> str:
    """The bytes as WebAuthn writes them in JSON."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes; ValueError for what is no base64url."""
    return urlsafe_b64decode(text.encode("ascii") + b"===")


def read_client_data(text: str) -> ClientData:
    """The browser's `clientDataJSON`; Problem 422 `bad_passkey` for what is none."""
    try:
        said = json.loads(from_base64url(text))
        challenge, framed = from_base64url(said["challenge"]), bool(said.get("crossOrigin"))
        return ClientData(str(said["type"]), challenge, str(said["origin"]), framed)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        vi, en = "Trình duyệt gửi passkey không đọc được.", "What the browser sent of the passkey cannot be read."
        raise Problem(422, "bad_passkey", vi, en) from error


def check_origin(said: ClientData, party: RelyingParty) -> None:
    """Problem 403 `wrong_origin` for a signature that was asked for by another site's page."""
    if said.origin not in party.origins or said.framed:
        vi = "Passkey này được hỏi từ một trang khác, không phải trang của trạm."
        raise Problem(403, "wrong_origin", vi, "This passkey was asked for by another site's page, not the station's.")
