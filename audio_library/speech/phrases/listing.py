"""What a person is asked to record: with it every date, time and number of a notice can be said, and its formulae."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

from audio_library.speech.notices import NOTICES
from audio_library.speech.phrases.phrase import Phrase
from audio_library.speech.reading.numbers import ONES, Region, cardinal, ordinal
from audio_library.speech.reading.reading import read

Group = Literal["formula", "place", "hour", "minute", "day", "month", "year", "weekday", "digit", "number"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
YEARS: Final = 4
"""This one and those that come."""
_FORMULAE: Final = (
    "kính thưa bà con", "kính mời bà con", "kính mời bà con chú ý nghe thông báo", "xin nhắc lại",
    "trân trọng thông báo", "xin cảm ơn bà con", "bà con", "nhà văn hóa", "nhà văn hóa thôn",
    "ủy ban nhân dân xã", "trạm y tế xã", "hôm nay", "ngày mai", "sáng", "chiều", "tối", "tại", "lúc", "đến hết", "cho",
)  # fmt: skip
_NOTICES: Final = ("meeting", "power", "water")
"""Whose words are among the formulae. Not those of an alarm, which a machine says, and of a funeral, which is no place
for a voice that is pieced together."""
_NUMBERS: Final[dict[Region, tuple[str, ...]]] = {
    Region.NORTH: ("linh", "nghìn"),
    Region.SOUTH: ("lẻ", "ngàn"),
}
_ANY_NUMBERS: Final = (
    "mười", "mươi", "mốt", "tư", "lăm", "trăm", "triệu", "tỷ", "phẩy", "phần trăm", "đồng", "giờ", "phút", "mùng",
    "tháng", "và", "hoặc",
)  # fmt: skip
_HOLES: Final = re.compile(r"\{\w+\}|[,.;:!?]")


@dataclass(frozen=True)
class Listed:
    """A phrase of the list."""

    group: Group
    phrase: Phrase


def listing(year: int, region: Region = Region.NORTH, places: Iterable[Phrase] = ()) -> tuple[Listed, ...]:
    """The whole list in the order in which it is recorded, each phrase once. `year`: the current one."""
    told: dict[Group, Iterable[str]] = {
        "formula": (*_FORMULAE, *_words_of_notices()),
        "place": (one.words for one in places),
        "hour": (f"{cardinal(hour)} giờ" for hour in range(24)),
        "minute": (f"{cardinal(minute)} phút" for minute in range(5, 60, 5)),
        "day": (f"ngày {'mùng ' if day <= 10 else ''}{cardinal(day)}" for day in range(1, 32)),
        "month": (f"tháng {ordinal(month) if month == 4 else cardinal(month)}" for month in range(1, 13)),
        "year": (f"năm {cardinal(one, region)}" for one in range(year, year + YEARS)),
        "weekday": (*(f"thứ {ordinal(day)}" for day in range(2, 8)), "chủ nhật"),
        "digit": ONES,
        "number": (*_ANY_NUMBERS, *_NUMBERS[region]),
    }
    found: dict[Phrase, Listed] = {}
    for group in GROUPS:
        for words in told[group]:
            for ends in (False, True) if group == "digit" else (False,):
                phrase = Phrase(words, ends)
                found.setdefault(phrase, Listed(group, phrase))
    return tuple(found.values())


def place_phrase(name: str) -> Phrase | None:
    """What is to be recorded of the name of a place as the reader gives it out; None if it is no single phrase."""
    try:
        return Phrase.said(name)
    except ValueError:
        return None


def _words_of_notices() -> Iterator[str]:
    """What stands between the blanks and pauses of the notices."""
    for name in _NOTICES:
        for part in _HOLES.split(NOTICES[name].text):
            if words := read(part).text.lower():
                yield words
