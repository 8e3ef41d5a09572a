from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.programmes.stage import Stage, found_in, stage_like


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A station as it was founded, closed."""
    return asyncio.run(found_in(tmp_path_factory.mktemp("pattern")))


@pytest.fixture
async def stage(pattern: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """A founded station with three clusters, Monday 23 November 2026, 08:00."""
    async with stage_like(pattern, tmp_path) as found:
        yield found
