"""Letters and syllables: names of letters, and what a Vietnamese could read as a word."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.numbers import Region, cardinal, spelt

NAMES: Final = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép",
    "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "lờ", "m": "mờ", "n": "nờ", "o": "o", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "y", "z": "dét",
}  # fmt: skip
LOWER: Final = "a-zàáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
"""Small Vietnamese letters, for a class in a pattern."""
UPPER: Final = "A-Z" + LOWER[3:].upper()
CONSONANTS: Final = "bcdđfghjklmnpqrstvwxz"
VOWELS: Final = "".join(sorted(set(LOWER[3:]) - {"đ"})) + "aeiouy"
_VOWELS: Final = f"[{VOWELS}]"
_SYLLABLE: Final = re.compile(
    rf"(?:ngh?|gh|gi|ch|kh|nh|ph|qu|th|tr|[bcdđghklmnprstvx])?{_VOWELS}{{1,3}}(?:ng|nh|ch|[cmnpt])?"
)
_MOST: Final = 20_000
_LONG_WORD: Final = 24
_TWICE: Final = frozenset({"aa", "ee", "ii", "uu", "yy"})
_PARTS: Final = re.compile(r"\d+|\D")
_SHORT: Final = re.compile(r"(?:[^aeiouy]?[aeiouy]{1,2}){2,6}[^aeiouy]?")
_LONG: Final = re.compile(r"(?:[^aeiouy]{0,2}[aeiouy]{1,2}){2,6}[^aeiouy]{0,2}")


def is_syllable(word: str) -> bool:
    """Whether the small-letter word could be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None and word[:2] not in _TWICE


class _Readable(dict[str, bool]):
    """Whether a word as it is written could be a Vietnamese syllable, or is like Đắk: looked up when first met."""

    def __missing__(self, word: str) -> bool:
        readable = is_syllable(word.lower().replace("ắk", "ắc"))
        if len(self) < _MOST and len(word) < _LONG_WORD:  # nobody fills our memory with a text of all words
            self[word] = readable
        return readable


READABLE: Final = _Readable()


def is_pronounceable(word: str) -> bool:
    """Whether the small-letter word is read as a word by who does not know it: asean, covid, halal."""
    return len(word) > 3 and (_LONG if len(word) > 5 else _SHORT).fullmatch(word) is not None


def by_name(written: str, region: Region = Region.NORTH, *, digits_spelt: bool = False) -> str:
    """Letters by their names, digits among them as numbers or digit by digit; other characters are silent."""
    said: list[str] = []
    for part in _PARTS.findall(written):
        if part.isdecimal():
            said.append(spelt(part) if digits_spelt or part[0] == "0" else cardinal(part, region))
        elif part.isalnum():
            small = part.lower()
            said.append(NAMES.get(small, small))
    return " ".join(said)
