"""What people add to a broadcast in the log: by name and time, for good, and once however often it is sent."""

from __future__ import annotations

import csv
import io

import pytest

from broadcast_server.people.rights import Role
from broadcast_server.remarking import LONGEST_REMARK, MOST_REMARKS
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.app.aired import aired
from tests.faces.house import ask
from tests.faces.office import Office, audited
from tests.live.booth import settle

KEY = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
async def _on_air(office: Office) -> None:
    await settle(office)
    await aired(office, "tin", office.clock.at_us - HOUR)
    await aired(office, "nhạc", office.clock.at_us - 2 * HOUR)


async def test_a_sentence_is_added_with_its_author_and_moment_and_read_by_everybody(office: Office) -> None:
    officer, technician, viewer = [await office.as_(role) for role in (Role.OFFICER, Role.TECHNICIAN, Role.VIEWER)]
    place = "/api/v1/log/tin/remarks"
    answer = await officer.post(place, json={"text": "  Loa 1 rè,\n đã gọi thợ. ", "key": KEY})
    assert (answer.status_code, answer.json()["text"]) == (201, "Loa 1 rè, đã gọi thợ.")
    office.clock.at_us += MINUTE
    assert (await technician.post(place, json={"text": "Đã thay loa.", "key": "b" * 32})).status_code == 201
    assert (await viewer.post(place, json={"text": "x", "key": "c" * 32})).status_code == 403
    whole = (await viewer.get("/api/v1/log/tin/broadcast")).json()
    assert [(one["by"], one["text"], one["at_us"]) for one in whole["remarks"]] == [
        ("Officer.Test", "Loa 1 rè, đã gọi thợ.", office.clock.at_us - MINUTE),
        ("Technician.Test", "Đã thay loa.", office.clock.at_us),
    ]
    assert (await viewer.get("/api/v1/log/nhạc/broadcast")).json()["remarks"] == []
    assert ("officer.test", "log.remark", {"text": "Loa 1 rè, đã gọi thợ."}) in await audited(office)
    table = await viewer.get("/api/v1/log/table")
    rows = {
        row["Chương trình"]: row["Ghi chú thêm"] for row in csv.DictReader(io.StringIO(table.text.lstrip("\ufeff")))
    }
    assert rows == {
        "tin": "Loa 1 rè, đã gọi thợ. (Officer.Test, 2026-11-18 18:06); "
        "Đã thay loa. (Technician.Test, 2026-11-18 18:07)",
        "nhạc": "",
    }


async def test_what_is_sent_again_is_added_once_and_nothing_changes_or_removes_it(office: Office) -> None:
    officer, chairman = await office.as_(Role.OFFICER), await office.as_(Role.CHAIRMAN)
    place, remark = "/api/v1/log/tin/remarks", {"text": "Loa 1 rè.", "key": KEY}
    first, second = [(await officer.post(place, json=remark)).json() for _ in range(2)]
    assert first == second
    for browser, where, text in (
        (officer, "tin", "Loa 1 không rè."), (officer, "nhạc", "Loa 1 rè."), (chairman, "tin", "Loa 1 rè."),
    ):  # fmt: skip
        answer = await browser.post(f"/api/v1/log/{where}/remarks", json={"text": text, "key": KEY})
        assert (answer.status_code, answer.json()["code"]) == (422, "key_used")
    for method in ("PUT", "PATCH", "DELETE"):
        for path in (place, f"{place}/{KEY}"):
            assert (await chairman.request(method, path, json={})).status_code in (404, 405)
    found = ask(office.station.settings.data / "station.db", "SELECT text FROM remarks")
    assert found == [("Loa 1 rè.",)]


async def test_what_is_no_sentence_or_too_much_is_refused(office: Office) -> None:
    officer = await office.as_(Role.OFFICER)
    place = "/api/v1/log/tin/remarks"
    for remark, code in (
        ({"text": " \n\u202e ", "key": KEY}, "remark_empty"),
        ({"text": "x" * (LONGEST_REMARK + 1), "key": KEY}, "invalid"),
        ({"text": "x", "key": "short"}, "invalid"),
    ):
        answer = await officer.post(place, json=remark)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await officer.post("/api/v1/log/none/remarks", json={"text": "x", "key": KEY})).status_code == 404
    for number in range(MOST_REMARKS + 1):
        answer = await officer.post(place, json={"text": "x", "key": f"{number:032x}"})
        assert answer.status_code == (201 if number < MOST_REMARKS else 409)
