"""A phone in somebody's hand: logs in, keeps its connection, and sends what it is told to.

`python presser.py HOST PORT NAME PASSWORD` reads one JSON object a line (`path`, `body`, perhaps `twice`) and answers
each with one: when the request left and when it was answered (monotonic µs), status and body.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import sys
import time
from typing import Any


class Phone:
    """One HTTP connection, kept open as a browser does; opened anew when the station hung up."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._origin = host, f"http://{host}:{port}"
        self._line = http.client.HTTPConnection(host, port, timeout=30)
        self._cookie = ""

    def log_in(self, name: str, password: str) -> None:
        """With a one-time password: it is changed, as the station asks."""
        self.post("/login", {"name": name, "password": password})
        self.post("/me/password", {"old": password, "new": secrets.token_urlsafe(20)})

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """One call; AssertionError unless the station says yes."""
        headers = {"Content-Type": "application/json", "Origin": self._origin, "Cookie": self._cookie}
        data = json.dumps(body).encode()
        sent_us = time.monotonic_ns() // 1000
        try:
            answer = self._send(path, data, headers)
        except http.client.RemoteDisconnected:  # hung up while idle: the same once more
            answer = self._send(path, data, headers)
        text = answer.read()
        answered_us = time.monotonic_ns() // 1000
        assert answer.status < 300, text
        cookie = answer.headers.get("set-cookie")
        self._cookie = cookie.partition(";")[0] if cookie else self._cookie
        said = json.loads(text) if text else None
        return {"sent_us": sent_us, "answered_us": answered_us, "said": said}

    def _send(self, path: str, data: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        if self._line.sock is None:
            self._line.connect()
            self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.request("POST", f"/api/v1{path}", data, headers)
        return self._line.getresponse()


def main() -> None:
    """Until the end of the input."""
    host, port, name, password = sys.argv[1:]
    phone = Phone(host, int(port))
    phone.log_in(name, password)
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        call = json.loads(line)
        print(json.dumps(phone.post(call["path"], call["body"])), flush=True)


if __name__ == "__main__":
    main()
