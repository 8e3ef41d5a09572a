"""Uploads that go on after the line broke: tus 1.0.0 with creation, expiration, checksum and termination.

`POST /api/v1/uploads` begins one: `Upload-Length`, and in `Upload-Metadata` the `filename`, the `title` it is to have
in the library and its `kind`, `speech` or `music`, if its sender knows. `PATCH` adds, `HEAD` says where to go on.
Once it is whole the library takes it in by itself: `GET` shows how far that has come, and at the end the
`recording_id` or the `refusal`, as `/api/v1/library/uploads/{id}` does under the same id for everybody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Request, Response
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow, anyone
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.problems import problem_response
from broadcast_server.api.router import ItemsJson, Router, TypedRoute
from broadcast_server.library import intakes, tus
from broadcast_server.library.intakes import RefusalJson, State
from broadcast_server.library.receiver import LineCut
from broadcast_server.library.resuming import Standing
from broadcast_server.problem import Problem
from broadcast_server.station import Station

ANY_SIZE = 1 << 40
"""Uploads are bounded by the length they declare."""
_HANG_UP = ("upload_taken_over", "upload_stalled", "offset_conflict")


class TusRoute(TypedRoute):
    """A route whose every answer, a refusal too, says which tus it speaks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def speak(request: Request) -> Response:
            try:
                response = await handle(request)
            except Problem as problem:
                response = problem_response(problem)
                response.headers["Problem-Code"] = problem.code  # an answer to HEAD has no body
                if problem.code == "tus_version":
                    response.headers["Tus-Version"] = tus.VERSION
                if problem.code in _HANG_UP:
                    response.headers["Connection"] = "close"  # nobody is to send the rest
            if request.method != "PATCH":
                # what breaks on a line that carried anything before, a browser sends again by itself, from its start
                response.headers["Connection"] = "close"
            response.headers["Tus-Resumable"] = tus.VERSION
            response.headers["Cache-Control"] = "no-store"
            return response

        return speak


router = Router(prefix="/api/v1/uploads", tags=["uploads"])
router.route_class = TusRoute
Librarian = Annotated[User, Depends(allow(Right.LIBRARY))]


class UploadJson(TypedDict):
    """An upload: bytes it will have and bytes the server has; `expires_us` null once it is whole, and then the rest is
    as of its intake."""

    id: str
    state: State | Literal["uploading"]
    step: str
    permille: int
    title: str
    original_name: str
    size: int
    offset: int
    expires_us: int | None
    recording_id: str | None
    refusal: RefusalJson | None


async def speaks_tus(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """Problem 412 for a client of another version."""
    tus.check_version(tus_resumable)


SPEAKS = Depends(speaks_tus)


@router.options("", status_code=204, dependencies=[Depends(anyone)])
@router.options("/{upload_id}", name="tell_of", status_code=204, dependencies=[Depends(anyone)])
async def tell(station: StationDep) -> Response:
    """What this server can do."""
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(station.settings.largest_upload),
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
    }
    return Response(status_code=204, headers=headers)


@router.post("", status_code=201)
async def begin(
    user: Librarian,
    station: StationDep,
    _version: Annotated[None, SPEAKS],
    upload_length: Annotated[str | None, Header()] = None,
    upload_metadata: Annotated[str, Header()] = "",
) -> Annotated[Response, UploadJson]:
    """Begin an upload; `Location` is where its bytes go, until `Upload-Expires`."""
    size = tus.whole_number("Upload-Length", upload_length)
    standing = await station.resuming.begin(size, upload_metadata, user.name)
    headers = {"Location": f"{router.prefix}/{standing.id}"} | _expires(standing)
    return JSONResponse(upload_json(standing), 201, headers=headers)


@router.get("")
async def list_unfinished(user: Librarian, station: StationDep) -> ItemsJson[UploadJson]:
    """What the caller has begun and not finished, oldest first."""
    return {"items": [upload_json(standing) for standing in await station.resuming.mine(user.name)]}


