"""The running server, seen from the command line."""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from broadcast_server.problem import Problem
from broadcast_server.settings import ADDRESS_FILE, TOKEN_FILE, Settings, load

if TYPE_CHECKING:
    from websockets.sync.connection import Connection

ANSWER_S = 10.0
INSISTED_S, AGAIN_AFTER_S = 10.0, 0.5
"""As long as a server that was killed takes to come back; and between two tries."""
PATIENCE = httpx2.Timeout(30, connect=5)


class Remote:
    """One server and the token to speak to it with."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = url.rstrip("/"), token
        self._client = httpx2.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE, trust_env=False
        )

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        content: Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The JSON answer of `/api/v1` + path, None if it is empty; Problem if it is refused or nobody answers."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        answer = self._answer(method, path, json=body, params=asked, content=content, headers=headers)
        return answer.json() if answer.content else None

    def hear(self, path: str, body: dict[str, Any]) -> tuple[bytes, str]:
        """The sound that POST answers, and the engine that spoke it."""
        answer = self._answer("POST", path, json=body)
        return answer.content, answer.headers.get("X-Voice", "")

    def _answer(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            answer = self._client.request(method, f"/api/v1{path}", **more)
        except httpx2.TransportError as error:
            vi, en = f"Không nối được với máy chủ {self.url}.", f"The server at {self.url} does not answer."
            raise Problem(503, "no_answer", vi, f"{en} ({error})") from error
        if answer.is_success:
            return answer
        raise _problem(answer)

    def insist(self, path: str, body: dict[str, Any], waiting: Callable[[], None] = lambda: None) -> Any:
        """POST what counts once however often it comes; said again for some seconds while nobody answers, which
        `waiting` is told each time."""
        deadline = time.monotonic() + INSISTED_S
        while True:
            try:
                return self.call("POST", path, body)
            except Problem as problem:
                if problem.code != "no_answer" or time.monotonic() > deadline:
                    raise
            waiting()
            time.sleep(AGAIN_AFTER_S)

    def speak(
        self, opening: dict[str, Any], sound: Iterable[bytes], more_time: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Speak live: the pieces of sound as they come, then the close. What the server says last; Problem if not.

        `more_time` is told every second how it fares, and says whether more time is wanted. Ctrl-C is a close.
        """
        from websockets.exceptions import ConnectionClosed, InvalidStatus
        from websockets.sync.client import connect as dial

        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with dial(f"ws{self.url.removeprefix('http')}/api/v1/live", additional_headers=headers, proxy=None) as line:
                with suppress(ConnectionClosed):  # why we are not let in is still to be read
                    line.send(json.dumps(opening))
                _expect(str(line.recv(ANSWER_S)))
                said: dict[str, Any] | None = None
                with suppress(ConnectionClosed, KeyboardInterrupt):  # what was said before it is still to be read
                    said = _say(line, sound, more_time)
                with suppress(ConnectionClosed):
                    line.send(json.dumps({"type": "close"}))
                while said is None or said["type"] != "closed":
                    said = _expect(str(line.recv(ANSWER_S)))
                return said
        except InvalidStatus as error:
            answer = error.response
            raise _problem(httpx2.Response(answer.status_code, content=answer.body or b"")) from error
        except (OSError, ConnectionClosed) as error:
            vi, en = f"Mất kết nối với máy chủ {self.url}.", f"The connection to the server at {self.url} is lost."
            raise Problem(503, "no_answer", vi, f"{en} ({error})") from error


def _say(
    line: Connection, sound: Iterable[bytes], more_time: Callable[[dict[str, Any]], bool]
) -> dict[str, Any] | None:
    """All of the sound, or what the server says when it ends the live before."""
    for piece in sound:
        line.send(piece)
        with suppress(TimeoutError):
            said = _expect(str(line.recv(0)))
            if said["type"] == "closed":
                return said
            if said["type"] == "state" and more_time(said):
                line.send(json.dumps({"type": "extend"}))
    return None


def _expect(said: str) -> dict[str, Any]:
    """The message, unless it is a refusal."""
    message: dict[str, Any] = json.loads(said)
    if "refus" in str(message.get("kind") or message.get("type")):
        raise Problem(message["status"], message["code"], message["vi"], message["en"])
    return message


def connect(server: str | None, token: str | None, data: Path | None) -> Remote:
    """By what was asked for, else by the environment, else by what the data folder says."""
    settings = load(data)
    asked = server or os.environ.get("TIENGLANG_SERVER")
    url = _address(asked) if asked else _serving(settings)
    known = token or os.environ.get("TIENGLANG_TOKEN") or _local_token(url, settings.data)
    if not (known.isascii() and known.isprintable()):
        raise Problem(422, "bad_token", "Khóa truy cập có ký tự lạ.", "The token holds characters that no token has.")
    return Remote(url, known)


def _address(asked: str) -> str:
    """The address with its scheme; Problem 422 for what is none."""
    url = asked if "://" in asked else f"http://{asked}"
    try:
        httpx2.URL(url)
        urlsplit(url)
    except (httpx2.InvalidURL, ValueError) as error:
        vi, en = f"“{asked}” không phải là địa chỉ máy chủ.", f"“{asked}” is not the address of a server."
        raise Problem(422, "bad_server", vi, en) from error
    return url


def _serving(settings: Settings) -> str:
    """Where the running server says it is, whatever port it was given; where it would be, if none runs."""
    try:
        return (settings.data / ADDRESS_FILE).read_text().strip()
    except FileNotFoundError:
        return settings.local_url


def _local_token(url: str, data: Path) -> str:
    """The operator's token from the data folder; it is never shown to another machine."""
    path = data / TOKEN_FILE
    if not _is_loopback(url) or not path.exists():
        vi = "Chưa có khóa truy cập: hãy dùng --token, TIENGLANG_TOKEN hoặc --data THƯ_MỤC_DỮ_LIỆU."
        en = "No token: use --token, TIENGLANG_TOKEN or --data DATA_FOLDER."
        raise Problem(401, "no_token", vi, en)
    return path.read_text().strip()


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(answer: httpx2.Response) -> Problem:
    try:
        body = answer.json()
        vi, en, code = body.pop("vi"), body.pop("en"), body.pop("code")
    except (json.JSONDecodeError, KeyError, AttributeError):
        vi, en, code = "Máy chủ trả lời không hiểu được.", f"The server answered {answer.status_code}.", "bad_answer"
        body = {}
    more = {name: value for name, value in body.items() if name not in ("type", "title", "status")}
    return Problem(answer.status_code, code, vi, en, **more)
