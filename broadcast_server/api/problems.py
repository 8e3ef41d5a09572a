"""Refusals as application/problem+json (RFC 9457), each with a stable code and a sentence in both languages."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from broadcast_server.api.misfit import invalid
from broadcast_server.api.security_headers import SECURITY_HEADERS
from broadcast_server.problem import Problem

log = logging.getLogger(__name__)

_BY_STATUS = {
    400: ("bad_request", "Yêu cầu không đọc được.", "The request cannot be read."),
    404: ("not_found", "Không có trang này.", "There is nothing here."),
    405: ("method_not_allowed", "Không làm được việc này ở đây.", "This cannot be done here."),
    413: ("too_large", "Nội dung gửi lên quá lớn.", "What was sent is too large."),
    415: ("unsupported_media_type", "Kiểu nội dung không được hỗ trợ.", "This content type is not supported."),
}
_FAILED = ("internal", "Máy chủ gặp lỗi. Xin thử lại.", "The server failed. Please try again.")


HANG_UP_WITHIN_S = 5.0


def problem_json(problem: Problem) -> dict[str, Any]:
    """The problem as it is sent."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.en, "status": problem.status}
    return body | {"code": problem.code, "vi": problem.vi, "en": problem.en} | problem.more


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as an answer."""
    headers = {"Retry-After": str(problem.more["retry_after_s"])} if "retry_after_s" in problem.more else None
    return JSONResponse(problem_json(problem), problem.status, headers=headers, media_type="application/problem+json")


async def hang_up(socket: WebSocket, problem: Problem) -> None:
    """Say the problem in words, then close with 4000 + its status and its code: a browser's page sees no more of a
    handshake that was refused than that it failed."""
    with suppress(WebSocketDisconnect, TimeoutError):  # whoever has gone, or takes nothing, cannot be told
        async with asyncio.timeout(HANG_UP_WITHIN_S):
            if socket.application_state is WebSocketState.CONNECTING:
                await socket.accept()
            await socket.send_json({"kind": "refusal", **problem_json(problem)})
            await socket.close(4000 + problem.status, problem.code)


def install_problems(app: FastAPI) -> None:
    """Answer every refusal and every failure of `app` as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _on_invalid_socket)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)


async def _on_problem(connection: HTTPConnection, error: Exception) -> Any:
    assert isinstance(error, Problem)
    if not isinstance(connection, WebSocket):
        return problem_response(error)
    await hang_up(connection, error)
    return None


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_response(invalid(error.errors()))


async def _on_invalid_socket(socket: WebSocket, error: Exception) -> None:
    assert isinstance(error, WebSocketRequestValidationError)
    await hang_up(socket, invalid(error.errors()))


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    known = _BY_STATUS.get(error.status_code, ("refused", "Yêu cầu bị từ chối.", str(error.detail)))
    answer = problem_response(Problem(error.status_code, *known))
    answer.headers.update(error.headers or {})
    return answer


async def _on_failure(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed: %r", request.method, request.url.path, error)
    answer = problem_response(Problem(500, *_FAILED))
    answer.headers.update(SECURITY_HEADERS)  # this answer is made outside the guard
    return answer
