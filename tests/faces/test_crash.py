"""kill -9 in the middle of an intake, and a cable pulled in the middle of an upload, through real processes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faces.house import House, serving, wait
from tests.faces.office import sound


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A serving station."""
    yield from serving(tmp_path)


def remains(house: House) -> list[str]:
    """Files of uploads and of work that is not finished."""
    incoming = [path.name for path in (house.data / "incoming").iterdir()]
    return incoming + [path.name for path in (house.data / "content" / ".work").glob("*")]


def test_an_accepted_upload_survives_kill_9_at_any_step(house: House, tmp_path: Path) -> None:
    body = sound(tmp_path / "dai.wav", seconds=60).read_bytes()
    with house.client() as client:
        intake = client.post("/library/uploads?title=Dài", content=body).json()["id"]
    for _ in range(2):  # once as soon as it is accepted, once in the middle of the work
        house.kill()
        house.start()
        with house.client() as client:
            wait(lambda: client.get(f"/library/uploads/{intake}").json()["permille"] > 10)
    with house.client() as client:
        ended = wait(lambda: _ended(client.get(f"/library/uploads/{intake}").json()))
        assert ended["state"] == "ready", ended
        assert [item["title"] for item in client.get("/library").json()["items"]] == ["Dài"]
    wait(lambda: not remains(house))


def test_an_upload_cut_off_leaves_nothing(house: House) -> None:
    token = (house.data / "cli.token").read_text().strip()
    head = f"POST /api/v1/library/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    with socket.create_connection(("127.0.0.1", house.port)) as line:
        line.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"x" * 900_000)
        wait(lambda: remains(house))
    wait(lambda: not remains(house))
    with house.client() as client:
        assert client.get("/library/uploads").json()["items"] == []


def _ended(intake: dict[str, Any]) -> dict[str, Any] | None:
    return intake if intake["state"] not in ("received", "working") else None
