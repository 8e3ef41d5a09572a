"""Fixtures of the faces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faces.house import House
from tests.faces.office import Office, open_office, sound


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A station whose library only receives."""
    async with open_office(tmp_path / "data") as office:
        yield office


@pytest.fixture
async def working_office(tmp_path: Path) -> AsyncIterator[Office]:
    """A station whose library works."""
    async with open_office(tmp_path / "data", working=True) as office:
        yield office


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A house and what `init` said."""
    house = House(tmp_path_factory.mktemp("house"))
    new = ("--name", "Xã Tây Hồ", "--port", str(house.port), "--quiet-hours", "none")  # tests run at any hour
    return {"house": house, "said": house.ask("init", *new)}


@pytest.fixture(scope="module")
def house(founded: dict[str, Any]) -> Iterator[House]:
    """A serving station with a village, a cluster and a recording."""
    house: House = founded["house"]
    house.start()
    house.ask("cluster", "add-village", "Thôn Đông")
    house.ask("cluster", "add", "Nhà văn hóa", "--village", "thôn đông", "--loudspeakers", "3")
    house.ask("library", "upload", sound(house.data / "ban-tin.mp3"), "--title", "Lời chào")
    yield house
    house.end()
