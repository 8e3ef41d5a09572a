"""What does not fit in a request, in plain words: the field by the name people know it by, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import TypedDict

from broadcast_server.problem import Problem


class MisfitJson(TypedDict):
    """What is wrong, in pydantic's words, and where: the way to the field, with dots between."""

    where: str
    what: str


_FIELDS: dict[str, tuple[str, str]] = {
    "at_us": ("giờ phát", "moment"),
    "clusters": ("các cụm loa", "clusters"),
    "days": ("số ngày, hoặc các ngày", "days"),
    "exceptions": ("các ngày nghỉ", "exceptions"),
    "fade_in_ms": ("thời gian lớn dần (mili giây)", "fade-in in ms"),
    "fade_out_ms": ("thời gian nhỏ dần (mili giây)", "fade-out in ms"),
    "first_day": ("ngày đầu", "first day"),
    "from": ("từ lúc", "from"),
    "from_ms": ("điểm bắt đầu (mili giây)", "start in ms"),
    "full_name": ("họ tên", "full name"),
    "gain_cb": ("mức âm (tính bằng 1/100 dB)", "gain (in 1/100 dB)"),
    "grace_s": ("số giây được phát muộn", "seconds of grace"),
    "hours_cb": ("âm lượng theo giờ (tính bằng 1/100 dB)", "volumes by the hour (in 1/100 dB)"),
    "items": ("các bản ghi", "recordings"),
    "keeper": ("người phụ trách", "keeper"),
    "keeper_phone": ("số điện thoại người phụ trách", "the keeper's phone"),
    "kind": ("loại", "kind"),
    "last_day": ("ngày cuối", "last day"),
    "latitude": ("vĩ độ", "latitude"),
    "limit": ("số dòng", "number of lines"),
    "longitude": ("kinh độ", "longitude"),
    "loudspeakers": ("số loa", "number of loudspeakers"),
    "muted": ("tắt tiếng", "muted"),
    "name": ("tên", "name"),
    "new": ("mật khẩu mới", "new password"),
    "number": ("số thứ tự loa", "number of the loudspeaker"),
    "old": ("mật khẩu cũ", "old password"),
    "password": ("mật khẩu", "password"),
    "priority": ("mức ưu tiên", "priority"),
    "recording": ("bản ghi", "recording"),
    "recurrence": ("cách lặp lại", "recurrence"),
    "role": ("vai trò", "role"),
    "rules": ("lịch phát", "rules"),
    "state": ("kết quả", "state"),
    "targets": ("nơi phát", "targets"),
    "text": ("lời đọc", "text"),
    "times": ("giờ phát, hoặc số lần đọc", "times"),
    "title": ("tiêu đề", "title"),
    "to": ("đến lúc", "to"),
    "to_ms": ("điểm kết thúc (mili giây)", "end in ms"),
    "village_id": ("thôn", "village"),
}
"""Field of the API → its name in Vietnamese and English; any other is called as it is spelt."""

_WHOLE_NUMBER = ("phải là số nguyên", "must be a whole number")
_YES_OR_NO = ("phải là true hoặc false", "must be true or false")
_LIST = ("phải là một danh sách", "must be a list")
_TEXT = ("phải là chữ", "must be text")
_RULES: dict[str, tuple[str, str]] = {
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "extra_forbidden": ("không có ở đây", "is not known here"),
    "greater_than": ("phải lớn hơn {gt}", "must be more than {gt}"),
    "greater_than_equal": ("ít nhất là {ge}", "must be at least {ge}"),
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "less_than": ("phải nhỏ hơn {lt}", "must be less than {lt}"),
    "less_than_equal": ("nhiều nhất là {le}", "must be at most {le}"),
    "list_type": _LIST,
    "missing": ("còn thiếu", "is missing"),
    "string_too_long": ("dài nhất {max_length} ký tự", "must have at most {max_length} characters"),
    "string_too_short": ("ngắn nhất {min_length} ký tự", "must have at least {min_length} characters"),
    "string_type": _TEXT,
    "too_long": ("nhiều nhất {max_length} mục", "must have at most {max_length} entries"),
    "too_short": ("ít nhất {min_length} mục", "must have at least {min_length} entries"),
    "tuple_type": _LIST,
}
"""pydantic's type of error → what is allowed, with the figures of its context."""

_MOST_TOLD = 3


def invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """422 for what pydantic did not accept; `fields` has all of it, spelt as in the API."""
    found = list(errors)
    fields: list[MisfitJson] = [{"where": ".".join(map(str, error["loc"])), "what": error["msg"]} for error in found]
    told = [_sentence(error) for error in found[:_MOST_TOLD]]
    vi, en = "; ".join(vi for vi, _ in told), "; ".join(en for _, en in told)
    vi, en = f"Thông tin gửi lên chưa đúng: {vi}.", f"What was sent is not valid: {en}."
    return Problem(422, "invalid", vi, en, fields=fields)


def _sentence(error: Mapping[str, Any]) -> tuple[str, str]:
    if error["type"] == "json_invalid":
        at = error["loc"][-1]
        return f"JSON không đọc được ở ký tự {at}", f"the JSON cannot be read at character {at}"
    (name_vi, name_en), (rule_vi, rule_en) = _name(error["loc"]), _rule(error)
    return f"{name_vi} {rule_vi}", f"{name_en} {rule_en}"


def _name(place: tuple[str | int, ...]) -> tuple[str, str]:
    """The innermost field that has a name; a place in a list has none."""
    names = [part for part in place[1:] if isinstance(part, str)]
    if not names:
        return "nội dung gửi lên", "the body"
    return _FIELDS.get(names[-1], (f"“{names[-1]}”"[:80], f"“{names[-1]}”"[:80]))


def _rule(error: Mapping[str, Any]) -> tuple[str, str]:
    context = error.get("ctx", {})
    if error["type"] in ("enum", "literal_error"):
        allowed = ", ".join(re.findall(r"'([^']*)'", context["expected"]))
        return f"phải là một trong: {allowed}", f"must be one of: {allowed}"
    if error["type"] not in _RULES:  # pydantic's own words, which may hold braces
        return "chưa đúng", f"is not right ({error['msg']})"
    vi, en = _RULES[error["type"]]
    return vi.format(**context), en.format(**context)
