"""A text as it came, made even: one form of each dash, space, quote and digit, nothing invisible."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

NUMERAL: Final = "\ue000"
"""Stands for a number that is one character: ½, Ⅲ, ⑳. In a text that came it would be dropped."""
_DROPPED: Final = "\0"
_ALIKE: Final = {
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("‘’‚‛′´`ʹ＇", "'"),
    **dict.fromkeys("“”„‟″«»＂", '"'),
    **dict.fromkeys("•●▪■◦‣∙·○◆➢➤✓✔❖", "•"),
    **dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    "º": "°",
    "∕": "/",
    "⁄": "/",
    "×": "×",
}
_MOST: Final = 20_000


class _Table(dict[int, str]):
    """What each character becomes: exactly one character, so that places stay; looked up when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        made = _ALIKE.get(char) or _even(char)
        if len(self) < _MOST:  # nobody fills our memory with a text of all characters
            self[code] = made
        return made


def _even(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace():
        return " "
    if char.isnumeric() and not char.isdigit() and category != "Lo":
        return NUMERAL
    if char.isdigit() and not char.isascii():
        return str(unicodedata.digit(char))
    if category[0] == "C" or category == "Me" or "\ufe00" <= char <= "\ufe0f":  # and what makes a picture of a sign
        return _DROPPED
    if category[0] in "PS" or "\uff01" <= char <= "\uff5e":  # full-width letters and signs
        wide = unicodedata.normalize("NFKC", char)
        return wide if len(wide) == 1 and wide.isascii() and not wide.isspace() else char
    return char


_TABLE: Final = _Table()


def fold(given: str) -> tuple[str, Sequence[int]]:
    """The even text, and the place in `given` (which is NFC) of each of its characters and of its end."""
    text = given.replace("\r\n", " \n").translate(_TABLE)
    if _DROPPED not in text:
        return text, range(len(text) + 1)
    kept = [place for place, char in enumerate(text) if char != _DROPPED]
    return text.replace(_DROPPED, ""), [*kept, len(given)]
