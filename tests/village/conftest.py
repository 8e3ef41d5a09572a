"""Villages for tests: founded, served, enrolled, and ended whatever happens."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.village import PLACES, Village

TEXT = (
    "Kính mời bà con nghe thông báo của ủy ban nhân dân xã. "
    "Ngày mai trạm y tế xã tiêm phòng cho trẻ em tại nhà văn hóa. "
    "Đề nghị bà con đưa các cháu đi đúng giờ. Xin cảm ơn bà con."
)


def _first(clusters: int) -> list[tuple[str, list[str]]]:
    """The places of the first so many clusters."""
    places = []
    for place, names in PLACES:
        taken = list(names[: max(0, clusters)])
        clusters -= len(taken)
        places += [(place, taken)] if taken else []
    return places


def free_ports() -> int:
    """The first of three free ports in a row, for HTTP, MQTT and time."""
    for _ in range(50):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        if port < 65000 and all(_is_free(port + more) for more in (0, 1, 2)):
            return port
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def make_village(tmp_path: Path) -> Iterator[Callable[[int], Village]]:
    """Found a village of so many clusters, its server running and its boxes enrolled but not started."""
    made: list[Village] = []

    def make(clusters: int) -> Village:
        village = Village(tmp_path, free_ports())
        made.append(village)
        village.found()
        village.start_server()
        village.settle(_first(clusters))
        return village

    yield make
    for village in made:
        village.stop()


@pytest.fixture(scope="session")
def bulletin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spoken bulletin of some seconds, as a phone would send it."""
    folder = tmp_path_factory.mktemp("bulletin")
    wav, m4a = folder / "bulletin.wav", folder / "bulletin.m4a"
    subprocess.run(["espeak-ng", "-v", "vi", "-a", "70", "-w", wav, "--stdin"], input=TEXT.encode(), check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", wav, "-c:a", "aac", "-b:a", "64k", m4a], check=True)
    return m4a
