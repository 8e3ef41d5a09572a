"""What the people of the commune see and say: the week, what was broadcast, a broken horn, the alarm on top."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from audio_library.content import ContentId
from broadcast_server.citizens.warning import Given, standing
from broadcast_server.emergency_templates import RECANTING, TEMPLATES
from broadcast_server.people.rights import Role
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.orders import OrderRow
from broadcast_server.store.station import ClusterRow, VillageRow
from speaker_client.protocol.ids import DAY, HOUR, MINUTE
from tests.faces.office import Office, finished, open_office, sound
from tests.live.booth import settle

FAIR = {"cluster": "c", "matter": "broken", "text": "Loa số 2 rè từ hôm qua"}


async def order(office: Office, kind: str, text: str, template: str = "", *clusters: str, **airing: Any) -> None:
    """One that was given now, and what became of it on the clusters, if no other on the first."""
    now, station, name = office.clock.now_us(), office.station.station_id, template or kind
    common = {"station_id": station, "title": "Tin khẩn", "until_us": now + HOUR}
    async with office.station.database.transaction() as session:
        session.add(
            OrderRow(
                id=name, key=name, kind=kind, template=template, text=text, lead=None, targets=["all"], rounds=3,
                made_by="lan", made_us=now, expires_us=now + MINUTE, **common,
            )
        )  # fmt: skip
        session.add_all(
            AiringRow(
                id=f"a-{name}{cluster.removeprefix('c')}", occurrence_id=name, cluster_id=cluster, revision=0,
                order_id=name, programme_id=name, priority=90, scheduled_us=now, start_us=now, end_us=now + MINUTE,
                first_plan=0, **{"state": "PLAYING"} | airing, **common,
            )
            for cluster in clusters or ("c",)
        )  # fmt: skip


@pytest.fixture
async def office(tmp_path: Path) -> Any:
    async with open_office(tmp_path / "data", working=True) as opened:
        await settle(opened)
        yield opened


async def seen(office: Office, path: str) -> httpx2.Response:
    async with office.visitor() as visitor:
        answer = await visitor.get(path)
    assert "<script" not in answer.text
    return answer


async def test_an_alarm_is_read_before_everything_else_and_not_once_it_was_stopped(office: Office) -> None:
    await order(office, "drill", "Đây là diễn tập")
    assert 'class="warning"' not in (await seen(office, "/")).text
    await order(office, "emergency", "Nước lên <nhanh>")
    page = (await seen(office, "/")).text
    assert page.index("Nước lên &lt;nhanh&gt;") < page.index('class="day"')
    assert "Đang phát trên loa, từ" in page
    async with office.station.database.transaction() as session:
        await session.execute(update(AiringRow).values(state="PARTIAL", withdrawn_by="lan"))
    assert 'class="warning"' not in (await seen(office, "/")).text


async def test_a_false_alarm_takes_nothing_from_the_true_one_before_it(office: Office) -> None:
    await order(office, "live_emergency", "Sơ tán ngay", state="PLAYED")
    office.clock.at_us += MINUTE
    await order(office, "emergency", "Báo nhầm", state="MISSED")
    async with office.station.database.transaction() as session:
        stopped = update(AiringRow).where(AiringRow.order_id == "emergency")
        await session.execute(stopped.values(withdrawn_by="lan"))
    page = (await seen(office, "/")).text
    assert ("Sơ tán ngay" in page, "Báo nhầm" in page) == (True, False)


@pytest.mark.parametrize(
    ("other", "stands"),
    [
        ({"state": "PLAYING"}, True),  # it goes on there
        ({"state": "PLAYED"}, True),  # it was heard there to its end
        ({"state": "MISSED"}, False),  # it had failed there: wherever it sounded it was silenced
        ({"state": "PARTIAL", "withdrawn_by": "lan"}, False),
    ],
)
async def test_an_alarm_that_was_silenced_in_one_cluster_is_read_where_it_went_on(
    office: Office, other: dict[str, str], stands: bool
) -> None:
    async with office.station.database.transaction() as session:
        session.add(ClusterRow(id="d", station_id=office.station.station_id, village_id="v", name="Bờ đê"))
    await order(office, "emergency", "Nước lên", "flood", "c", "d", started_us=office.clock.now_us(), **other)
    async with office.station.database.transaction() as session:
        here = update(AiringRow).where(AiringRow.cluster_id == "c")
        await session.execute(here.values(withdrawn_by="lan", state="PARTIAL"))
    page = (await seen(office, "/")).text
    assert ("Nước lên" in page) is stands
    assert ("(Bờ đê)" in page) is stands


A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")
FLOOD, STOPPED_FLOOD = Given(AB, recants=False, says="flood"), Given(AB, False, AB, "flood")
CLEAR, STOPPED_CLEAR = Given(AB, recants=True, says="clear"), Given(AB, True, AB, "clear")
FIRE = replace(FLOOD, says="fire")


@pytest.mark.parametrize(
    ("newest_first", "stands"),
    [
        ([], []),
        ([FLOOD, FLOOD], [(0, AB)]),
        ([FIRE, FLOOD], [(0, AB), (1, AB)]),
        ([replace(FLOOD, clusters=A), FLOOD], [(0, A), (1, B)]),
        ([STOPPED_FLOOD, FLOOD], [(1, AB)]),
        ([replace(FLOOD, stopped=A)], [(0, B)]),
        ([replace(FLOOD, stopped=A), FLOOD], [(0, B), (1, A)]),
        ([replace(CLEAR, stopped=A), FLOOD], [(0, B)]),
        ([CLEAR, FLOOD], [(0, AB)]),
        ([STOPPED_CLEAR, FLOOD], []),
        ([STOPPED_CLEAR, STOPPED_FLOOD, FLOOD], []),
        ([STOPPED_CLEAR, STOPPED_CLEAR, CLEAR, FLOOD], []),
        ([FLOOD, STOPPED_CLEAR, FLOOD], [(0, AB)]),
        ([replace(CLEAR, clusters=A), FLOOD], [(1, B), (0, A)]),
        ([replace(STOPPED_CLEAR, clusters=B, stopped=B), FLOOD], [(1, A)]),
        ([replace(FIRE, clusters=B), CLEAR, FLOOD], [(0, B), (1, A)]),
        ([STOPPED_CLEAR, replace(FLOOD, clusters=frozenset("c"))], [(1, frozenset("c"))]),
    ],
)
def test_what_stands_and_where(newest_first: list[Given], stands: list[tuple[int, frozenset[str]]]) -> None:
    """What was recanted never stands again, and nowhere else is it taken for recanted."""
    assert [(one.number, one.clusters) for one in standing(newest_first)] == stands


async def test_who_may_go_home_in_one_village_is_not_read_in_the_other(office: Office) -> None:
    station = office.station.station_id
    async with office.station.database.transaction() as session:
        session.add(VillageRow(id="w", station_id=station, name="Thôn Hai"))
        await session.flush()
        for name in ("Cuối làng", "Bờ đê"):
            session.add(ClusterRow(id=name, station_id=station, village_id="w", name=name))
    await order(office, "emergency", "", "flood", "c", "Cuối làng", "Bờ đê", state="PLAYED")
    assert "Nơi nghe: tất cả 3 cụm" in (await seen(office, "/")).text
    office.clock.at_us += 20 * MINUTE
    await order(office, "emergency", "", "all_clear", "c", "Cuối làng", state="PLAYED")
    page = (await seen(office, "/")).text
    warnings = re.findall(r'<p class="where">(.*?)</p>\s*<p class="title">(.*?)</p>', page)
    assert [(where, words.split(".")[0].split("!")[0]) for where, words in warnings] == [
        ("Nơi nghe: Thôn Hai (Bờ đê)", "Khẩn cấp"),
        ("Nơi nghe: Thôn Một, Thôn Hai (Cuối làng)", "Hết báo động"),
    ]


@pytest.mark.parametrize("template", sorted(RECANTING))
async def test_a_correction_that_is_stopped_midway_brings_no_alarm_back(office: Office, template: str) -> None:
    await order(office, "emergency", "Nước lên", state="PLAYED", started_us=office.clock.now_us())
    office.clock.at_us += MINUTE
    await order(office, "emergency", "Báo nhầm, bà con yên tâm", template, started_us=office.clock.now_us())
    page = (await seen(office, "/")).text
    assert ("Báo nhầm" in page, "Nước lên" in page) == (True, False)
    async with office.station.database.transaction() as session:
        stopped = update(AiringRow).where(AiringRow.order_id == template)
        await session.execute(stopped.values(withdrawn_by="lan", state="PARTIAL"))
    assert 'class="warning"' not in (await seen(office, "/")).text


def test_whatever_recants_is_a_template() -> None:
    assert {one.name for one in TEMPLATES} > RECANTING


async def test_an_alarm_that_was_heard_stays_for_three_hours(office: Office) -> None:
    await order(office, "emergency", "Nước lên", state="PLAYED")
    assert "Phát lúc" in (await seen(office, "/")).text
    office.clock.at_us += 3 * HOUR
    assert 'class="warning"' not in (await seen(office, "/")).text


async def test_the_week_says_what_will_play_day_by_day(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    recording = await kept(office, officer)
    rule = {"recurrence": {"kind": "daily"}, "first_day": "2026-01-01", "times": ["05:30"]}
    new = {"title": "Bản tin sáng", "items": [recording], "targets": ["all"], "rules": [rule]}
    made = await officer.post("/api/v1/programmes", json=new)
    assert made.status_code == 201, made.text
    page = (await seen(office, "/week?lang=en")).text
    assert page.count("Bản tin sáng") >= 6
    assert '<h2 class="big">Today and the next six days</h2>' in page
    assert re.findall(r"(\d\d)/11/2026", page) == ["18", "19", "20", "21", "22", "23", "24"]
    assert "Nothing is planned." not in page
    assert "Nothing more is planned for today." in page


async def test_what_was_broadcast_is_heard_again_and_nothing_else(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    recording = (await officer.get(f"/api/v1/library/{await kept(office, officer)}")).json()
    content = ContentId(recording["content"])
    planned = {
        "id": "a" * 32, "occurrence": "emergency", "programme": "p", "title": "Bản tin", "loudspeakers": [1],
        "items": [{"content": content, "size": recording["size"], "duration_us": recording["duration_us"]}],
        "parts": [{"start_us": office.clock.now_us(), "length_us": recording["duration_us"]}], "grace_us": 0,
    }  # fmt: skip
    await order(office, "emergency", "Nước lên", state="PLAYED", planned=planned)
    await order(office, "drill", "Diễn tập", state="PLAYED", planned=planned)
    await order(office, "live", "Cắt ngang", state="PARTIAL", planned=planned)
    page = (await seen(office, "/listen")).text
    assert page.count("<audio") == 1
    assert 'preload="none"' in page
    async with office.visitor() as visitor:
        heard = await visitor.get("/listen/a-emergency/0", headers={"range": "bytes=0-3"})
        assert (heard.status_code, heard.content) == (206, b"OggS")
        for other in ("a-drill/0", "a-live/0", "a-emergency/1", "a-emergency/-1", "nothing/0"):
            assert (await visitor.get(f"/listen/{other}")).status_code == 404
        office.clock.at_us += 31 * DAY
        assert (await visitor.get("/listen/a-emergency/0")).status_code == 404


async def kept(office: Office, officer: httpx2.AsyncClient) -> str:
    """The id of a recording in the library."""
    body = sound(office.station.settings.data / "tone.m4a").read_bytes()
    intake = (await officer.post("/api/v1/library/uploads?name=tone.m4a&title=Tin", content=body)).json()
    done = await finished(officer, intake)
    return str(done["recording_id"])


async def test_a_citizens_word_is_kept_read_and_closed(office: Office) -> None:
    async with office.visitor() as visitor:
        answer = await visitor.post("/report", data=FAIR)
        assert (answer.status_code, answer.headers["location"]) == (303, "/report?thanks=1&lang=vi")
        assert "Đã nhận" in (await visitor.get(answer.headers["location"])).text
        assert (await visitor.get("/api/v1/complaints")).status_code == 401
    viewer = await office.as_(Role.VIEWER)
    listed = (await viewer.get("/api/v1/complaints")).json()
    (told,) = listed["items"]
    assert (told["cluster"], told["matter"], told["text"]) == ("Đầu làng", "broken", FAIR["text"])
    assert listed["open"] == 1
    close = f"/api/v1/complaints/{told['id']}/close"
    assert (await viewer.post(close, json={"done": "Đã sửa"})).status_code == 403
    technician = await office.as_(Role.TECHNICIAN)
    unsaid = await technician.post(close, json={"done": " \n "})
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "complaint_undone")
    for done in ("Đã thay  dây loa", "Đã sửa"):
        assert (await technician.post(close, json={"done": done})).status_code == 204
    listed = (await viewer.get("/api/v1/complaints")).json()
    (told,) = listed["items"]
    assert (told["closed_by"], told["done"], listed["open"]) == ("Technician.Test", "Đã thay dây loa", 0)


async def test_words_are_listed_by_cluster_and_counted_though_none_is_asked_for(office: Office) -> None:
    async with office.visitor() as visitor:
        for cluster in ("c", "", "c"):
            assert (await visitor.post("/report", data=FAIR | {"cluster": cluster})).status_code == 303
    viewer = await office.as_(Role.VIEWER)
    for query, items, waiting in (("", 3, 3), ("?cluster=c", 2, 2), ("?cluster=other", 0, 0), ("?limit=0", 0, 3)):
        found = (await viewer.get(f"/api/v1/complaints{query}")).json()
        assert (len(found["items"]), found["open"]) == (items, waiting), query


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"matter": "?"}, 422, "complaint_unreadable"),
        ({"matter": "other", "text": ""}, 422, "complaint_unreadable"),
        ({"cluster": "elsewhere"}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_taken_is_asked_for_again(
    office: Office, wrong: dict[str, str], status: int, code: str
) -> None:
    async with office.visitor() as visitor:
        answer = await visitor.post("/report", data=FAIR | wrong)
    assert (answer.status_code, code in answer.text) == (status, True)
    assert "<form" in answer.text


async def test_nobody_floods_the_station_with_words(office: Office) -> None:
    async with office.visitor() as visitor:
        codes = [(await visitor.post("/report", data=FAIR)).status_code for _ in range(11)]
        assert codes == [303] * 10 + [429]
        assert (await visitor.post("/report", content=b"x" * 9000)).status_code == 413
