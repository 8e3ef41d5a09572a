"""Lines that are said once more, because whoever hears one thing only should hear these.

A line that begins with `!` was marked by its author. Which lines are worth it is only proposed: sentences that tell a
day, an hour and a place, and the lines of an office's notice that are headed so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from audio_library.speech.documents.splitting import SENTENCE_ENDS

MARK: Final = "!"
_NUMBER: Final = r"(?:không|một|hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|mười|mươi|mốt|lăm)"
_HOUR: Final = re.compile(rf"\b{_NUMBER} giờ\b")
_DAY: Final = re.compile(
    rf"\bngày (?:mồng |mùng )?{_NUMBER}\b|\bngày (?:mai|kia)\b|\bhôm nay\b|\b(?:sáng|trưa|chiều|tối|đêm) (?:nay|mai)\b"
    r"|\bchủ nhật\b|\bthứ (?:hai|ba|tư|năm|sáu|bảy)\b"
)
_PLACE: Final = re.compile(r"\b(?:tại|ở|địa điểm)\b")
_HEADED: Final = re.compile(r"\W{0,5}(?:thời gian|địa điểm)\b[^:\n]{0,40}:", re.IGNORECASE)


def is_marked(line: str) -> bool:
    """Whether it is to be said once more."""
    return line.lstrip().startswith(MARK)


def bare(line: str) -> str:
    """Without its mark."""
    return line.strip().lstrip(f"{MARK} ") if is_marked(line) else line


def plain(text: str) -> str:
    """The text without marks; lines of which nothing is left are gone."""
    lines = text.splitlines()
    if not any(map(is_marked, lines)):
        return text
    return "\n".join(bare(line) for line in lines if bare(line) or not is_marked(line))


def important(text: str) -> list[str]:
    """The marked lines, bare, in their order."""
    return [line for line in map(bare, filter(is_marked, text.splitlines())) if line]


def proposed(text: str, said: Callable[[str], str]) -> list[str]:
    """Sentences as they stand in the text, none of them marked, that may be worth saying twice; `said`: how something
    written is read. None of a text that is a single sentence: there is nothing that it would stand out from."""
    sentences = list(_sentences(text))
    if len(sentences) < 2:
        return []
    open_ones = (sentence for line, sentence in sentences if not is_marked(line))
    return [one for one in dict.fromkeys(open_ones) if _HEADED.match(one) or _tells_all(said(one).casefold())]


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each with the line in which it stands."""
    for line in text.splitlines():
        for sentence in SENTENCE_ENDS.split(line.strip()):
            if any(map(str.isalnum, sentence)):
                yield line, sentence


def _tells_all(said: str) -> bool:
    return all(told.search(said) for told in (_HOUR, _DAY, _PLACE))
