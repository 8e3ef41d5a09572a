"""Uploads through real processes and real sockets: kill -9 and cut cables, and not one byte twice or lost."""

from __future__ import annotations

import base64
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from audio_library.content import hash_file
from tests.faces import doomed
from tests.faces.house import BIN, House, serving, wait
from tests.faces.office import sound

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A serving station."""
    yield from serving(tmp_path)


@pytest.fixture
def body(tmp_path: Path) -> bytes:
    """Three megabytes of sound."""
    return sound(tmp_path / "dai.wav", seconds=32).read_bytes()


def begin(client: httpx2.Client, size: int) -> str:
    """The id of a new upload."""
    title = base64.b64encode("Dài".encode()).decode()
    answer = client.post("/uploads", headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": f"title {title}"})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


def add(client: httpx2.Client, upload: str, offset: int, body: bytes) -> httpx2.Response:
    """PATCH."""
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(f"/uploads/{upload}", content=body, headers=headers)


def held(client: httpx2.Client, upload: str) -> int:
    """HEAD."""
    return int(client.head(f"/uploads/{upload}", headers=TUS).headers["upload-offset"])


def half_sent(house: House, upload: str, offset: int, part: bytes, whole: int) -> socket.socket:
    """A connection on which so much of a PATCH has been sent."""
    token = (house.data / "cli.token").read_text().strip()
    line = socket.create_connection(("127.0.0.1", house.port))
    head = (
        f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {whole}\r\n\r\n"
    )
    line.sendall(head.encode() + part)
    return line


def recorded(client: httpx2.Client, upload: str) -> str:
    """The recording that it became."""
    shown = wait(lambda: _ended(client, upload))
    assert shown["state"] == "ready", shown
    return str(shown["recording_id"])


def _ended(client: httpx2.Client, upload: str) -> dict[str, str] | None:
    shown: dict[str, str] = client.get(f"/uploads/{upload}").json()
    return shown if shown["state"] not in ("uploading", "received", "working") else None


def the_only_recording_is(house: House, upload: str, file: Path) -> None:
    """It, and bit for bit."""
    with house.client() as client:
        recording = recorded(client, upload)
        (only,) = client.get("/library").json()["items"]
        assert (only["id"], only["original"]) == (recording, hash_file(file))
        assert len(client.get("/library/uploads").json()["items"]) == 1
    assert hash_file(house.data / "content" / only["original"][:2] / only["original"]) == only["original"]
    wait(lambda: not [*(house.data / "uploads").iterdir(), *(house.data / "incoming").iterdir()])


def test_kill_9_in_the_middle_of_a_part_costs_at_most_a_batch(house: House, body: bytes, tmp_path: Path) -> None:
    with house.client() as client:
        upload = begin(client, len(body))
        assert add(client, upload, 0, body[:100_000]).status_code == 204
        with half_sent(house, upload, 100_000, body[100_000:2_500_000], len(body) - 100_000):
            wait(lambda: client.get(f"/uploads/{upload}").json()["offset"] >= 2_000_000)
            house.kill()
    house.start()
    with house.client() as client:
        at = held(client, upload)
        assert 2_000_000 <= at <= 2_500_000
        assert add(client, upload, at, body[at:]).status_code == 204
    the_only_recording_is(house, upload, tmp_path / "dai.wav")


def test_a_server_that_is_told_to_stop_keeps_all_that_came(house: House, body: bytes, tmp_path: Path) -> None:
    with house.client() as client:
        upload = begin(client, len(body))
    with half_sent(house, upload, 0, body[:1_500_000], len(body)):
        with house.client() as client:
            wait(lambda: client.get(f"/uploads/{upload}").json()["offset"] >= 1_000_000)
        house.end()
    house.start()
    with house.client() as client:
        assert held(client, upload) == 1_500_000
        assert add(client, upload, 1_500_000, body[1_500_000:]).status_code == 204
    the_only_recording_is(house, upload, tmp_path / "dai.wav")


@pytest.mark.parametrize("how", ["closed", "reset", "silent"])
def test_all_that_came_over_a_line_that_breaks_is_kept(house: House, body: bytes, tmp_path: Path, how: str) -> None:
    with house.client() as client:
        upload = begin(client, len(body))
        line = half_sent(house, upload, 0, body[:1_500_000], len(body))
        wait(lambda: client.get(f"/uploads/{upload}").json()["offset"] >= 1_000_000)
        if how == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how != "silent":
            line.close()
        at = held(client, upload)
        assert 1_000_000 <= at <= 1_500_000
        if how == "closed":
            wait(lambda: held(client, upload) == 1_500_000)
            at = 1_500_000
        assert add(client, upload, at, body[at:]).status_code == 204
        line.close()
    the_only_recording_is(house, upload, tmp_path / "dai.wav")


@pytest.mark.parametrize("point", doomed.POINTS)
def test_a_server_killed_before_it_can_answer_hands_the_upload_over_once(
    house: House, body: bytes, tmp_path: Path, point: str
) -> None:
    house.end()
    house.program = [sys.executable, Path(doomed.__file__), point]
    house.start()
    with house.client() as client:
        upload = begin(client, len(body))
        with pytest.raises(httpx2.TransportError):
            add(client, upload, 0, body)
    assert house.gone() == -signal.SIGKILL
    house.program = [BIN / "tienglang", "serve"]
    house.start()
    with house.client() as client:
        assert held(client, upload) == len(body)
        assert add(client, upload, len(body), b"").status_code == 204
    the_only_recording_is(house, upload, tmp_path / "dai.wav")
    house.kill()
    house.start()
    the_only_recording_is(house, upload, tmp_path / "dai.wav")


def test_a_server_that_comes_back_hands_over_what_is_whole_though_nobody_asks(
    house: House, body: bytes, tmp_path: Path
) -> None:
    house.end()
    house.program = [sys.executable, Path(doomed.__file__), "moved"]
    house.start()
    with house.client() as client, pytest.raises(httpx2.TransportError):
        add(client, begin(client, len(body)), 0, body)
    assert house.gone() == -signal.SIGKILL
    house.program = [BIN / "tienglang", "serve"]
    house.start()
    with house.client() as client:
        wait(lambda: client.get("/library").json()["items"])
        (upload,) = client.get("/library/uploads").json()["items"]
    the_only_recording_is(house, upload["id"], tmp_path / "dai.wav")
