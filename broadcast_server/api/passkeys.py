"""Passkeys: signing in with the phone's own lock, and which passkeys one has.

A page asks for `options`, hands them to `navigator.credentials.create` or `.get` by
`PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`, and sends the credential's
`toJSON()` back within five minutes, once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow, anyone, check_allowed
from broadcast_server.api.dependencies import StationDep, address_of
from broadcast_server.api.login import UserJson, entrance, set_cookie, user_json, visitor_of
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.people import passkeys
from broadcast_server.people.audit import record
from broadcast_server.people.ceremonies import registered
from broadcast_server.people.client_data import check_origin, read_client_data
from broadcast_server.people.devices import device_words
from broadcast_server.people.passkey_json import CreationOptionsJson, RequestOptionsJson
from broadcast_server.people.passkey_login import PasskeyDoor
from broadcast_server.people.relying_party import RelyingParty, relying_party
from broadcast_server.problem import Problem
from broadcast_server.station import Station
from broadcast_server.store.people import PasskeyRow

mine = Router(prefix="/api/v1/me/passkeys", tags=["passkeys"])
router = Router(prefix="/api/v1/login/passkey", tags=["passkeys"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Text = Annotated[str, Field(max_length=20_000)]
CredentialId = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=1400)]
"""1,023 bytes in base64url at most."""


class Attestation(BaseModel):
    """What a phone says of a passkey that it has made."""

    model_config = ConfigDict(frozen=True)
    client_data: Text = Field(alias="clientDataJSON")
    attestation_object: Text = Field(alias="attestationObject")


class Assertion(BaseModel):
    """What a phone signs with a passkey that it has."""

    model_config = ConfigDict(frozen=True)
    client_data: Text = Field(alias="clientDataJSON")
    authenticator_data: Text = Field(alias="authenticatorData")
    signature: Text
    user_handle: str | None = Field(default=None, alias="userHandle", max_length=100)


class Credential(BaseModel):
    """A credential as its `toJSON()` says it."""

    model_config = ConfigDict(frozen=True)
    id: CredentialId
    raw_id: CredentialId = Field(alias="rawId")
    type: Literal["public-key"]


class Made(Credential):
    """One fresh from `navigator.credentials.create`."""

    response: Attestation


class Shown(Credential):
    """One from `navigator.credentials.get`."""

    response: Assertion


class Password(BaseModel):
    """The password of whoever asks: a phone that lies about, signed in, makes nobody a passkey."""

    model_config = ConfigDict(frozen=True)
    password: str = Field(max_length=200)


class NewPasskey(BaseModel):
    """A passkey to keep; without a `name` it is called after the device."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(default="", max_length=80)
    credential: Made


class PasskeyName(BaseModel):
    """What a passkey is to be called."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=80)


class PasskeyJson(TypedDict):
    """A passkey: the `site` it opens, and whether it is `synced`, that is, kept by the phone's maker too."""

    id: str
    name: str
    site: str
    synced: bool
    made_us: int
    used_us: int | None


def _party(request: Request, station: Station) -> RelyingParty:
    return relying_party(request.headers.get("host", ""), station.settings.origins)


def _door(station: Station) -> PasskeyDoor:
    return PasskeyDoor(station.database, station.clock, station.station_id, station.challenges)


def _check_signed_in(user: User) -> None:
    """A token, which is for programs, opens no door that outlives it. Problem 403."""
    if user.session_hash is None:
        vi = "Chỉ thêm được passkey khi đăng nhập trên trang của đài, không dùng khóa API."
        raise Problem(403, "passkey_needs_login", vi, "A passkey is added by who has logged in, not by an API token.")


def _purpose(user: User) -> str:
    """A challenge is for the session that showed the password."""
    return f"register:{user.id}:{user.session_hash}"


@router.post("/options", dependencies=[Depends(anyone)])
async def login_options(request: Request, response: Response, station: StationDep) -> RequestOptionsJson:
    """What to ask a phone for, of whoever it may be."""
    response.headers["Cache-Control"] = "no-store"
    return _door(station).options(_party(request, station))


@router.post("", dependencies=[Depends(anyone)])
async def log_in(shown: Shown, request: Request, response: Response, station: StationDep) -> UserJson:
    """Open a session; its id goes into an HttpOnly cookie."""
    credential = shown.model_dump(by_alias=True)
    user, secret = await _door(station).log_in(credential, _party(request, station), visitor_of(request, station))
    station.feeding.doubt(user.id)
    set_cookie(response, station, secret)
    return user_json(user)


@mine.get("")
async def list_passkeys(user: Viewer, station: StationDep) -> ItemsJson[PasskeyJson]:
    """One's own passkeys."""
    async with station.database.reading() as session:
        return {"items": [_passkey_json(row) for row in await passkeys.passkeys_of(session, user.id)]}


@mine.post("/options")
async def passkey_options(
    again: Password, user: Viewer, request: Request, response: Response, station: StationDep
) -> CreationOptionsJson:
    """What to ask one's phone for. The password is asked again, and what comes back within five minutes is good."""
    _check_signed_in(user)
    party = _party(request, station)
    await entrance(station).check_password(user, again.password, address_of(request))
    async with station.database.reading() as session:
        known = await passkeys.check_room(session, user.id)
    response.headers["Cache-Control"] = "no-store"
    challenge = station.challenges.new(_purpose(user), station.clock.now_us())
    return passkeys.creation_options(party, station.name, user, challenge, known)


@mine.post("", status_code=201)
async def add_passkey(new: NewPasskey, user: Viewer, request: Request, station: StationDep) -> PasskeyJson:
    """Keep a passkey that the phone has just made; the password stays good as well."""
    _check_signed_in(user)
    party, credential = _party(request, station), new.credential.model_dump(by_alias=True)
    said = read_client_data(new.credential.response.client_data)
    check_origin(said, party)
    station.challenges.use(said.challenge, _purpose(user), station.clock.now_us())
    signed = await registered(credential, said.challenge, party)
    name = new.name.strip() or device_words(request.headers.get("user-agent", ""))["vi"]
    now_us = station.clock.now_us()
    async with station.database.transaction() as session:
        await check_allowed(request, station, Right.VIEW)  # who was locked out meanwhile leaves no passkey behind
        row = await passkeys.add(session, user.id, station.station_id, party, signed, name, now_us)
        record(session, station.station_id, now_us, user.name, "passkey.add", row.id, name=name, site=party.id)
    return _passkey_json(row)


@mine.patch("/{passkey_id}")
async def rename_passkey(passkey_id: str, change: PasskeyName, user: Viewer, station: StationDep) -> PasskeyJson:
    """Call a passkey of one's own something else."""
    async with station.database.transaction() as session:
        row = await passkeys.own(session, user.id, passkey_id)
        row.name = change.name
        record(
            session, station.station_id, station.clock.now_us(), user.name, "passkey.rename", row.id, name=change.name
        )
    return _passkey_json(row)


@mine.delete("/{passkey_id}", status_code=204)
async def remove_passkey(passkey_id: str, user: Viewer, station: StationDep) -> None:
    """A passkey of one's own opens nothing any more; who is signed in stays so."""
    async with station.database.transaction() as session:
        row = await passkeys.own(session, user.id, passkey_id)
        await session.delete(row)
        record(session, station.station_id, station.clock.now_us(), user.name, "passkey.remove", row.id, name=row.name)


def _passkey_json(row: PasskeyRow) -> PasskeyJson:
    return {
        "id": row.id,
        "name": row.name,
        "site": row.site,
        "synced": row.synced,
        "made_us": row.made_us,
        "used_us": row.used_us,
    }
