"""Numbers in Vietnamese words."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final


class Region(StrEnum):
    """Whose number words: `nghìn, linh` of the north or `ngàn, lẻ` of the south."""

    NORTH = "north"
    SOUTH = "south"


ONES: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS: Final = {1: "mốt", 4: "tư", 5: "lăm"}
"""How these are said after twenty and more; five also after ten."""
_THOUSAND: Final = {Region.NORTH: "nghìn", Region.SOUTH: "ngàn"}
_AND: Final = {Region.NORTH: "linh", Region.SOUTH: "lẻ"}
LONGEST: Final = 18
"""Digits of the longest number that is said as one; a longer one has no name that people know."""


def cardinal(number: int | str, region: Region = Region.NORTH) -> str:
    """A whole number from 0 as it is said; what has more than LONGEST digits is spelt."""
    digits = str(number).lstrip("0") or "0"
    return spelt(digits) if len(digits) > LONGEST else _named(digits, region)


@lru_cache(4096)
def _named(digits: str, region: Region) -> str:
    if len(digits) > 9:
        head = f"{_named(digits[:-9], region)} tỷ"
        rest = _millions(digits[-9:], region, whole=False)
        return f"{head} {rest}" if rest else head
    return _millions(digits, region, whole=True) or ONES[0]


def spelt(digits: str) -> str:
    """Digit by digit."""
    return " ".join(ONES[int(digit)] for digit in digits)


def ordinal(number: int | str, region: Region = Region.NORTH) -> str:
    """What stands after “thứ”: nhất, hai, ba, tư, năm …"""
    return {1: "nhất", 4: "tư"}.get(int(number), cardinal(number, region))


def decimal(whole: str, after: str, region: Region = Region.NORTH) -> str:
    """A number with what stands after its comma: as a number up to three digits, spelt if longer or begun with 0."""
    said = spelt(after) if after[0] == "0" or len(after) > 3 else cardinal(after, region)
    return f"{cardinal(whole, region)} phẩy {said}"


def _millions(digits: str, region: Region, *, whole: bool) -> str:
    """At most nine digits, without groups that are zero; `whole`: nothing was said before them."""
    words: list[str] = []
    padded = digits.zfill(9)
    for group, scale in zip((padded[:3], padded[3:6], padded[6:]), ("triệu", _THOUSAND[region], ""), strict=True):
        if group != "000":
            words.append(_hundreds(int(group), region, full=bool(words) or not whole))
            words.append(scale)
    return " ".join(filter(None, words))


def _hundreds(number: int, region: Region, *, full: bool) -> str:
    """1 to 999; `full`: with “không trăm”, since something was said before it."""
    hundreds, rest = divmod(number, 100)
    if not hundreds and not full:
        return _tens(rest)
    head = f"{ONES[hundreds]} trăm"
    if not rest:
        return head
    return f"{head} {_tens(rest)}" if rest > 9 else f"{head} {_AND[region]} {ONES[rest]}"


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return ONES[ones]
    head = "mười" if tens == 1 else f"{ONES[tens]} mươi"
    if not ones:
        return head
    if tens == 1:
        return f"{head} {'lăm' if ones == 5 else ONES[ones]}"
    return f"{head} {_AFTER_TENS.get(ones, ONES[ones])}"
