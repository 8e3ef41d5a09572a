"""What boxes call. A box is known by its id and access secret; what it says counts only under its own signature."""

from __future__ import annotations

import base64
import binascii
import gzip
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from starlette.responses import FileResponse

from audio_library.content import content_id
from broadcast_server.api.access import admits, anyone
from broadcast_server.api.byte_range import one_range
from broadcast_server.api.dependencies import StationDep, address_of
from broadcast_server.api.problems import too_large
from broadcast_server.api.router import SOUND, Router
from broadcast_server.doorkeeping import KnownBox
from broadcast_server.problem import Problem, not_found
from broadcast_server.station import Station
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import SpokenRow
from speaker_client.protocol.bundle import LONGEST_WAIT_S, Bundle
from speaker_client.protocol.clock import LARGEST_DATAGRAM, TimeRequest
from speaker_client.protocol.enrolment import EnrolAnswer, EnrolRequest
from speaker_client.protocol.envelope import LARGEST_COMMAND, LARGEST_DOCUMENT, Envelope
from speaker_client.protocol.ids import BoxId
from speaker_client.protocol.version import HEADER, Spoken, VersionMismatch, agree, parse_spoken

Form = TypeVar("Form", bound=BaseModel)
IMMUTABLE = "private, max-age=31536000, immutable"


async def speak(request: Request, response: Response) -> None:
    """The version handshake: 426 with a sentence when box and station have no version in common."""
    ours = Spoken()
    response.headers[HEADER] = str(ours)
    try:
        agree(ours, parse_spoken(request.headers.get(HEADER, str(Spoken(1, 1)))))
    except VersionMismatch as error:
        raise _no_common_version(error) from error


@admits("an enrolled box")
async def box_of(request: Request, station: StationDep) -> KnownBox:
    """The box that calls, by HTTP Basic; Problem 401 or 403."""
    name, access = _basic(request.headers.get("authorization", ""))
    box = await station.doors.enter(BoxId(name), access)
    station.monitoring.spoke(box.id)
    return box


BoxDep = Annotated[KnownBox, Depends(box_of)]
router = Router(prefix="/box/v1", tags=["box"], dependencies=[Depends(speak)])


@router.post("/enrol", dependencies=[Depends(anyone)])
async def enrol(request: Request, station: StationDep) -> Annotated[Response, EnrolAnswer]:
    """Join with a one-time code."""
    form = _read(EnrolRequest, await body(request, LARGEST_COMMAND))
    try:
        answer = await station.enrolling.enrol(form, address_of(request))
    except VersionMismatch as error:
        raise _no_common_version(error) from error
    return _json(answer.model_dump_json())


@router.get("/bundle")
async def bundle(
    box: BoxDep,
    station: StationDep,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Annotated[Response, Bundle]:
    """Keyring, config, plan and inbox; 304 while they are what `If-None-Match` names, for up to `wait` seconds."""
    known = _etag(if_none_match)
    packed = await station.bundling.newer(box, known, wait)
    if packed is None:
        return _spoken(Response(status_code=304, headers={"ETag": f'"{known}"'}))
    headers = {"ETag": f'"{packed.etag}"', "Vary": "Accept-Encoding"}
    if "gzip" not in accept_encoding:
        return _json(packed.data, **headers)
    return _json(gzip.compress(packed.data, mtime=0), **headers, **{"Content-Encoding": "gzip"})


@router.post("/reports")
async def reports(box: BoxDep, request: Request, station: StationDep) -> Annotated[Response, Envelope]:
    """Hand in a signed batch of reports; the signed acknowledgement means that they are on disk."""
    ack = await station.receiving.receive(box, await body(request, LARGEST_DOCUMENT))
    return _json(ack.encode())


@router.post("/heartbeat", status_code=204)
async def heartbeat(box: BoxDep, request: Request, station: StationDep) -> Response:
    """A signed heartbeat, where MQTT does not get through."""
    await station.monitoring.heard(box.id, await body(request, LARGEST_COMMAND))
    return _spoken(Response(status_code=204))


@router.post("/time")
async def time(box: BoxDep, request: Request, station: StationDep) -> Annotated[Response, Envelope]:
    """The signed time, where UDP does not get through."""
    received_us = station.clock.now_us()
    form = _read(TimeRequest, await body(request, LARGEST_DATAGRAM))
    if form.box != box.id:
        raise Problem(403, "wrong_box", "Yêu cầu này của hộp khác.", "This is another box's request.")
    return _json(station.time_service.token(box, form.nonce, received_us).encode())


@router.get("/content/{sha256}")
async def content(
    sha256: str,
    box: BoxDep,
    station: StationDep,
    range_: Annotated[str | None, Header(alias="range")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Annotated[Response, SOUND]:
    """A piece of sound by its hash, whole or one range of it."""
    tag = f'"{sha256}"'
    if not await _is_ours(station, sha256):
        raise not_found("nội dung này", "content")
    if if_none_match == tag:
        return _spoken(Response(status_code=304, headers={"ETag": tag}))
    path = station.content.path(content_id(sha256))
    if range_ is not None:
        one_range(range_, path.stat().st_size)
    headers = {"ETag": tag, "Cache-Control": IMMUTABLE, HEADER: str(Spoken())}
    return FileResponse(path, media_type=SOUND, headers=headers)


async def body(request: Request, largest: int) -> bytes:
    """The request's body; Problem 413 as soon as it is larger than `largest` bytes."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > largest:
            raise too_large()
    return bytes(data)


async def _is_ours(station: Station, sha256: str) -> bool:
    """Whether it is the aired form of one of the station's recordings, or was spoken for an order, and is here."""
    try:
        wanted = content_id(sha256)
    except ValueError:
        return False
    queries = [
        select(table.id).filter_by(content=wanted, station_id=station.station_id).limit(1)
        for table in (RecordingRow, SpokenRow)
    ]
    async with station.database.reading() as session:
        known = any([(await session.scalars(query)).first() is not None for query in queries])
    return known and station.content.holds(wanted)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, coded = header.partition(" ")
    try:
        name, colon, access = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        name, colon, access = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise Problem(401, "box_unknown", "Không nhận ra hộp này.", "This box is not known here.")
    return name, access


def _read(form: type[Form], data: bytes) -> Form:
    try:
        return form.model_validate_json(data)
    except ValidationError as error:
        raise Problem(400, "malformed", "Yêu cầu không đọc được.", "The request cannot be read.") from error


def _etag(header: str | None) -> str | None:
    return header.removeprefix("W/").strip('"') if header else None


def _json(data: str | bytes, **headers: str) -> Response:
    return _spoken(Response(data, media_type="application/json", headers=headers))


def _spoken(response: Response) -> Response:
    response.headers[HEADER] = str(Spoken())
    return response


def _no_common_version(error: VersionMismatch) -> Problem:
    vi = f"Hộp và trạm không cùng phiên bản giao thức: {error}."
    return Problem(426, "protocol_mismatch", vi, f"{error}.")
