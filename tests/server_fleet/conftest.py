from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server_fleet.ground import Ground, MovableClock, ground_in


@pytest.fixture
def clock() -> MovableClock:
    """The station's clock."""
    return MovableClock()


@pytest.fixture
async def ground(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Ground]:
    """A running station."""
    async with ground_in(tmp_path, clock) as running:
        yield running
