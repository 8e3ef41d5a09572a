"""The running server, seen from the command line."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from broadcast_server.problem import Problem
from broadcast_server.settings import ADDRESS_FILE, TOKEN_FILE, Settings, load

ANSWER_S = 10.0
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
        try:
            answer = self._client.request(
                method, f"/api/v1{path}", json=body, params=asked, content=content, headers=headers
            )
        except httpx2.TransportError as error:
            vi, en = f"Không nối được với máy chủ {self.url}.", f"The server at {self.url} does not answer."
            raise Problem(503, "no_answer", vi, f"{en} ({error})") from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _problem(answer)

    def speak(self, opening: dict[str, Any], sound: Iterable[bytes], on_state: Callable[[str], None]) -> dict[str, Any]:
        """Speak live: the pieces of sound as they come, then the close. What the server says last; Problem if not."""
        from websockets.exceptions import ConnectionClosed, InvalidStatus
        from websockets.sync.client import connect as dial

        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with dial(f"ws{self.url.removeprefix('http')}/api/v1/live", additional_headers=headers, proxy=None) as line:
                line.send(json.dumps(opening))
                _expect(str(line.recv(ANSWER_S)))
                for piece in sound:
                    line.send(piece)
                    with suppress(TimeoutError):
                        on_state(str(line.recv(0)))
                line.send(json.dumps({"type": "close"}))
                while (said := _expect(str(line.recv(ANSWER_S))))["type"] != "closed":
                    pass
                return said
        except InvalidStatus as error:
            answer = error.response
            raise _problem(httpx2.Response(answer.status_code, content=answer.body or b"")) from error
        except (OSError, ConnectionClosed) as error:
            vi, en = f"Mất kết nối với máy chủ {self.url}.", f"The connection to the server at {self.url} is lost."
            raise Problem(503, "no_answer", vi, f"{en} ({error})") from error


def _expect(said: str) -> dict[str, Any]:
    """The message, unless it is a refusal."""
    message: dict[str, Any] = json.loads(said)
    if message["type"] == "refused":
        raise Problem(message["status"], message["code"], message["vi"], message["en"])
    return message


def connect(server: str | None, token: str | None, data: Path | None) -> Remote:
    """By what was asked for, else by the environment, else by what the data folder says."""
    settings = load(data)
    asked = server or os.environ.get("TIENGLANG_SERVER")
    url = _address(asked) if asked else _serving(settings)
    known = token or os.environ.get("TIENGLANG_TOKEN") or _local_token(url, settings.data)
    if not (known.isascii() and known.isprintable()):
        raise Problem(422, "bad_token", "Khoá truy cập có ký tự lạ.", "The token holds characters that no token has.")
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
        vi = "Chưa có khoá truy cập: hãy dùng --token, TIENGLANG_TOKEN hoặc --data THƯ_MỤC_DỮ_LIỆU."
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
