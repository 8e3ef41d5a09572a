"""The feed of a whole village: an order climbs its ladder before one's eyes, and a screen outlives the server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from deploy.village import Village
from tests.village.hands import press, ready


class Screen:
    """The picture as the messages make it; `gaps`: numbers that were not one more than the last; `heard`: bytes."""

    def __init__(self) -> None:
        self.run, self.seq = "", 0
        self.parts: dict[str, Any] = {}
        self.kinds: list[str] = []
        self.gaps = 0
        self.heard = 0

    def take(self, text: str) -> None:
        """One message, put into the picture."""
        message = json.loads(text)
        self.kinds.append(message["kind"])
        self.heard += len(text.encode())
        if message["kind"] == "snapshot":
            self.run, self.seq, self.parts = message["run"], message["seq"], message["parts"]
        elif message["kind"] == "change":
            self.gaps += message["seq"] != self.seq + 1
            self.seq = message["seq"]
            whole = {**self.parts, **message["parts"]}
            self.parts = {name: part for name, part in whole.items() if part is not None}

    def until(self, line: ClientConnection, shows: Callable[[dict[str, Any]], bool], patience_s: float = 30) -> None:
        """Take messages until the picture shows that."""
        deadline = time.monotonic() + patience_s
        while not shows(self.parts):
            self.take(str(line.recv(timeout=max(0, deadline - time.monotonic()))))


@contextmanager
def watching(village: Village, query: str = "") -> Iterator[ClientConnection]:
    """The operator's line to the feed."""
    token = (village.station / "cli.token").read_text().strip()
    url = village.url.replace("http", "ws") + f"/api/v1/feed{query}"
    headers = {"Authorization": f"Bearer {token}"}
    with connect(url, additional_headers=headers, proxy=None) as line:
        yield line


def presence(parts: dict[str, Any], cluster: str) -> str | None:
    found: str | None = parts.get(f"cluster:{cluster}", {}).get("presence")
    return found


def playing(parts: dict[str, Any], order: str) -> list[bool]:
    return [one["playing"] is not None for one in parts.get(f"order:{order}", {"clusters": []})["clusters"]]


def test_a_screen_follows_an_emergency_and_outlives_the_server(make_village: Callable[[int], Village]) -> None:
    village = make_village(2)
    clusters = village.clusters()
    ready(village, clusters)
    screen = Screen()
    with watching(village) as line:
        screen.until(
            line, lambda parts: all(parts.get(f"cluster:{one}", {}).get("presence") == "online" for one in clusters)
        )
        before = screen.heard
        order = press(village, rounds=50)["id"]
        screen.until(line, lambda parts: playing(parts, order) == [True, True])
        on_air = [screen.parts[f"cluster:{one}"]["on_air"]["order_id"] for one in clusters]
        assert on_air == [order, order]
        assert screen.heard - before < 20_000, "an order costs a screen little"
    village.api("POST", "/stop", json={})
    with watching(village, f"?run={screen.run}&since={screen.seq}") as line:
        screen.until(line, lambda parts: parts[f"order:{order}"]["over"])
        assert (screen.kinds.count("snapshot"), screen.gaps) == (1, 0)
        village.kill("server")
        with suppress(ConnectionClosed):
            while True:
                screen.take(str(line.recv(timeout=10)))
    village.start_server()
    run = screen.run
    with watching(village, f"?run={run}&since={screen.seq}") as line:
        screen.take(str(line.recv(timeout=10)))
    assert (screen.kinds[-1], screen.run != run) == ("snapshot", True)
    assert screen.parts[f"order:{order}"]["over"]
    assert {one["state"] for one in screen.parts[f"order:{order}"]["clusters"]} == {"PARTIAL"}
