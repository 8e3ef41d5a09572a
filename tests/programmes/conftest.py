from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.programmes.stage import Stage, stage_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A founded station with three clusters, Monday 23 November 2026, 08:00."""
    async with stage_in(tmp_path) as found:
        yield found
