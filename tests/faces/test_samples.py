"""The sample data goes in one go, and takes nothing with it that is somebody's own."""

from __future__ import annotations

import httpx2
import pytest
from sqlalchemy import select, update

from broadcast_server.people.rights import Role
from broadcast_server.samples import Holdings, KnownCluster, KnownProgramme, samples_of
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.people import AuditRow
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.faces.office import Office
from tests.faces.seeds import made, recording, seeded

NOTHING = {"programmes": [], "recordings": [], "clusters": [], "villages": [], "kept": []}


def test_what_has_become_somebodys_own_stays() -> None:
    held = Holdings(
        programmes={
            "sample": KnownProgramme("Mẫu", frozenset({"tune", "text"}), 1, relays=False),
            "changed": KnownProgramme("Mẫu đã sửa", frozenset({"tune", "mine"}), 1, relays=False),
            "relayed": KnownProgramme("Mẫu nay tiếp sóng", frozenset({"text"}), 1, relays=True),
            "own": KnownProgramme("Của xã", frozenset({"gong"}), 1, relays=False),
        },
        recordings={one: one for one in ("tune", "text", "gong", "siren", "spare", "mine")},
        clusters={
            "pretended": KnownCluster("Ảo", "here", "b1"),
            "empty": KnownCluster("Chưa có hộp", "here", None),
            "real": KnownCluster("Có hộp thật", "there", "b9"),
            "own": KnownCluster("Của xã", "home", None),
        },
        villages={"here": "Thôn Một", "there": "Thôn Hai", "home": "Thôn Ba"},
        templates=frozenset({"siren"}),
        marked=frozenset({"sample", "changed", "relayed", "tune", "text", "gong", "siren", "spare"})
        | {"pretended", "empty", "real", "b1", "here", "there"},
    )
    gone = samples_of(held)
    assert gone.programmes == ("sample",)
    assert gone.recordings == ("spare",), "tune, text, gong and siren are played by what stays"
    assert (gone.clusters, gone.boxes, gone.villages) == (("pretended", "empty"), ("b1",), ("here",))
    assert set(gone.kept) == {"changed", "relayed", "tune", "text", "gong", "siren", "real", "there"}


async def names(browser: httpx2.AsyncClient, path: str, called: str) -> list[str]:
    return [one[called] for one in (await browser.get(f"/api/v1{path}")).json()["items"]]


async def test_the_sample_data_goes_and_what_is_own_stays(office: Office) -> None:
    await seeded(office)
    officer = await office.as_(Role.OFFICER)
    told = (await officer.get("/api/v1/samples")).json()
    assert told == {
        "programmes": [{"title": "Mẫu", "rules": 1}],
        "recordings": ["Bài mẫu"],
        "clusters": ["Cụm mẫu"],
        "villages": ["Thôn mẫu"],
        "kept": ["Nhạc hiệu"],
    }
    people = (await officer.get("/api/v1/me")).json()
    answer = await officer.delete("/api/v1/samples")
    assert (answer.status_code, answer.json()) == (200, told)
    assert await names(officer, "/programmes", "title") == ["Bản tin của xã"]
    assert sorted(await names(officer, "/library", "title")) == ["Bản tin của xã", "Nhạc hiệu"]
    assert await names(officer, "/clusters", "name") == ["Cụm nhà"]
    assert await names(officer, "/villages", "name") == ["Thôn nhà"]
    assert (await officer.get("/api/v1/samples")).json() == NOTHING
    assert (await officer.get("/api/v1/me")).json() == people
    first = (await officer.get("/api/v1/first-run")).json()
    assert first == {"clusters": 1, "simulated": 0, "bulletin": True, "time": True, "samples": False}
    day = (await officer.get("/api/v1/today")).json()
    assert [one["name"] for one in day["clusters"]] == ["Cụm nhà"]
    assert (await officer.delete("/api/v1/samples")).json() == NOTHING, "again does no harm"
    async with office.station.database.reading() as session:
        action = AuditRow.action == "samples.remove"
        who = [(row.who, row.detail) for row in await session.scalars(select(AuditRow).where(action))]
    assert who[0][0] == "officer.test"
    assert who[0][1]["clusters"] == ["Cụm mẫu"]


async def test_what_was_to_play_where_nothing_is_any_more_is_called_off_and_the_log_stays(office: Office) -> None:
    admin = await seeded(office)
    async with office.station.database.reading() as session:
        before = len((await session.scalars(select(AiringRow.id))).all())
    await admin.delete("/api/v1/samples")
    lines = (await admin.get("/api/v1/log", params={"to": "2030-01-01"})).json()["items"]
    there = {(one["cluster"], one["title"], one["state"]) for one in lines if one["cluster"] == "Cụm mẫu"}
    assert there == {("Cụm mẫu", "Mẫu", "CANCELLED"), ("Cụm mẫu", "Bản tin của xã", "CANCELLED")}
    async with office.station.database.reading() as session:
        assert len((await session.scalars(select(AiringRow.id))).all()) == before
    office.clock.at_us += HOUR
    await office.station.planning.replan("tests")
    coming = (await admin.get("/api/v1/today")).json()["next"]
    assert [one["cluster"] for one in coming["clusters"]] == ["Cụm nhà"]


