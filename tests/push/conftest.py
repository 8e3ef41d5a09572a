from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faces.office import Office, open_office
from tests.push.service import PushService, push_service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    """A push service on this machine."""
    with push_service(tmp_path / "push") as running:
        yield running


@pytest.fixture
async def office(tmp_path: Path, service: PushService) -> AsyncIterator[Office]:
    """A station that may tell phones things by it."""
    async with open_office(tmp_path / "data", **service.settings) as office:
        yield office
