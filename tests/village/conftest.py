"""Villages for tests: founded, served, enrolled, and ended whatever happens."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest

from deploy.village import PLACES, Village
from tests.ports import free_ports
from tests.village.hearing import unmade, wait_until

TEXT = (
    "Kính mời bà con nghe thông báo của ủy ban nhân dân xã. "
    "Ngày mai trạm y tế xã tiêm phòng cho trẻ em tại nhà văn hóa. "
    "Đề nghị bà con đưa các cháu đi đúng giờ. Xin cảm ơn bà con."
)


LAST_LINES = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows the last words of its village's processes."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder:
        for log in sorted(folder.rglob("logs/*.log")):
            words = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            report.sections.append((f"last words of {log.stem}", "\n".join(words)))
    return report


def _first(clusters: int) -> list[tuple[str, list[str]]]:
    """The places of the first so many clusters."""
    places = []
    for place, names in PLACES:
        taken = list(names[: max(0, clusters)])
        clusters -= len(taken)
        places += [(place, taken)] if taken else []
    return places


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station's folder, with all that it makes for itself made: ten seconds of a core that no village needs again."""
    village = Village(tmp_path_factory.mktemp("founded"), free_ports())
    try:
        village.found()
        village.start_server()
        wait_until(lambda: unmade(village), lambda names: not names, 90)
    finally:
        village.stop()
    return village.station


def begin(village: Village, founded: Path) -> None:
    """Its station is a copy of that one, and served."""
    shutil.copytree(founded, village.station, ignore=shutil.ignore_patterns("ballast*", "address"))
    village.start_server()


@pytest.fixture
def make_village(tmp_path: Path, founded: Path) -> Iterator[Callable[..., Village]]:
    """A village of so many clusters, its server running and its boxes enrolled but not started."""
    made: list[Village] = []

    def make(clusters: int, env: Mapping[str, str] | None = None) -> Village:
        village = Village(tmp_path, free_ports(), env)
        made.append(village)
        begin(village, founded)
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
