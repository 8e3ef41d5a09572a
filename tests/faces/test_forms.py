"""Notices with blanks, by the API: filled in, and then a text as any other."""

from __future__ import annotations

from broadcast_server.people.rights import Role
from tests.faces.office import Office

NOTICES = "/api/v1/forms"
VALUES = {"who": "bà con thôn Đông", "place": "nhà văn hóa", "time": "19h30", "date": "ngày mai", "matter": "làm đường"}


async def test_a_notice_is_filled_in_and_what_does_not_fit_is_named(office: Office) -> None:
    officer, viewer = await office.as_(Role.OFFICER), await office.as_(Role.VIEWER)
    known = (await viewer.get(NOTICES)).json()["items"]
    meeting = next(one for one in known if one["name"] == "meeting")
    assert [one["name"] for one in meeting["blanks"]] == ["who", "place", "time", "date", "matter"]
    told = (await officer.post(f"{NOTICES}/meeting", json={"values": VALUES})).json()
    assert told["misfits"] == []
    assert "bà con thôn Đông đến dự họp tại nhà văn hóa, vào hồi 19 giờ 30 phút, thứ" in told["text"]
    bad = (await officer.post(f"{NOTICES}/meeting", json={"values": {**VALUES, "time": "25h", "date": ""}})).json()
    assert bad["text"] is None
    assert [(one["name"], one["code"]) for one in bad["misfits"]] == [("time", "blank_time"), ("date", "blank_empty")]
    dry = await officer.post("/api/v1/reading", json={"text": told["text"]})
    assert "mười chín giờ ba mươi phút" in dry.json()["text"]
    assert (await officer.post(f"{NOTICES}/khong-co", json={"values": {}})).status_code == 404
    assert (await viewer.post(f"{NOTICES}/meeting", json={"values": VALUES})).status_code == 403
