"""Fixtures of the faces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faces.office import Office, open_office


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
