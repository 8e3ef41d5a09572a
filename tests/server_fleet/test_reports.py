"""A journal reaches the station: doubled, forked, forged, and from the wrong hands."""

from __future__ import annotations

import asyncio
import json

import httpx2
import pytest
from sqlalchemy import func, select

from broadcast_server.store.fleet import BoxRow, FaultRow, ReportRow
from speaker_client.protocol.envelope import Envelope, canonical, payload_of
from speaker_client.protocol.ids import HOUR, MINUTE, AiringId
from speaker_client.protocol.refused import SENTENCES
from speaker_client.protocol.report import (
    GENESIS,
    AiringStarted,
    Fault,
    Fork,
    LogLost,
    PlanAccepted,
    Reason,
    Refused,
    Result,
    chain_hash,
)
from speaker_client.protocol.signature import SigningKey, signed_by
from tests.server_fleet.ground import Box, Ground, MovableClock, booted, ended, faults


async def kept(ground: Ground, box: Box) -> int:
    async with ground.station.database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(ReportRow).filter_by(box_id=box.id))
        return count or 0


async def test_an_airing_is_told_from_start_to_end_and_acknowledged_with_a_signature(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    airing = await ground.airing(cluster, "bản tin")
    await box.report(booted(), AiringStarted(airing=airing, due_us=0, started_us=3, error_us=3))
    assert (await ground.log(airing)).state == "PLAYING"
    ack = await box.report(ended(airing))
    assert (ack.upto, ack.head) == (3, box.heads[-1])
    row = await ground.log(airing)
    assert (row.state, row.started_us, row.error_us, row.sounded_us, row.evidence) == ("PLAYED", 3, 3, 1_000_000, 2)
    again = await box.hand_in(box.lines)
    assert signed_by(Envelope.model_validate_json(again.content), ground.station.keys.schedule.public)


async def test_a_batch_that_comes_twice_is_kept_once_and_acknowledged_twice(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    box.write(booted(), booted(), booted())
    first, second = await asyncio.gather(box.hand_in(box.lines), box.hand_in(box.lines))
    acks = [payload_of(Envelope.model_validate_json(answer.content)) for answer in (first, second)]
    assert [ack["upto"] for ack in acks] == [3, 3]
    assert await kept(ground, box) == 3
    assert await faults(ground) == []


async def test_overlapping_batches_bring_what_is_new(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    box.write(*[booted()] * 5)
    assert (await box.hand_in(box.lines[:3])).status_code == 200
    assert (await box.hand_in(box.lines[1:5])).status_code == 200
    assert await kept(ground, box) == 5


async def refused(answer: httpx2.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.json()["vi"]
    return str(answer.json()["code"])


async def test_lines_out_of_order_or_with_a_hole_are_refused_and_shown(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    box.write(*[booted()] * 4)
    assert await refused(await box.hand_in([box.lines[1], box.lines[0]]), 409) == "journal_broken"
    gap = await box.hand_in(box.lines[2:])
    assert await refused(gap, 409) == "journal_gap"
    assert gap.json()["upto"] == 0
    fork = Envelope.model_validate(gap.json()["fork"])
    assert signed_by(fork, ground.station.keys.schedule.public)
    said = Fork.read(payload_of(fork))
    assert (said.upto, said.head, said.answers, said.audience) == (0, GENESIS, box.heads[-1], f"box:{box.id}")
    assert await faults(ground) == ["journal_broken", "journal_gap"]
    assert (await box.hand_in(box.lines)).status_code == 200
    assert (await ground.technician().get("/api/v1/faults")).json() == {"items": []}


async def test_a_cloned_box_is_found_out_by_its_journal(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    await box.report(booted(), booted())
    clone = Box(ground, box.key, box.papers)
    clone.write(booted(), Refused(code="x", statement="y"), booted())
    assert await refused(await clone.hand_in(clone.lines), 409) == "journal_forked"
    assert await refused(await clone.hand_in(clone.lines[2:]), 409) == "journal_forked"
    assert await faults(ground) == ["journal_forked"]
    assert await kept(ground, box) == 2


async def test_only_the_boxs_own_key_speaks_for_it(ground: Ground) -> None:
    here, there = await ground.box(await ground.cluster("Cụm chợ")), await ground.box(await ground.cluster("Cụm đồi"))
    here.write(booted())
    for key in (SigningKey.born(), there.key, ground.station.keys.schedule):
        assert await refused(await here.hand_in(here.lines, key), 403) == "bad_signature"
    assert await refused(await here.hand_in(here.lines, box=there.id), 403) == "wrong_box"
    assert await refused(await here.hand_in(here.lines, station="elsewhere"), 403) == "wrong_box"
    stolen = there.batch(here.lines, box=there.id).seal([there.key])
    assert await refused(await there.http.post("/box/v1/reports", content=stolen.encode()), 400) == "malformed"
    assert await kept(ground, here) == await kept(ground, there) == 0


async def test_a_box_has_no_say_in_another_clusters_log(ground: Ground) -> None:
    here, there = await ground.cluster("Cụm chợ"), await ground.cluster("Cụm đồi")
    await ground.box(there)
    foreign, box = await ground.airing(there, "của đồi"), await ground.box(here)
    await box.report(ended(foreign), ended(AiringId("f" * 32)))
    assert (await ground.log(foreign)).state == "PENDING"
    assert await faults(ground) == ["airing_unknown", "airing_unknown"]


async def test_a_second_end_changes_nothing_and_is_shown(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    airing = await ground.airing(cluster, "bản tin")
    await box.report(ended(airing), ended(airing, Result.MISSED))
    assert (await ground.log(airing)).state == "PLAYED"
    assert await faults(ground) == ["ended_twice"]


async def test_accepting_a_plan_closes_what_the_box_never_knew(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    withdrawn = await ground.airing(cluster, "bị hủy", first_plan=1, withdrawn_plan=2, withdrawn_by="hoa")
    past = await ground.airing(cluster, "đã qua", first_plan=2, until_us=ground.station.clock.now_us() - 1)
    coming = await ground.airing(cluster, "sắp tới", first_plan=2)
    await box.report(PlanAccepted(seq=1, airings=1))
    assert {(await ground.log(one)).state for one in (withdrawn, past, coming)} == {"PENDING"}
    clock.shift_us += 1
    await box.report(PlanAccepted(seq=2, airings=1))
    cancelled, missed = await ground.log(withdrawn), await ground.log(past)
    assert (cancelled.state, cancelled.reason, cancelled.by) == ("CANCELLED", "WITHDRAWN", "hoa")
    assert (missed.state, missed.reason) == ("MISSED", Reason.NO_PLAN)
    assert (await ground.log(coming)).state == "PENDING"


async def test_what_was_on_air_as_the_plan_without_it_came_is_told_as_it_was_heard(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    airing = await ground.airing(cluster, "bị rút", first_plan=1, withdrawn_plan=2, withdrawn_by="hoa")
    await box.report(PlanAccepted(seq=2, airings=0))
    assert (await ground.log(airing)).state == "CANCELLED"
    await box.report(AiringStarted(airing=airing, due_us=0, started_us=5, error_us=5))
    row = await ground.log(airing)
    assert (row.state, row.reason, row.by, row.decided_us) == ("PLAYING", None, None, None)
    await box.report(PlanAccepted(seq=3, airings=0), ended(airing))
    row = await ground.log(airing)
    assert (row.state, row.reason, row.by) == ("PLAYED", None, None)
    assert await faults(ground) == []


async def test_what_a_replaced_box_had_been_told_stays_unknown(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    old = await ground.box(cluster)
    told, untold = (
        await ground.airing(cluster, "đã báo", first_plan=1),
        await ground.airing(cluster, "mới", first_plan=2),
    )
    await old.report(PlanAccepted(seq=1, airings=1))
    clock.shift_us += HOUR
    await ground.station.monitoring.look()
    new = await ground.box(cluster)
    await new.report(PlanAccepted(seq=2, airings=0))
    assert (await ground.log(told)).state == "UNKNOWN"
    assert ((await ground.log(untold)).state, (await ground.log(untold)).reason) == ("MISSED", "NO_PLAN")


async def test_unspoken_airings_become_unknown_and_the_box_may_still_speak(ground: Ground, clock: MovableClock) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    airing = await ground.airing(cluster, "bản tin")
    clock.shift_us += 12 * MINUTE
    await ground.station.monitoring.look()
    assert (await ground.log(airing)).state == "UNKNOWN"
    await box.report(ended(airing, Result.PARTIAL))
    assert (await ground.log(airing)).state == "PARTIAL"


async def test_what_a_newer_box_says_is_kept_and_the_journal_goes_on(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    box.write(booted())
    strange = json.loads(box.lines[0]) | {"n": 2, "prev": box.heads[-1], "body": {"kind": "hailstorm", "stones": 3}}
    box.lines.append(canonical(strange))
    box.heads.append(chain_hash(box.lines[-1]))
    box.write(booted())
    assert (await box.hand_in(box.lines)).status_code == 200
    assert await kept(ground, box) == 3
    assert await faults(ground) == ["report_unread"]


async def test_faults_are_raised_once_and_cleared(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    broken = Fault(code="sound_card", detail="gone", raised=True)
    await box.report(broken, broken)
    listed = (await ground.technician().get("/api/v1/faults")).json()["items"]
    assert [(one["code"], one["detail"], one["cleared_us"]) for one in listed] == [("sound_card", "gone", None)]
    await box.report(Fault(code="sound_card", detail="back", raised=False), LogLost(first=1, last=None))
    assert (await ground.technician().get("/api/v1/faults")).json()["items"] == []
    assert await faults(ground) == ["sound_card", "log_lost"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 50_000, b'{"payload":"{}","signatures":[]}', b"\xff" * 100])
async def test_rubbish_is_refused_in_words(ground: Ground, body: bytes) -> None:
    box = await ground.box(await ground.cluster())
    answer = await box.http.post("/box/v1/reports", content=body)
    assert answer.status_code in (400, 403)
    assert answer.json()["code"] in ("malformed", "bad_signature")


async def test_more_than_a_megabyte_is_not_read(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    answer = await box.http.post("/box/v1/reports", content=b"x" * 1_100_000)
    assert await refused(answer, 413) == "too_large"


async def test_after_a_restore_the_journal_may_go_on_where_the_box_has_nothing_in_between(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    box.write(*[booted()] * 8)
    assert await refused(await box.hand_in(box.lines[2:4], after=0), 409) == "journal_gap"
    async with ground.station.database.transaction() as session:
        (await session.get_one(BoxRow, box.id)).gap_forgiven = True
    for held in (None, 1, 2):
        assert await refused(await box.hand_in(box.lines[2:4], after=held), 409) == "journal_gap"
    assert (await box.hand_in(box.lines[2:4], after=0)).status_code == 200
    assert await faults(ground) == ["journal_gap", "reports_lost"]
    assert await refused(await box.hand_in(box.lines[5:], after=5), 409) == "journal_gap"
    assert (await box.hand_in(box.lines[5:], after=4)).status_code == 200


async def test_an_older_box_that_does_not_say_what_it_holds_is_asked_for_an_hour(
    ground: Ground, clock: MovableClock
) -> None:
    box = await ground.box(await ground.cluster())
    box.write(*[booted()] * 8)
    assert await refused(await box.hand_in(box.lines[2:4]), 409) == "journal_gap"
    clock.shift_us += HOUR
    assert await refused(await box.hand_in(box.lines[2:4]), 409) == "journal_gap", "the station was not restored"
    async with ground.station.database.transaction() as session:
        (await session.get_one(BoxRow, box.id)).gap_forgiven = True
    assert (await box.hand_in(box.lines[2:4])).status_code == 200
    assert await faults(ground) == ["journal_gap", "reports_lost"]
    assert await refused(await box.hand_in(box.lines[5:]), 409) == "journal_gap", "another hole is asked for anew"
    assert (await box.hand_in(box.lines[4:])).status_code == 200


async def test_what_a_box_did_not_obey_is_told_in_a_code_and_a_sentence(ground: Ground) -> None:
    box = await ground.box(await ground.cluster())
    await box.report(
        booted(), Refused(code="expired", statement="emergency", count=3), Refused(code="new", statement="x")
    )
    async with ground.station.database.reading() as session:
        details = list(await session.scalars(select(FaultRow.detail).order_by(FaultRow.id)))
    assert details == [f"emergency × 3, expired: {' / '.join(SENTENCES['expired'])}", "x × 1, new"]