async def test_a_name_is_free_again_and_a_box_of_a_gone_cluster_is_put_out(office: Office) -> None:
    admin = await seeded(office)
    (old,) = [one for one in (await admin.get("/api/v1/clusters")).json()["items"] if one["name"] == "Cụm mẫu"]
    await admin.post(f"/api/v1/clusters/{old['id']}/enrolment-codes")
    await admin.delete("/api/v1/samples")
    assert (await admin.post(f"/api/v1/clusters/{old['id']}/enrolment-codes")).status_code == 404
    loud = await admin.patch(f"/api/v1/clusters/{old['id']}/loudspeakers/1", json={"muted": True})
    assert loud.status_code == 404
    async with office.station.database.reading() as session:
        assert (await session.get_one(BoxRow, old["box"]["id"])).revoked_us == office.clock.at_us
    village = await made(admin, "/villages", name="Thôn mẫu")
    assert await made(admin, "/clusters", village_id=village, name="Cụm mẫu") != old["id"]
    refused = await admin.post("/api/v1/clusters", json={"village_id": old["village_id"], "name": "Cụm mới"})
    assert refused.status_code == 404


@pytest.mark.parametrize("before_us", [-MINUTE // 2, MINUTE // 2])
async def test_nothing_goes_while_something_is_on_air_or_about_to_be(office: Office, before_us: int) -> None:
    await seeded(office)
    async with office.station.database.reading() as session:
        first = await session.scalar(select(AiringRow.start_us).order_by(AiringRow.start_us).limit(1))
    assert first is not None
    office.clock.at_us = first + before_us
    chairman = await office.as_(Role.CHAIRMAN)
    answer = await chairman.delete("/api/v1/samples")
    assert (answer.status_code, answer.json()["code"]) == (409, "samples_on_air")
    async with office.station.database.transaction() as session:
        await session.execute(update(AiringRow).where(AiringRow.start_us < first + HOUR).values(state="PLAYED"))
    assert (await chairman.delete("/api/v1/samples")).json()["clusters"] == ["Cụm mẫu"]


async def test_a_power_cut_half_way_leaves_all_of_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await seeded(office)
    told = (await admin.get("/api/v1/samples")).json()

    async def cut(*_: object) -> None:
        raise RuntimeError("power")

    with monkeypatch.context() as patched:
        patched.setattr("broadcast_server.sampling._call_off", cut)
        assert (await admin.delete("/api/v1/samples")).status_code == 500
    assert (await admin.get("/api/v1/samples")).json() == told
    assert len(await names(admin, "/programmes", "title")) == 2
    assert len(await names(admin, "/clusters", "name")) == 2


async def test_who_may_mark_and_who_may_remove(office: Office) -> None:
    await seeded(office)
    for role, right in ((Role.TECHNICIAN, "schedule"), (Role.VIEWER, "schedule")):
        answer = await (await office.as_(role)).delete("/api/v1/samples")
        assert (answer.status_code, answer.json()["right"]) == (403, right)
    officer = await office.as_(Role.OFFICER)
    marks = {"recordings": [await recording(office, "Của tôi")]}
    assert (await officer.post("/api/v1/samples", json=marks)).json()["right"] == "admin"
    admin = office.visitor(origin="http://dai.test")
    await admin.post("/api/v1/login", json={"name": "admin.test", "password": "loa phường sáu giờ"})
    assert (await admin.post("/api/v1/samples", json={"boxes": ["none"]})).json()["code"] == "not_found"
    assert (await admin.post("/api/v1/samples", json=marks)).status_code == 204


async def test_the_first_steps_tick_by_what_there_is_and_samples_are_not_ones_own(office: Office) -> None:
    viewer = await office.as_(Role.VIEWER)
    nothing = {"clusters": 0, "simulated": 0, "bulletin": False, "time": False, "samples": False}
    assert (await viewer.get("/api/v1/first-run")).json() == nothing
    await seeded(office)
    async with office.station.database.transaction() as session:
        own = RecordingRow.title == "Bản tin của xã"
        await session.execute(update(RecordingRow).where(own).values(deleted_us=1))
    told = (await viewer.get("/api/v1/first-run")).json()
    assert told == {"clusters": 2, "simulated": 1, "bulletin": False, "time": True, "samples": True}
