"""Numbers that are dialled or copied: phones, accounts, identity cards, codes; and plates of vehicles."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.letters import by_name
from audio_library.speech.reading.numbers import spelt
from audio_library.speech.reading.place import Place
from audio_library.speech.reading.quantities import is_counted
from audio_library.speech.reading.span import Found

_SUBSCRIBER: Final = re.compile(r"0\d{1,10}\)?(?:[ .-]{1,2}\d{1,6}){0,4}")
_SERVICE: Final = re.compile(r"1[89]00(?:[ .]?\d{2,6}){1,2}(?!\d|[.,]\d)")
_LONG: Final = re.compile(r"\d{9,}(?!\d)")
_SHORT: Final = re.compile(r"1(?:1[1-5]|022)(?!\d|[.,/:-]\d)")
_PREFIX: Final = re.compile(r"0\d{1,7}(?: \d{3,4}){0,2}(?!\d|[.,/:-]\d)")
_ANY: Final = re.compile(r"\d{1,20}(?:[ .-]\d{2,6}){0,5}(?!\d|[.,/:]\d)")
_ABROAD: Final = re.compile(r"84\)?(?: ?\(0\))?(?:[ .-]?\d{1,6}){1,5}")
_GROUP: Final = re.compile(r"\d+")
_DIALLED: Final = re.compile(
    r"(?:điện thoại|(?<!\w)đt|sđt|(?<!\w)gọi|tổng đài|hotline|đường dây nóng|số máy|zalo|(?<!\w)fax)"
    r"(?: [^\W\d_]{1,12}){0,6}[ :.(]{0,4}\Z"
)
_RESCUE: Final = re.compile(r"(?:cấp cứu|cảnh sát|cứu hỏa|cứu hoả|chữa cháy)[ :]{1,2}\Z")
_COPIED: Final = re.compile(
    r"(?:số tài khoản|đầu số|stk|(?<!\w)tk|cccd|cmnd|căn cước công dân|chứng minh nhân dân|mã số thuế|mã số"
    r"|(?<!\w)mã|mst)(?: số| là| của)?[ :.(]{0,4}\Z"
)
_BEFORE: Final = frozenset({
    "khoản", "stk", "tk", "cccd", "cmnd", "dân", "số", "thuế", "mã", "mst", "là", "của", ":", ".", "(",
})  # fmt: skip
"""One of these stands before every number that is copied."""
_PLATE: Final = re.compile(r"(\d{2})\s?-?\s?([A-ZĐ]{1,2}\d?)\s?-?\s?(\d{3}\.\d{2}|\d{4,5})(?![\w]|[.,/]\d)")
_PLATE_WORDS: Final = frozenset({"biển số", "kiểm soát", "xe số"})
_JOINTS: Final = frozenset({",", ";", "hoặc", "và", "hay"})
SHORTEST: Final = 9
"""Digits of a bare number that nobody counts."""


def at(place: Place) -> Found | None:
    """A number that is read digit by digit."""
    return _plate(place) or _phone(place) or _copied(place)


def abroad(place: Place) -> Found | None:
    """A phone number at its `+`."""
    found = _ABROAD.match(place.text, place.at + 1)
    if found is None or not 9 <= len(_digits(found[0])) <= 13:
        return None
    return Found(found.end(), "phone", f"cộng {_grouped(found[0])}")


def _phone(place: Place) -> Found | None:
    run = place.run
    if run[0] == "0" and (found := place.looking(_SUBSCRIBER)):
        groups, total = list(_GROUP.finditer(found[0])), 0
        for group in groups:
            total += len(group[0])
            end = found.start() + group.end()
            if total in (10, 11) and not place.text[end : end + 1].isdigit():
                return Found(end, "phone", _grouped(found[0][: group.end()]))
            if total > 11:
                break
    if run[:4] in ("1800", "1900") and (found := place.looking(_SERVICE)) and len(_digits(found[0])) in (8, 10):
        return Found(found.end(), "phone", _grouped(found[0]))
    if len(run) >= SHORTEST and (found := place.looking(_LONG)):
        return Found(found.end(), "phone", _grouped(found[0]))
    if run[0] == "1" and (found := place.looking(_SHORT)) and _is_short(place, found.end()):
        return Found(found.end(), "phone", spelt(found[0]))
    if run[0] == "0" and (found := place.looking(_PREFIX)) and _is_prefix(place):
        return Found(found.end(), "phone", _grouped(found[0]))
    return None


def _is_short(place: Place, end: int) -> bool:
    """Whether 113 and its like are dialled here: told so, or what rescues is named and nothing is counted."""
    left = _left(place)
    return _goes_on(place) or bool(_DIALLED.search(left) or (_RESCUE.search(left) and not is_counted(place, end)))


def _is_prefix(place: Place) -> bool:
    """Whether what begins with zero here is to be dialled; two digits are so only behind two others."""
    if len(place.run) > 2:
        return _goes_on(place) or _DIALLED.search(_left(place)) is not None
    return place.last is not None and len(place.run) == len(place.last.written) and _goes_on(place)


def _copied(place: Place) -> Found | None:
    named = place.word in _BEFORE
    found = place.looking(_ANY) if named or len(place.run) > 2 else None
    if found is None or not (named or len(found[0]) >= 6):
        return None
    left = _left(place)
    if _COPIED.search(left) or (len(_digits(found[0])) >= 6 and "." not in found[0] and _DIALLED.search(left)):
        return Found(found.end(), "phone", _grouped(found[0]))
    return None


def _plate(place: Place) -> Found | None:
    found = place.looking(_PLATE) if len(place.run) == 2 and (place.then == "-" or place.then.isupper()) else None
    if found is None:
        return None
    if "-" not in found[0] and "." not in found[0] and place.two not in _PLATE_WORDS:
        return None
    said = f"{spelt(found[1])} {by_name(found[2], digits_spelt=True)}, {spelt(_digits(found[3]))}"
    return Found(found.end(), "plate", said)


def _goes_on(place: Place) -> bool:
    """Whether another number to be dialled stands just before it."""
    return place.last is not None and place.last.kind == "phone" and (place.gap or "").strip() in _JOINTS


def _left(place: Place) -> str:
    return place.text[max(0, place.at - 40) : place.at].lower().replace("\n", " ")


def _digits(written: str) -> str:
    return "".join(_GROUP.findall(written))


def _grouped(written: str) -> str:
    """Each written group by itself; ten digits in one piece as people part them."""
    groups = _GROUP.findall(written)
    if len(groups) == 1 and len(groups[0]) == 10 and groups[0][0] == "0":
        (whole,) = groups
        groups = [whole[:4], whole[4:7], whole[7:]]
    return ", ".join(map(spelt, groups))
