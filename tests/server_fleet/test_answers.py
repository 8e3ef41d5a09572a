"""What many boxes answer to one order is entered together, each with its own time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import event, select

from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import CommandRow
from speaker_client.protocol.envelope import Envelope
from tests.server_fleet.ground import Box, Ground, ground_in, press
from tests.server_fleet.roads import answer, with_port


async def told(ground: Ground, box: Box) -> Envelope:
    """The order as this box is told it."""
    async with ground.station.database.reading() as session:
        row = await session.scalar(select(CommandRow).filter_by(audience=f"cluster:{box.papers.cluster}"))
        assert row
        return Envelope.model_validate_json(row.envelope)


async def test_answers_of_one_moment_are_one_transaction(tmp_path: Path) -> None:
    async with ground_in(tmp_path, background=with_port) as ground:
        boxes = [await ground.box(await ground.cluster(name)) for name in ("chợ", "đình", "trường")]
        await ground.station.doors.refresh()
        order, written = await press(ground), list[str]()
        answers = [answer(box, await told(ground, box), not_before_us=n)[1:] for n, box in enumerate(boxes, 7)]

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            written.extend([statement] if statement.startswith("UPDATE airings") else [])

        event.listen(ground.station.database.engine.sync_engine, "before_cursor_execute", note)
        bell = ground.station.news.screen_bell()
        for one in answers:
            assert ground.station.answering.take(one)
            for _ in range(5):  # not all in the same breath
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await bell.wait()
        async with ground.station.database.reading() as session:
            rows = list(await session.scalars(select(AiringRow).filter_by(order_id=order)))
        assert {row.cluster_id: row.accepted_us for row in rows} == {
            box.papers.cluster: n for n, box in enumerate(boxes, 7)
        }
        assert len(written) == 1
