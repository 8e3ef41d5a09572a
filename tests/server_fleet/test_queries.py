"""What is asked every few seconds touches few rows, however many years the log holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite

from broadcast_server.day_log import heads_of
from broadcast_server.feed.picture import alive
from broadcast_server.monitoring import overdue_ids
from broadcast_server.schedule.occurrence import Window
from broadcast_server.store.base import Database
from broadcast_server.store.schema import create_schema
from broadcast_server.today import airings_of_day
from speaker_client.protocol.ids import DAY, Micros, StationId

HERE = StationId("s")
NOW = Micros(1000 * DAY)


async def way_of(database: Database, query: Select[Any]) -> str:
    """How SQLite goes about it, as it says itself; asked with parameters, as the program asks."""
    asked = query.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    values = tuple(asked.params[name] for name in asked.positiontup or ())
    async with database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)).all()
    return "; ".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(
    ("query", "way"),
    [
        (overdue_ids(HERE, NOW), "USING INDEX ix_airings_undecided (station_id=? AND end_us<?)"),
        (
            airings_of_day(HERE, Window(NOW, Micros(NOW + DAY))),
            "USING INDEX ix_airings_station_start (station_id=? AND start_us>? AND start_us<?)",
        ),
    ],
)
async def test_the_log_is_not_read_through(tmp_path: Path, query: Select[Any], way: str) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.transaction() as session:
        await create_schema(session)
    assert await way_of(database, query) == f"SEARCH airings {way}"
    await database.close()


async def test_the_newest_orders_are_found_without_the_old_ones(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.transaction() as session:
        await create_schema(session)
    way = await way_of(database, alive(HERE, NOW))
    assert way.startswith("SEARCH orders USING INDEX ix_orders_station_made (station_id=? AND made_us>?)")
    assert "SCAN" not in way
    assert "TEMP B-TREE" not in way, "from the newest on, no further than there are places"
    await database.close()


async def test_a_day_of_the_log_is_gathered_from_that_day_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with database.transaction() as session:
        await create_schema(session)
    way = await way_of(database, heads_of(HERE, Window(NOW, Micros(NOW + DAY))))
    assert way.startswith(
        "SEARCH airings USING INDEX ix_airings_station_start (station_id=? AND start_us>? AND start_us<?)"
    )
    assert "SCAN" not in way
    await database.close()
