from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from broadcast_server.app import create_app
from broadcast_server.ordering import Ordering
from broadcast_server.people.accounts import make_operator
from broadcast_server.people.tokens import make_token
from broadcast_server.store.orders import TemplateRow
from tests.contract import HOOKS
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


@pytest.fixture
async def ordering(stage: Stage) -> Ordering:
    """Whoever gives orders, all of whose templates have a sound."""
    recording = await stage.recording(1, "Còi hú")
    async with stage.station.database.transaction() as session:
        for row in await session.scalars(select(TemplateRow)):
            row.recording_id = recording
    return stage.station.ordering


@pytest.fixture
async def officer(stage: Stage) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who may do everything."""
    station = stage.station
    async with station.database.transaction() as session:
        user = await make_operator(session, station.station_id, stage.clock.moment)
        _, token = make_token(session, user.id, station.station_id, "tests", stage.clock.moment)
    transport = httpx2.ASGITransport(create_app(station, lambda _station: ()))
    headers = {"Authorization": f"Bearer {token}"}
    address = "http://station"
    async with httpx2.AsyncClient(transport=transport, base_url=address, headers=headers, event_hooks=HOOKS) as client:
        yield client
