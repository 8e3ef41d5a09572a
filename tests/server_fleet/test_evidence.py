"""The ladder of evidence: a loudspeaker sounded when that was measured, and never else."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_server.store.orders import OrderRow
from speaker_client.protocol.ids import SECOND, AiringId, ClusterId, LoudspeakerNumber, OrderId
from speaker_client.protocol.report import (
    AiringStarted,
    Evidence,
    Measured,
    Measurement,
    OrderAccepted,
    PlanAccepted,
    SensorKind,
)
from tests.server_fleet.ground import Box, Ground, ended, faults

ORDER = OrderId("f" * 32)


def measured(airing: AiringId, kind: SensorKind, *, at: int = 7, **sounded: bool) -> Measured:
    """`l13=True`: loudspeakers 1 and 3 were heard together."""
    return Measured(
        airing=airing,
        sensor=kind,
        measurements=tuple(
            Measurement(
                loudspeakers=tuple(LoudspeakerNumber(int(digit)) for digit in name[1:]),
                sounded=heard,
                level_cb=-1250 if heard else -8000,
                confidence_pct=93 if heard else 4,
                at_us=at,
            )
            for name, heard in sounded.items()
        ),
    )


async def ordered(ground: Ground) -> tuple[Box, AiringId]:
    """An emergency for one cluster, playing."""
    cluster = await ground.cluster()
    box, now = await ground.box(cluster), ground.station.clock.now_us()
    async with ground.station.database.transaction() as session:
        session.add(
            OrderRow(
                id=ORDER,
                station_id=ground.station.station_id,
                key="emergency:12345678",
                kind="emergency",
                template="flood",
                title="Lũ",
                targets=["all"],
                rounds=1,
                made_by="hoa",
                made_us=1,
                expires_us=now + 60 * SECOND,
                until_us=now + 60 * SECOND,
            )
        )
    airing = await ground.airing(cluster, "lũ", order_id=ORDER, first_plan=0, sent_us=1, planned=planned([1, 2, 3]))
    started = AiringStarted(airing=airing, due_us=0, started_us=3, error_us=3)
    await box.report(OrderAccepted(order=ORDER, airing=airing), started)
    return box, airing


def planned(loudspeakers: list[int]) -> dict[str, Any]:
    return {"loudspeakers": loudspeakers, "items": [], "parts": []}


async def stands(ground: Ground) -> dict[str, Any]:
    answer = await ground.technician().get(f"/api/v1/orders/{ORDER}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def line(ground: Ground) -> dict[str, Any]:
    (found,) = (await ground.technician().get("/api/v1/log")).json()["items"]
    told: dict[str, Any] = found
    return told


async def test_without_a_sensor_it_plays_and_the_words_say_that_nothing_was_measured(ground: Ground) -> None:
    await ordered(ground)
    order = await stands(ground)
    (cluster,) = order["clusters"]
    assert (order["playing"], order["sounded"]) == (3, 0)
    assert (cluster["vi"], cluster["en"]) == ("Đang phát (chưa đo được tiếng).", "On air (not measured).")
    assert {(one["playing"], one["sounded"], one["sensor"]) for one in cluster["loudspeakers"]} == {(3, None, None)}
    assert ((await line(ground))["evidence"], (await line(ground))["evidence_vi"]) == (3, "chưa đo được tiếng")


async def test_an_ordinary_airing_has_a_ladder_for_every_loudspeaker(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    airing = await ground.airing(cluster, "bản tin", first_plan=4, sent_us=2, planned=planned([1, 2, 3]))
    before = (await ground.technician().get(f"/api/v1/log/{airing}")).json()
    assert [(one["sent"], one["acknowledged"], one["playing"]) for one in before["loudspeakers"]] == [
        (2, None, None)
    ] * 3
    now = ground.station.clock.now_us()
    await box.report(PlanAccepted(seq=3, airings=0), PlanAccepted(seq=4, airings=1), PlanAccepted(seq=5, airings=1))
    await box.report(AiringStarted(airing=airing, due_us=0, started_us=now, error_us=3))
    await box.report(measured(airing, SensorKind.LINE_CURRENT, at=now + 5, l1=True, l2=True, l3=False))
    told = (await ground.technician().get(f"/api/v1/log/{airing}")).json()
    acknowledged = {one["acknowledged"] for one in told["loudspeakers"]} | {told["acknowledged"]}
    assert len(acknowledged) == 1
    assert abs(acknowledged.pop() - now) < 5 * SECOND
    steps = [(one["number"], one["sent"], one["playing"], one["sounded"]) for one in told["loudspeakers"]]
    assert steps == [(1, 2, now, now + 5), (2, 2, now, now + 5), (3, 2, now, None)]
    assert (told["sounded"], told["title"]) == (now + 5, "bản tin")
    assert (await ground.technician().get("/api/v1/log/unknown")).status_code == 404


async def test_two_of_three_sounded_and_the_third_is_named(ground: Ground) -> None:
    box, airing = await ordered(ground)
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=True, l2=True))
    assert (await line(ground))["evidence_vi"] == "đã đo có tiếng ở loa 1, 2"
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l3=False))
    order = await stands(ground)
    (cluster,) = order["clusters"]
    assert order["sounded"] == 2
    assert cluster["loudspeakers"][0] == {
        "number": 1,
        "sent": 1,
        "acknowledged": cluster["loudspeakers"][0]["acknowledged"],
        "playing": 3,
        "sounded": 7,
        "level_dbfs": -12.5,
        "confidence": 0.93,
        "sensor": "line_current",
        "simulated": False,
    }
    lost = cluster["loudspeakers"][2]
    assert (lost["playing"], lost["sounded"], lost["level_dbfs"], lost["confidence"]) == (3, None, -80.0, 0.04)
    assert cluster["vi"] == "Đang phát (đã đo có tiếng ở loa 1, 2, không đo thấy tiếng ở loa 3)."
    await box.report(ended(airing))
    told = await line(ground)
    assert (told["state"], told["evidence"]) == ("PLAYED", Evidence.ELECTRICAL)
    assert told["evidence_en"] == "1, 2 measured to sound, no sound found on 3"
    assert [(one["loudspeakers"], one["sounded"]) for one in told["soundings"]] == [([1], 7), ([2], 7), ([3], None)]


async def test_a_microphone_proves_the_cluster_and_no_single_loudspeaker(ground: Ground) -> None:
    box, airing = await ordered(ground)
    await box.report(measured(airing, SensorKind.MICROPHONE, l123=True))
    order = await stands(ground)
    (cluster,) = order["clusters"]
    assert (order["sounded"], cluster["sounded"], cluster["sensor"]) == (0, 7, "microphone")
    assert cluster["vi"] == "Đang phát (đã đo có tiếng ở cụm)."
    assert (await ground.log(airing)).evidence == Evidence.ACOUSTIC


async def test_a_sensor_that_heard_nothing_of_ours_is_said_and_is_no_evidence(ground: Ground) -> None:
    box, airing = await ordered(ground)
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=False, l2=False, l3=False), ended(airing))
    (cluster,) = (await stands(ground))["clusters"]
    assert cluster["vi"] == "Đã phát (cảm biến không đo thấy tiếng)."
    assert cluster["sounded"] is None
    assert (await ground.log(airing)).evidence == Evidence.DECODED


@pytest.mark.parametrize("after", [False, True])
async def test_an_ordinary_airing_is_measured_too_even_after_its_end(ground: Ground, after: bool) -> None:
    cluster = await ground.cluster()
    box, airing = await ground.box(cluster), await ground.airing(cluster, "bản tin", planned=planned([1]))
    said, end = measured(airing, SensorKind.LINE_LOOPBACK, l1=True), ended(airing)
    await box.report(AiringStarted(airing=airing, due_us=0, started_us=3, error_us=3))
    await box.report(*((end, said) if after else (said, end)))
    told = await line(ground)
    assert (told["state"], told["evidence"], told["evidence_vi"]) == ("PLAYED", 4, "đã đo có tiếng")


async def test_what_a_simulated_sensor_found_is_never_shown_without_saying_so(ground: Ground) -> None:
    box, airing = await ordered(ground)
    said = measured(airing, SensorKind.LINE_CURRENT, l1=True, l2=True, l3=True)
    await box.report(said.model_copy(update={"simulated": True}))
    (cluster,) = (await stands(ground))["clusters"]
    assert cluster["vi"] == "Đang phát (đã đo có tiếng; cảm biến mô phỏng)."
    assert [one["simulated"] for one in cluster["loudspeakers"]] == [True] * 3
    assert (await line(ground))["evidence_en"] == "measured: it sounded; simulated sensor"


async def test_a_measurement_of_another_clusters_airing_changes_nothing(ground: Ground) -> None:
    here, there = await ground.cluster("Cụm chợ"), await ground.cluster("Cụm đồi")
    box, airing = await ground.box(here), await ground.airing(there, "bản tin")
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=True))
    row = await ground.log(airing)
    assert (row.measured, row.evidence) == (None, None)


async def test_nothing_is_measured_before_it_began(ground: Ground) -> None:
    cluster = await ground.cluster()
    box, airing = await ground.box(cluster), await ground.airing(cluster, "bản tin", planned=planned([1, 2, 3]))
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=True))
    told = await line(ground)
    assert (told["state"], told["evidence"], told["soundings"]) == ("PENDING", Evidence.SENT, [])
    assert await faults(ground) == ["measured_before_start"]


async def test_a_last_word_is_no_measurement_however_high_it_claims(ground: Ground) -> None:
    box, airing = await ordered(ground)
    await box.report(ended(airing).model_copy(update={"evidence": Evidence.ACOUSTIC}))
    assert ((await line(ground))["evidence"], (await line(ground))["evidence_vi"]) == (3, "chưa đo được tiếng")


async def test_loudspeakers_that_were_not_to_sound_prove_nothing(ground: Ground) -> None:
    box, airing = await ordered(ground)
    await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=False, l4=True, l56=True))
    (cluster,) = (await stands(ground))["clusters"]
    assert (cluster["sounded"], (await line(ground))["evidence"]) == (None, 3)
    assert [one["loudspeakers"] for one in (await line(ground))["soundings"]] == [[1]]
    assert await faults(ground) == ["measured_elsewhere"]


@pytest.mark.parametrize(
    "more",
    [
        {"level_cb": 10**400},
        {"at_us": 10**18},
        {"loudspeakers": tuple(range(1, 10_000))},
        {"confidence_pct": 0},
    ],
)
async def test_a_box_gone_mad_does_not_take_the_log_with_it(ground: Ground, more: dict[str, Any]) -> None:
    box, airing = await ordered(ground)
    said = measured(airing, SensorKind.LINE_CURRENT, l1=True)
    wild = said.measurements[0].model_copy(update=more)
    mad = AiringStarted(airing=airing, due_us=0, started_us=3, error_us=3).model_copy(update={"started_us": 9 * 10**18})
    await box.report(said.model_copy(update={"measurements": (wild,)}), mad)
    assert (await stands(ground))["sounded"] == 0
    assert (await line(ground))["evidence"] == 3
    assert await faults(ground) == ["report_unread", "report_unread"]


async def states(ground: Ground) -> list[str]:
    (cluster,) = (await ground.technician().get("/api/v1/clusters")).json()["items"]
    return [horn["state"] for horn in cluster["loudspeakers"]]


async def test_a_loudspeaker_that_no_sensor_hears_three_times_is_not_called_ready(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)

    async def broadcast(number: int, **sounded: bool) -> None:
        airing = await ground.airing(cluster, f"bản tin {number}", planned=planned([1, 2, 3]))
        await box.report(AiringStarted(airing=airing, due_us=0, started_us=5, error_us=5))
        await box.report(measured(airing, SensorKind.LINE_CURRENT, **sounded))
        await box.report(measured(airing, SensorKind.LINE_CURRENT, **sounded), ended(airing))

    for number in range(2):
        await broadcast(number, l1=True, l2=False)
    assert await states(ground) == ["ready"] * 3
    await broadcast(2, l1=True, l2=False)
    assert await states(ground) == ["ready", "unheard", "ready"], "of the third no sensor says anything"
    await ground.station.trying_out.heard(ClusterId(cluster), 2, True, None, "hoa")
    assert await states(ground) == ["ready"] * 3, "whoever stood beneath it knows better"
    for number in range(3, 6):
        await broadcast(number, l1=True, l2=False)
    await broadcast(6, l1=True, l2=True)
    assert await states(ground) == ["ready"] * 3, "one proof is enough"


async def test_what_a_sensor_says_after_the_end_counts_too(ground: Ground) -> None:
    cluster = await ground.cluster()
    box = await ground.box(cluster)
    for number in range(3):
        airing = await ground.airing(cluster, f"bản tin {number}", planned=planned([1, 2, 3]))
        await box.report(AiringStarted(airing=airing, due_us=0, started_us=5, error_us=5))
        await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=False), ended(airing))
        await box.report(measured(airing, SensorKind.LINE_CURRENT, l1=True, l2=False))
    assert await states(ground) == ["ready", "unheard", "ready"]
