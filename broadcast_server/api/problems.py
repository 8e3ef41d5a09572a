"""Refusals as application/problem+json (RFC 9457), each with a stable code and a sentence in both languages."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Literal, NotRequired, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from typing_extensions import TypedDict

from broadcast_server.api.misfit import MisfitJson, invalid
from broadcast_server.ballast import DiskFull, is_full
from broadcast_server.problem import Problem
from speaker_client.protocol.envelope import Envelope

log = logging.getLogger(__name__)

_TOO_LARGE = ("too_large", "Nội dung gửi lên quá lớn.", "What was sent is too large.")
_BY_STATUS = {
    400: ("bad_request", "Yêu cầu không đọc được.", "The request cannot be read."),
    404: ("not_found", "Không có trang này.", "There is nothing here."),
    405: ("method_not_allowed", "Không làm được việc này ở đây.", "This cannot be done here."),
    413: _TOO_LARGE,
    415: ("unsupported_media_type", "Kiểu nội dung không được hỗ trợ.", "This content type is not supported."),
}
_CUT = (
    "upload_cut",
    "Tệp chưa gửi xong thì mất kết nối.",
    "The connection was lost before the file was complete.",
)
_STUCK = (
    "database_failing",
    "Cơ sở dữ liệu của máy chủ đang bận hoặc bị lỗi, yêu cầu này chưa được nhận. Xin thử lại.",
    "The server's database is busy or failing: this was not accepted. Please try again.",
)
AGAIN_AFTER_S = 5
_FAILED = ("internal", "Máy chủ gặp lỗi. Xin thử lại.", "The server failed. Please try again.")
HANG_UP_WITHIN_S = 5.0
PROBLEM = "application/problem+json"


class ProblemMoreJson(TypedDict):
    """What some refusals tell besides: `right`, that the account lacks; `size`, bytes that there are of what a range
    was asked of, or that an upload will have; `offset`, where an upload goes on; `next_us`, the earliest moment at
    which it may be played; `by`, who has the floor; `order`,
    `programme`, `recording`, `source`, `target`, which of them.

    To a box whose journal does not fit: the `line` at which, and where the station's copy ends, `upto`, also signed as
    `fork`."""

    right: NotRequired[str]
    fields: NotRequired[list[MisfitJson]]
    retry_after_s: NotRequired[int]
    size: NotRequired[int]
    offset: NotRequired[int]
    next_us: NotRequired[int]
    by: NotRequired[str]
    order: NotRequired[str]
    programme: NotRequired[str]
    recording: NotRequired[str]
    source: NotRequired[str]
    target: NotRequired[str]
    line: NotRequired[int]
    upto: NotRequired[int]
    fork: NotRequired[Envelope]


class ProblemJson(ProblemMoreJson):
    """A refusal (RFC 9457). `code` is stable; `vi` and `en` say it in a sentence."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    vi: str
    en: str


class RefusalMessageJson(ProblemJson):
    """A refusal on a WebSocket, before it is hung up."""

    kind: Literal["refusal"]


def problem_json(problem: Problem) -> ProblemJson:
    """The problem as it is sent; half a character that somebody sent and is quoted becomes a question mark."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.en, "status": problem.status}
    body |= {"code": problem.code, "vi": problem.vi, "en": problem.en} | problem.more
    said = {name: _sayable(value) if isinstance(value, str) else value for name, value in body.items()}
    return cast(ProblemJson, said)


def _sayable(text: str) -> str:
    return text.encode(errors="replace").decode()


def database_problem(error: OperationalError) -> Problem:
    """What to say when the database would not write or read: 507 `disk_full`, else 503 `database_failing`."""
    if is_full(error):
        return DiskFull()
    return Problem(503, *_STUCK, retry_after_s=AGAIN_AFTER_S)


def too_large() -> Problem:
    """413 for a body of more bytes than we read."""
    return Problem(413, *_TOO_LARGE)


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as an answer."""
    headers = {"Retry-After": str(problem.more["retry_after_s"])} if "retry_after_s" in problem.more else None
    return JSONResponse(problem_json(problem), problem.status, headers=headers, media_type=PROBLEM)


async def hang_up(socket: WebSocket, problem: Problem) -> None:
    """Say the problem in words, then close with 4000 + its status and its code: a browser's page sees no more of a
    handshake that was refused than that it failed."""
    with suppress(WebSocketDisconnect, TimeoutError):  # whoever has gone, or takes nothing, cannot be told
        async with asyncio.timeout(HANG_UP_WITHIN_S):
            if socket.application_state is WebSocketState.CONNECTING:
                await socket.accept()
            refusal: RefusalMessageJson = {"kind": "refusal", **problem_json(problem)}
            await socket.send_json(refusal)
            await socket.close(4000 + problem.status, problem.code)


def install_problems(app: FastAPI) -> None:
    """Answer every refusal and every failure of `app` as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _on_invalid_socket)
    app.add_exception_handler(ClientDisconnect, _on_cut)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)


async def _on_problem(connection: HTTPConnection, error: Exception) -> Any:
    assert isinstance(error, Problem)
    if not isinstance(connection, WebSocket):
        return problem_response(error)
    await hang_up(connection, error)
    return None


async def _on_database(connection: HTTPConnection, error: Exception) -> Any:
    assert isinstance(error, OperationalError)
    log.error("STATION: the database failed %s: %s", connection.url.path, error.orig)
    return await _on_problem(connection, database_problem(error))


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_response(invalid(error.errors()))


async def _on_invalid_socket(socket: WebSocket, error: Exception) -> None:
    assert isinstance(error, WebSocketRequestValidationError)
    await hang_up(socket, invalid(error.errors()))


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    known = _BY_STATUS.get(error.status_code, ("refused", "Yêu cầu bị từ chối.", f"It was refused: {error.detail}."))
    answer = problem_response(Problem(error.status_code, *known))
    answer.headers.update(error.headers or {})
    return answer


async def _on_cut(_request: Request, _error: Exception) -> JSONResponse:
    """For the record alone: whoever is to hear it has gone."""
    return problem_response(Problem(400, *_CUT))


async def _on_failure(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: %r", request.method, request.url.path, error)
    return problem_response(Problem(500, *_FAILED))