@router.get("/{upload_id}")
async def show(upload_id: str, user: Librarian, station: StationDep) -> UploadJson:
    """How far it has come; `state` is `uploading` until it is whole, then as of every intake."""
    return upload_json(await station.resuming.look(upload_id, user.name))


@router.head("/{upload_id}", status_code=204)
async def where(upload_id: str, user: Librarian, station: StationDep, _version: Annotated[None, SPEAKS]) -> Response:
    """Where to go on. Whoever is still sending is cut off: it is a line that died."""
    standing = await station.resuming.rejoin(upload_id, user.name)
    headers = _offset(standing) | {"Upload-Length": str(standing.size)}
    return Response(
        status_code=204, headers=headers | ({"Upload-Metadata": standing.described} if standing.described else {})
    )


@router.patch("/{upload_id}", status_code=204, max_body_size=ANY_SIZE)
async def append(
    request: Request, upload_id: str, user: Librarian, station: StationDep, _version: Annotated[None, SPEAKS]
) -> Response:
    """Add to it, from `Upload-Offset` on. What the answer's `Upload-Offset` counts survives a power cut."""
    return await _append(request, upload_id, user, station)


@router.delete("/{upload_id}", status_code=204)
async def drop(upload_id: str, user: Librarian, station: StationDep, _version: Annotated[None, SPEAKS]) -> Response:
    """Forget it, unless it is whole."""
    await station.resuming.drop(upload_id, user.name)
    return Response(status_code=204)


@router.post("/{upload_id}", status_code=204, max_body_size=ANY_SIZE)
async def override(
    request: Request,
    upload_id: str,
    user: Librarian,
    station: StationDep,
    _version: Annotated[None, SPEAKS],
    x_http_method_override: Annotated[str, Header()] = "",
) -> Response:
    """PATCH or DELETE for whoever can only POST."""
    if x_http_method_override == "PATCH":
        return await _append(request, upload_id, user, station)
    if x_http_method_override == "DELETE":
        return await drop(upload_id, user, station, None)
    raise Problem(405, "method_not_allowed", "Không làm được việc này ở đây.", "This cannot be done here.")


async def _append(request: Request, upload_id: str, user: User, station: Station) -> Response:
    headers = request.headers
    if headers.get("content-type") != tus.BODY:
        vi, en = f"Nội dung phải là {tus.BODY}.", f"The body must be {tus.BODY}."
        raise Problem(415, "unsupported_media_type", vi, en)
    offset = tus.whole_number("Upload-Offset", headers.get("upload-offset"))
    checksum = tus.checksum(headers.get("upload-checksum"))
    standing = await station.resuming.append(upload_id, user.name, offset, _body(request), checksum)
    return Response(status_code=204, headers=_offset(standing))


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise LineCut from error


def _offset(standing: Standing) -> dict[str, str]:
    return {"Upload-Offset": str(standing.held)} | _expires(standing)


def _expires(standing: Standing) -> dict[str, str]:
    return {} if standing.expires_us is None else {"Upload-Expires": tus.http_date(standing.expires_us)}


def upload_json(standing: Standing) -> UploadJson:
    """The upload as the API shows it."""
    said = tus.metadata(standing.described)
    shown: UploadJson = {
        "id": standing.id,
        "state": "uploading",
        "step": "uploading",
        "permille": 0,
        "title": said.get("title", ""),
        "original_name": said.get("filename", ""),
        "size": standing.size,
        "offset": standing.held,
        "expires_us": standing.expires_us,
        "recording_id": None,
        "refusal": None,
    }
    if standing.intake is not None:
        intake = intakes.intake_json(standing.intake)
        shown["state"], shown["step"], shown["permille"] = intake["state"], intake["step"], intake["permille"]
        shown["recording_id"], shown["refusal"] = intake["recording_id"], intake["refusal"]
    return shown
