"""What a browser is asked for, in the words of the Web Authentication standard."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

PUBLIC_KEY: Literal["public-key"] = "public-key"


class PartyJson(TypedDict):
    """The site."""

    id: str
    name: str


class OwnerJson(TypedDict):
    """Whose passkey it is to be; `id` in base64url."""

    id: str
    name: str
    displayName: str


class AlgorithmJson(TypedDict):
    """A way of signing, by its COSE number."""

    type: Literal["public-key"]
    alg: int


class KnownJson(TypedDict):
    """A passkey that there is; `id` in base64url."""

    type: Literal["public-key"]
    id: str


class SelectionJson(TypedDict):
    """It names its owner and asks who holds the phone."""

    residentKey: Literal["required"]
    requireResidentKey: bool
    userVerification: Literal["required"]


class CreationOptionsJson(TypedDict):
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`; `timeout` in milliseconds."""

    rp: PartyJson
    user: OwnerJson
    challenge: str
    pubKeyCredParams: list[AlgorithmJson]
    timeout: int
    excludeCredentials: list[KnownJson]
    authenticatorSelection: SelectionJson
    attestation: Literal["none"]


class RequestOptionsJson(TypedDict):
    """For `PublicKeyCredential.parseRequestOptionsFromJSON`; `timeout` in milliseconds."""

    challenge: str
    rpId: str
    timeout: int
    userVerification: Literal["required"]
    allowCredentials: list[KnownJson]
