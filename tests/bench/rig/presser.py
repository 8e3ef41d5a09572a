"""A phone in somebody's hand: logs in, keeps two connections, and sends what it is told to.

`python presser.py HOST PORT NAME PASSWORD` reads one JSON object a line (`path`, `body`) and answers each with one:
when the request left and when it was answered (monotonic µs), and the body.

What nobody has answered after HEDGE_S goes once more by the other connection: on TCP one lost packet costs more than
the whole way, and whatever is pressed bears a key that makes the second the same as the first.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

HEDGE_S = 0.025
"""Later than the first has arrived on a good day, so that the station is rarely asked twice at the same moment."""


class Phone:
    """Two lines, the second for what the first has not got answered at once."""

    def __init__(self, host: str, port: int) -> None:
        self._lines = [Line(host, port), Line(host, port)]
        self._hands = ThreadPoolExecutor(4)

    def log_in(self, name: str, password: str) -> None:
        """With a one-time password: it is changed, as the station asks. Both lines are open afterwards."""
        first, second = self._lines
        first.log_in(name, password)
        second.cookie = first.cookie
        second.connect()

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """The first answer that comes."""
        first, second = self._lines
        sent_us = time.monotonic_ns() // 1000
        asked = {self._hands.submit(first.post, path, body)}
        if not wait(asked, HEDGE_S).done:
            asked.add(self._hands.submit(second.post, path, body))
        said = next(iter(wait(asked, return_when=FIRST_COMPLETED).done)).result()
        wait(asked)
        return {**said, "sent_us": sent_us}


class Line:
    """One HTTP connection, kept open as a browser does; opened anew when the station hung up."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._origin = host, f"http://{host}:{port}"
        self._line = http.client.HTTPConnection(host, port, timeout=30)
        self.cookie = ""

    def log_in(self, name: str, password: str) -> None:
        """With a one-time password: it is changed, as the station asks."""
        self.post("/login", {"name": name, "password": password})
        self.post("/me/password", {"old": password, "new": secrets.token_urlsafe(20)})

    def headers(self) -> dict[str, str]:
        """What a browser sends along with everything."""
        return {"Origin": self._origin, "Cookie": self.cookie}

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """One call; AssertionError unless the station says yes."""
        headers = {"Content-Type": "application/json", **self.headers()}
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
        self.cookie = cookie.partition(";")[0] if cookie else self.cookie
        said = json.loads(text) if text else None
        return {"sent_us": sent_us, "answered_us": answered_us, "said": said}

    def connect(self) -> None:
        """Ahead of what is to be sent."""
        self._line.connect()
        self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _send(self, path: str, data: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Head and body in one packet, as Chromium sends what is shorter than 1,400 bytes."""
        if self._line.sock is None:
            self.connect()
        self._cork(True)
        self._line.request("POST", f"/api/v1{path}", data, headers)
        self._cork(False)
        return self._line.getresponse()

    def _cork(self, corked: bool) -> None:
        self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, corked)


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
