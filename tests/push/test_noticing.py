"""What is told, to whom and in which words, and what never is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broadcast_server.noticing import LATE_US, STEADY_US
from broadcast_server.people.rights import Role
from broadcast_server.push.notices import LONGEST_BODY, LONGEST_TITLE, Look, emergency, relay_dead
from broadcast_server.push.sealing import LARGEST_NOTICE
from broadcast_server.store.base import Base
from broadcast_server.store.notices import NoticeRow, ReminderRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from speaker_client.protocol.ids import MINUTE, BoxId
from tests.faces.office import Office, open_office
from tests.live.booth import settle
from tests.push.people import Owner, looked, owner
from tests.push.service import PushService


async def ordered(office: Office, name: str, kind: str, by: str = "lan", ago_us: int = 0, title: str = "Lũ") -> None:
    """An order as the press of a button leaves it behind."""
    made_us = office.clock.at_us - ago_us
    row = OrderRow(
        id=name, station_id=office.station.station_id, key=name, kind=kind, template="flood", title=title,
        targets=["all"], rounds=3, made_by=by, made_us=made_us, expires_us=made_us + 2 * MINUTE, until_us=made_us + 1,
    )  # fmt: skip
    async with office.station.database.transaction() as session:
        session.add(row)


def listed(office: Office, *sources: str) -> list[Base]:
    """A programme that relays from these sources, in this order."""
    common = {"station_id": office.station.station_id, "made_by": "lan", "made_us": 0}
    rows: list[Base] = [RelaySourceRow(id=one, name=one, kind="http", address="", **common) for one in sources]
    wishes = {"priority": 40, "targets": ["all"], "grace_us": 0, "if_busy": "skip", "if_interrupted": "end"}
    relayed = {"sources": [*sources], "length_s": 1800}
    return [*rows, ProgrammeRow(id="p", title="Thời sự", relay=relayed, **wishes, **common)]


def switched(at_us: int, reason: str, new: str | None) -> dict[str, Any]:
    vi, en = "Nguồn “VOV1” mất kết nối. Tạm im lặng.", "“VOV1” broke off. Silence for now."
    return {"at_us": at_us, "reason": reason, "old": "VOV1", "new": new, "vi": vi, "en": en}


async def relay(office: Office, probes: list[dict[str, Any]], switches: list[dict[str, Any]] | None = None) -> None:
    """What is noted of a relay that begins nine minutes after the office opened."""
    start_us = 1_795_000_000_000_000 + 9 * MINUTE
    async with office.station.database.transaction() as session:
        row = await session.get(RelayRow, "o")
        if row is None:
            row = RelayRow(occurrence_id="o", station_id=office.station.station_id, programme_id="p", title="Thời sự")
            session.add(row)
        row.start_us, row.end_us = start_us, start_us + 30 * MINUTE
        row.probes, row.switches = probes, switches or []


async def told(office: Office, *owners: Owner) -> list[list[str]]:
    """Look, send, and of each phone the titles that it has read."""
    await office.station.noticing.look()
    await office.station.pushing.look()
    return [[one["title"] for one in each.told()] for each in owners]


async def test_an_emergency_is_told_to_whoever_may_stop_it_but_not_to_whoever_sounds_it(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan", Role.OFFICER)
    hoa = await owner(office, service, "hoa", Role.CHAIRMAN)
    viewer = await owner(office, service, "dan", Role.VIEWER)
    await ordered(office, "one", "emergency", by="lan", title="Lũ, xả tràn")
    assert await told(office, lan, hoa, viewer) == [[], ["Phát khẩn lúc 18:06: Lũ, xả tràn"], []]
    (notice,) = hoa.told()
    assert notice["place"] == "/now/order/one"
    assert notice["body"] == "lan phát ở 0 cụm. Mở ra để xem, hoặc dừng."
    await ordered(office, "two", "live_emergency", by="hoa")
    assert await told(office, lan, hoa) == [["Nói khẩn lúc 18:06"], ["Phát khẩn lúc 18:06: Lũ, xả tràn"]]
    await told(office)
    assert len(service.came) == 2, "once and no more"


async def test_a_drill_an_ordinary_voice_and_what_is_long_past_are_told_to_nobody(
    office: Office, service: PushService
) -> None:
    hoa = await owner(office, service, "hoa", Role.CHAIRMAN)
    await ordered(office, "drill", "drill")
    await ordered(office, "voice", "live")
    await ordered(office, "past", "emergency", ago_us=LATE_US)
    assert await told(office, hoa) == [[]]


async def test_a_relay_whose_source_is_dead_before_air_is_told_with_what_follows_and_that_it_is_well_again(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan", Role.OFFICER)
    english = await owner(office, service, "joe", Role.CHAIRMAN, "en")
    technician = await owner(office, service, "binh", Role.TECHNICIAN)
    now = office.clock.at_us
    await relay(office, [looked("VOV1", False, now), looked("Đài tỉnh", True, now)])
    title = "“Thời sự” lúc 18:15: nguồn chưa phát được"
    assert await told(office, lan, technician) == [[title], []]
    (first,) = lan.told()
    assert first["body"] == "Không kết nối được nguồn “VOV1”. Đài thử lúc 18:06. Đến giờ, đài lấy nguồn “Đài tỉnh”."
    assert first["place"] == "/relay"
    (other,) = english.told()
    assert other["title"] == "“Thời sự” at 18:15: its source is not there"
    assert other["body"] == "“VOV1” cannot be reached. Tried at 18:06. At its time “Đài tỉnh” is taken."
    office.clock.at_us += 8 * MINUTE
    await relay(office, [looked("VOV1", True, office.clock.at_us), looked("Đài tỉnh", True, now)])
    assert await told(office, lan) == [[title, "“Thời sự” lúc 18:15: nguồn đã có tiếng lại"]]
    assert len({one["tag"] for one in lan.told()}) == 1, "the newer takes the older's place on the phone"


async def test_each_time_that_a_relay_turns_is_told_and_no_time_between(office: Office, service: PushService) -> None:
    lan = await owner(office, service, "lan")
    turns = [(False, 1), (False, 1), (True, 2), (True, 2), (False, 3)]
    for fit, count in turns:
        office.clock.at_us += MINUTE
        await relay(office, [looked("VOV1", fit, office.clock.at_us)])
        (titles,) = await told(office, lan)
        assert len(titles) == count
    assert titles[0] == titles[2] == "“Thời sự” lúc 18:15: nguồn chưa phát được"


async def test_a_look_at_the_second_source_alone_says_nothing_of_the_first(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    async with office.station.database.transaction() as session:
        session.add_all(listed(office, "first", "second"))
    await relay(office, [looked("second", False, office.clock.at_us)])
    assert await told(office, lan) == [[]]
    await relay(office, [looked(name, False, office.clock.at_us) for name in ("second", "first")])
    assert await told(office, lan) == [["“Thời sự” lúc 18:15: nguồn chưa phát được"]]
    assert lan.told()[0]["body"].startswith("Không kết nối được nguồn “first”.")


async def test_an_older_word_that_a_phone_has_not_had_yet_is_not_sent_after_a_newer_one(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    service.answers["/push/lan"] = [(503, {}), (201, {})]
    tried = ["“Thời sự” lúc 18:15: nguồn chưa phát được"]
    await relay(office, [looked("VOV1", False, office.clock.at_us)])
    assert await told(office, lan) == [tried]
    office.clock.at_us += MINUTE
    await relay(office, [looked("VOV1", True, office.clock.at_us)])
    for _ in range(2):
        assert await told(office, lan) == [[*tried, "“Thời sự” lúc 18:15: nguồn đã có tiếng lại"]]
        office.clock.at_us += MINUTE


async def test_a_clock_that_is_set_back_rings_no_phone_again_and_again(office: Office, service: PushService) -> None:
    lan = await owner(office, service, "lan")
    await relay(office, [looked("VOV1", False, office.clock.at_us)])
    assert len((await told(office, lan))[0]) == 1
    office.clock.at_us -= 20 * MINUTE
    await relay(office, [looked("VOV1", True, office.clock.at_us)])
    for _ in range(3):
        assert len((await told(office, lan))[0]) == 1
        office.clock.at_us += MINUTE


async def test_a_relay_that_was_well_all_the_time_is_told_to_nobody(office: Office, service: PushService) -> None:
    lan = await owner(office, service, "lan")
    now = office.clock.at_us
    await relay(office, [looked("VOV1", True, now), looked("Đài tỉnh", False, now)])
    assert await told(office, lan) == [[]]
    office.clock.at_us += 10 * MINUTE
    for switches in (
        [switched(office.clock.at_us, "started", "VOV1")],
        [switched(office.clock.at_us, "dead", "Đài tỉnh")],  # the next one is heard: no silence, no notice
        [switched(office.clock.at_us, "returned", "VOV1")],
    ):
        await relay(office, [looked("VOV1", True, now)], switches)
        assert await told(office, lan) == [[]]


async def test_a_relay_that_loses_its_last_source_on_air_is_told_and_when_it_sounds_again(
    office: Office, service: PushService
) -> None:
    lan = await owner(office, service, "lan")
    office.clock.at_us += 10 * MINUTE
    for reason in ("dead", "all_failed"):
        await relay(office, [looked("VOV1", True, 0)], [switched(office.clock.at_us, reason, None)])
        assert await told(office, lan) == [["“Thời sự”: mất nguồn lúc 18:16"]]
    (one,) = lan.told()
    assert one["body"] == "Nguồn “VOV1” mất kết nối. Tạm im lặng. Loa im lặng, đài tự thử lại."
    await relay(office, [looked("VOV1", True, 0)], [switched(office.clock.at_us, "again", "VOV1")])
    assert len((await told(office, lan))[0]) == 1, "it is tried again, and nobody knows yet whether it sounds"
    office.clock.at_us += STEADY_US + 1
    assert (await told(office, lan))[0][-1] == "“Thời sự”: có tiếng lại từ 18:16"
    office.clock.at_us += MINUTE
    await relay(office, [looked("VOV1", True, 0)], [switched(office.clock.at_us, "silent", None)])
    assert [title.partition(":")[2] for title in (await told(office, lan))[0]] == [
        " mất nguồn lúc 18:16", " có tiếng lại từ 18:16", " mất nguồn lúc 18:18",
    ]  # fmt: skip


async def test_who_waits_for_a_cluster_is_told_once_when_it_is_there(office: Office, service: PushService) -> None:
    await settle(office)
    lan, mai = await owner(office, service, "lan", Role.VIEWER), await owner(office, service, "mai")
    place = "/api/v1/me/notices/clusters"
    assert (await lan.browser.put(f"{place}/nowhere")).status_code == 404
    for method, waits in (("get", False), ("put", True), ("put", True), ("delete", False), ("put", True)):
        assert (await lan.browser.request(method, f"{place}/c")).json() == {"waits": waits}
    assert await told(office, lan) == [[]], "it is not there"
    office.station.monitoring.spoke(BoxId("b"))
    assert await told(office, lan, mai) == [["Đầu làng đã có lại lúc 18:06"], []]
    assert lan.told()[0]["place"] == "/clusters/c"
    assert (await lan.browser.get(f"{place}/c")).json() == {"waits": False}
    async with office.station.database.reading() as session:
        assert await session.scalar(select(ReminderRow)) is None
    office.clock.at_us += MINUTE
    await lan.browser.put(f"{place}/c")
    office.station.monitoring.spoke(BoxId("b"))
    assert await told(office, lan) == [["Đầu làng đã có lại lúc 18:06", "Đầu làng đã có lại lúc 18:07"]]


async def test_two_who_wait_for_one_cluster_are_both_told(office: Office, service: PushService) -> None:
    await settle(office)
    lan, mai = await owner(office, service, "lan", Role.VIEWER), await owner(office, service, "mai", Role.VIEWER)
    for one in (lan, mai):
        assert (await one.browser.put("/api/v1/me/notices/clusters/c")).status_code == 200
    office.station.monitoring.spoke(BoxId("b"))
    assert await told(office, lan, mai) == [["Đầu làng đã có lại lúc 18:06"]] * 2


async def test_what_was_told_is_read_in_the_app_by_whoever_it_was_for_phone_or_not(
    office: Office, service: PushService
) -> None:
    chairman, viewer = await office.as_(Role.CHAIRMAN), await office.as_(Role.VIEWER)
    await ordered(office, "one", "emergency", by="lan")
    await told(office)
    (item,) = (await chairman.get("/api/v1/me/notices")).json()["items"]
    assert (item["vi"]["title"], item["place"]) == ("Phát khẩn lúc 18:06: Lũ", "/now/order/one")
    assert (item["phones"], item["taken"]) == (0, 0)
    assert (await viewer.get("/api/v1/me/notices")).json()["items"] == []


async def test_a_station_that_was_killed_before_it_told_tells_it_and_one_killed_after_does_not_twice(
    tmp_path: Path, service: PushService
) -> None:
    async with open_office(tmp_path / "data", **service.settings) as office:
        hoa = await owner(office, service, "hoa", Role.CHAIRMAN)
        await ordered(office, "one", "emergency")
    for _ in range(2):
        async with open_office(tmp_path / "data", **service.settings) as office:
            assert await told(office, hoa) == [["Phát khẩn lúc 18:06: Lũ"]]
            async with office.station.database.reading() as session:
                assert len(list(await session.scalars(select(NoticeRow)))) == 1


@pytest.mark.parametrize("text", ["ắ" * 3000, "a\u202eb\x00\n" * 900])
def test_no_text_is_too_long_or_too_odd_for_a_notice(text: str) -> None:
    look = Look(text, False, text, text, "18:06")
    for one in (emergency("o", text, False, 7, text, "18:06", 0), relay_dead("o", text, "18:15", [look], [text], 1, 0)):
        for words in (one.vi, one.en):
            assert len(words.title) <= LONGEST_TITLE
            assert len(words.body) <= LONGEST_BODY
            assert (words.title + words.body).isprintable()
            assert len((words.title + words.body).encode()) < LARGEST_NOTICE - 500
