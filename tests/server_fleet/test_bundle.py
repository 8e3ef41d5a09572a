"""What a box pulls: only its own, only when it is new, at once when it becomes new."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import update

from broadcast_server.faulting import ROLLED_BACK, raise_fault
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import OutboxRow
from speaker_client.protocol.bundle import Bundle
from speaker_client.protocol.command import Stop
from speaker_client.protocol.config import BoxConfig
from speaker_client.protocol.envelope import payload_of
from speaker_client.protocol.ids import MINUTE, AiringId
from speaker_client.protocol.signature import signed_by
from tests.server_fleet.ground import Box, Ground, MovableClock


async def pull(box: Box, etag: str | None = None, wait: int = 0) -> tuple[int, Bundle | None, str]:
    headers = {"If-None-Match": etag} if etag else {}
    answer = await box.http.get("/box/v1/bundle", params={"wait": wait}, headers=headers)
    bundle = Bundle.model_validate_json(answer.content) if answer.status_code == 200 else None
    return answer.status_code, bundle, answer.headers["etag"]


async def test_a_bundle_is_what_was_signed_and_its_tag_holds_while_it_is_the_same(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    status, bundle, etag = await pull(box)
    assert status == 200
    assert bundle is not None
    assert (bundle.keyring, bundle.config, bundle.plan) == (box.papers.keyring, box.papers.config, None)
    assert await pull(box, etag) == (304, None, etag)


async def test_a_bundle_travels_packed_to_who_can_unpack_it(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    plain = await box.http.get("/box/v1/bundle", headers={"Accept-Encoding": "identity"})
    packed = await box.http.get("/box/v1/bundle", headers={"Accept-Encoding": "gzip"})
    assert (plain.content, plain.headers["etag"]) == (packed.content, packed.headers["etag"])
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(plain.content)


async def test_a_long_poll_waits_and_answers_the_moment_something_is_new(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    _, _, etag = await pull(box)
    waiting = asyncio.create_task(pull(box, etag, wait=30))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    changed = time.monotonic()
    await ground.station.places.adjust_loudspeaker(cluster, 2, gain_cb=-300, muted=None, by="hoa")
    status, bundle, _ = await waiting
    assert time.monotonic() - changed < 5.0
    assert status == 200
    assert bundle is not None
    config = BoxConfig.read(payload_of(bundle.config))
    assert [(one.number, one.gain_cb) for one in config.loudspeakers] == [(1, 0), (2, -300), (3, 0)]
    assert config.seq == BoxConfig.read(payload_of(box.papers.config)).seq + 1


async def test_a_long_poll_with_nothing_new_ends_when_its_time_is_up(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    _, _, etag = await pull(box)
    began = time.monotonic()
    assert (await pull(box, etag, wait=1))[0] == 304
    assert 0.9 < time.monotonic() - began < 8


async def test_another_clusters_news_wakes_nobody_else_into_a_full_answer(ground: Ground) -> None:
    here, there = await ground.cluster("Cụm chợ"), await ground.cluster("Cụm đồi")
    box = await ground.box(here)
    _, _, etag = await pull(box)
    waiting = asyncio.create_task(pull(box, etag, wait=1))
    await asyncio.sleep(0.1)
    await ground.station.places.adjust_loudspeaker(there, 1, gain_cb=None, muted=True, by="hoa")
    assert (await waiting)[0] == 304


async def test_stop_stands_in_the_inbox_of_those_it_is_for_until_it_expires(
    ground: Ground, clock: MovableClock
) -> None:
    here, there = await ground.cluster("Cụm chợ"), await ground.cluster("Cụm đồi")
    near, far = await ground.box(here), await ground.box(there)
    airing = await ground.airing(here, "bản tin")
    answer = await ground.technician().post("/api/v1/stop", json={"airings": [airing]})
    assert (answer.status_code, answer.json()) == (202, {"clusters": [here]})
    _, bundle, _ = await pull(near)
    assert bundle is not None
    (envelope,) = bundle.inbox
    assert signed_by(envelope, ground.station.keys.schedule.public)
    stop = Stop.read(payload_of(envelope))
    assert (stop.airings, stop.by) == ((airing,), "operator")
    _, other, _ = await pull(far)
    assert other is not None
    assert other.inbox == ()
    clock.shift_us += 16 * MINUTE
    _, later, _ = await pull(near)
    assert later is not None
    assert later.inbox == ()


async def test_stop_for_everybody_reaches_every_box(ground: Ground) -> None:
    boxes = [await ground.box(await ground.cluster(name)) for name in ("Cụm chợ", "Cụm đồi")]
    answer = await ground.technician().post("/api/v1/stop", json={})
    assert len(answer.json()["clusters"]) == 2
    for box in boxes:
        _, bundle, _ = await pull(box)
        assert bundle is not None
        assert [Stop.read(payload_of(one)).airings for one in bundle.inbox] == [()]


async def test_a_box_hears_no_more_of_what_it_reported_the_end_of_and_of_one_silence_for_all(ground: Ground) -> None:
    here = await ground.cluster("Cụm chợ")
    box, person = await ground.box(here), ground.technician()
    airing, other = await ground.airing(here, "bản tin"), await ground.airing(here, "dân ca")
    await person.post("/api/v1/stop", json={"airings": [airing, other]})
    for _ in range(3):
        await person.post("/api/v1/stop", json={"clusters": [here]})
    assert await stops(box) == [(airing, other), ()]
    await report_end(ground, airing)
    assert await stops(box) == [(airing, other), ()]
    await report_end(ground, other)
    assert await stops(box) == [()]
    async with ground.station.database.transaction() as session:  # it may have forgotten what it reported
        now = ground.station.clock.now_us()
        await raise_fault(session, ground.station.station_id, box.id, ROLLED_BACK, "", now)
    assert len(await stops(box)) == 4


async def report_end(ground: Ground, airing: AiringId) -> None:
    """As the log has it once the box has had its last word."""
    ended = update(AiringRow).where(AiringRow.id == airing).values(state="PARTIAL", report={"kind": "airing_ended"})
    async with ground.station.database.transaction() as session:
        await session.execute(ended)


async def stops(box: Box) -> list[tuple[str, ...]]:
    """What the stops in its inbox name."""
    _, bundle, _ = await pull(box)
    assert bundle is not None
    return [Stop.read(payload_of(one)).airings for one in bundle.inbox]


async def test_what_is_not_there_cannot_be_stopped_and_what_is_over_needs_no_order(ground: Ground) -> None:
    cluster = await ground.cluster()
    over = await ground.airing(cluster, "hôm qua", state="PLAYED")
    person = ground.technician()
    assert (await person.post("/api/v1/stop", json={"airings": ["0" * 32]})).status_code == 404
    assert (await person.post("/api/v1/stop", json={"clusters": ["nowhere"]})).status_code == 404
    assert (await person.post("/api/v1/stop", json={"airings": [over]})).json() == {"clusters": []}


async def test_news_stand_in_the_outbox_until_somebody_could_be_told(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    await ground.station.places.adjust_loudspeaker(cluster, 1, gain_cb=-100, muted=None, by="hoa")
    assert (await ground.station.telling.tell_all()).boxes == 0, "there is no broker"
    async with ground.station.database.reading() as session:
        assert await session.get(OutboxRow, box.id) is not None
