"""Hostile uploads through the real server: each a refusal in words, nothing left, no word outside, server alive."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.village import Village
from tests.audio_library import hostile
from tests.link.tap import Tap, apart
from tests.village.hearing import unmade, wait_until

MakeVillage = Callable[[int], Village]
CUTS = 200
ELSEWHERE = "192.0.2.7"
"""An address of nobody's."""


@pytest.fixture
def outside() -> Iterator[Tap]:
    """The test, its server and all that the server starts live in a network of their own, whose way out is tapped."""
    with apart() as tap:
        yield tap


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """A port on loopback that nobody may knock at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _verdict(village: Village, upload: hostile.Hostile) -> dict[str, Any] | None:
    """What the station says of an upload: its refusal, None if it took it."""
    token = (village.station / "cli.token").read_text().strip()
    answer = village.raw().post(
        "/api/v1/library/uploads",
        params={"name": upload.name},
        content=upload.data,
        headers={"Authorization": f"Bearer {token}"},
    )
    said: dict[str, Any] = answer.json()
    if answer.status_code >= 400:
        assert answer.status_code < 500, said
        return said
    while said["state"] not in ("ready", "refused", "failed"):
        time.sleep(0.05)
        said = village.api("GET", f"/library/uploads/{said['id']}")
    return None if said["state"] == "ready" else said["refusal"]


def _files(village: Village) -> set[str]:
    """Every file of the station's folder that belongs to uploads or content."""
    folders = [village.station / name for name in ("incoming", "content")]
    return {str(file) for folder in folders for file in folder.rglob("*") if file.is_file()}


def _at_rest(village: Village) -> set[str]:
    """Its files once the station has made all that it makes for itself."""
    wait_until(lambda: unmade(village), lambda names: not names, 90)
    wait_until(lambda: list((village.station / "incoming").iterdir()), lambda files: not files, 20)
    return _files(village)


def _nothing_is_left(village: Village, before: set[str]) -> None:
    """Within seconds: the verdict is on disk before what was judged is let go."""
    wait_until(lambda: sorted(_files(village) ^ before), lambda differing: not differing, 20)


def test_each_is_refused_in_words_and_leaves_nothing(
    outside: Tap, make_village: MakeVillage, bulletin: Path, ear: socket.socket
) -> None:
    village = make_village(0)
    made = village.folder / "made"
    made.mkdir()
    voice = made / "voice.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", bulletin, "-ar", "48000", voice], check=True)
    secret = made / "secret.mp3"
    secret.write_bytes(b"secret")
    uploads = [
        *hostile.playlists(ear.getsockname()[1], secret),
        *hostile.playlists(80, secret, ELSEWHERE),
        *hostile.playlists(80, secret, "loa.example.vn"),
        *hostile.strangers(),
        *hostile.archives(),
        *hostile.bombs(made, voice),
        *hostile.silences(made),
    ]
    before = _at_rest(village)
    for upload in uploads:
        said = _verdict(village, upload)
        assert said is not None, upload.name
        assert (upload.name, said["code"]) == (upload.name, upload.code)
        assert said["vi"]
        assert said["en"]
    assert len(uploads) > 80
    _nothing_is_left(village, before)
    with pytest.raises(BlockingIOError):
        ear.accept()
    assert village.upload(bulletin, "Sau tất cả vẫn nhận được")
    assert outside.sent() == [], "not one packet, nor a name that was asked for"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as careless:
        careless.sendto(b"?", (ELSEWHERE, 9))
    assert outside.sent() == [ELSEWHERE], "it would have been seen"


def test_two_hundred_uploads_cut_at_99_percent_leave_nothing(make_village: MakeVillage, bulletin: Path) -> None:
    village = make_village(0)
    token = (village.station / "cli.token").read_text().strip()
    body = bulletin.read_bytes()
    head = (
        f"POST /api/v1/library/uploads?name=cut.m4a HTTP/1.1\r\nHost: 127.0.0.1:{village.port}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    before = _at_rest(village)
    for _ in range(CUTS):
        with socket.create_connection(("127.0.0.1", village.port)) as line:
            line.sendall(head + body[: len(body) * 99 // 100])
    _nothing_is_left(village, before)
    assert json.dumps(village.api("GET", "/library/uploads")["items"]) == "[]"
    assert village.upload(bulletin, "Sau tất cả vẫn nhận được")
