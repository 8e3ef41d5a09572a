"""What does not fit is told by the name people know it by, with what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_server.people.rights import Role
from tests.faces.office import Office


@pytest.mark.parametrize(
    ("method", "path", "more", "vi", "en"),
    [
        (
            "GET",
            "/log",
            {"params": {"state": "bogus"}},
            "kết quả phải là một trong: PENDING, PLAYING",
            "must be one of",
        ),
        ("GET", "/log", {"params": {"limit": 0}}, "số dòng ít nhất là 1.", "number of lines must be at least 1."),
        (
            "PATCH",
            "/clusters/x/loudspeakers/1",
            {"json": {"gain_cb": 6000}},
            "mức âm (tính bằng 1/100 dB) nhiều nhất là 1200.",
            "gain (in 1/100 dB) must be at most 1200.",
        ),
        (
            "POST",
            "/villages",
            {"content": b'{"name":x'},
            "JSON không đọc được ở ký tự 8.",
            "cannot be read at character 8.",
        ),
        ("POST", "/villages", {"json": {}}, "tên còn thiếu.", "name is missing."),
        ("POST", "/villages", {"json": {"name": ""}}, "tên ngắn nhất 1 ký tự.", "at least 1 characters."),
        ("POST", "/villages", {"json": [1]}, "nội dung gửi lên chưa đúng.", "the body is not right"),
        ("POST", "/stop", {"json": {"clusters": "all"}}, "các cụm loa phải là một danh sách.", "must be a list."),
        (
            "POST",
            "/relays/sources/x/start",
            {"json": {"length_s": 60, "key": "with braces in its rule"}},
            "“key” chưa đúng.",
            "should match pattern '^[0-9a-f]{32}$'",
        ),
        (
            "POST",
            "/announcements",
            {"json": {"text": "Xin mời", "titel": "x"}},
            "“titel” không có ở đây.",
            "not known here.",
        ),
    ],
)
async def test_a_field_is_called_by_its_name(
    office: Office, method: str, path: str, more: dict[str, Any], vi: str, en: str
) -> None:
    admin = await office.as_(Role.ADMIN)
    answer = await admin.request(method, f"/api/v1{path}", headers={"Content-Type": "application/json"}, **more)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert vi in problem["vi"]
    assert en in problem["en"]
    assert problem["fields"]
