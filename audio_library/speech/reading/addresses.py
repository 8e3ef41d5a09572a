"""Mail and web addresses, which are found before all else: their dots, strokes and digits are nothing else."""

from __future__ import annotations

import re
import string
from collections.abc import Container, Iterator
from typing import Final, NamedTuple

from audio_library.speech.reading.letters import by_name
from audio_library.speech.reading.numbers import spelt

_ANCHOR: Final = re.compile(
    r"@|://|www\.|\.(?:vn|com|net|org|edu|gov|info|io|me|app|asia|xyz|online|site|tv|docx?|xlsx?|pptx?|pdf|jpe?g|png|mp[34]|zip)(?![\w@])",
    re.IGNORECASE,
)
_NAME: Final = frozenset(string.ascii_letters + string.digits + "._%+~-")
_HOST: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,10}[A-Za-z]{2,24}(?![\w@-])|[A-Za-z0-9-]{1,63}(?::\d{1,5})?"
)
_PATH: Final = re.compile(r"(?:[.:][A-Za-z0-9-]{1,63}){0,10}(?:/[A-Za-z0-9._~%+@:/?&=#!-]{0,1000})?")
_SCHEME: Final = re.compile(r"[A-Za-z]+://")
_PARTS: Final = re.compile(r"[A-Za-z]+|\d+|.")
_VOWEL: Final = re.compile(r"[aeiouy]", re.IGNORECASE)
_SIGNS: Final = {
    ".": "chấm", "@": "a còng", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm",
    "?": "hỏi chấm", "=": "bằng", "&": "và", "#": "thăng", "%": "phần trăm", "+": "cộng", "~": "ngã", "!": "chấm than",
}  # fmt: skip
_LONGEST: Final = 128


class Address(NamedTuple):
    """Where it stands, and how it is said."""

    start: int
    end: int
    spoken: str


def find(text: str, abbreviations: Container[str]) -> Iterator[Address]:
    """All addresses of an even text, in their order; `abbreviations` in them are spelt, to be typed by who hears."""
    done = 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < done:
            continue
        start, end = _bounds(text, anchor, done)
        if said := _said(_SCHEME.sub("", text[start:end]), abbreviations):
            yield Address(start, end, said)
            done = end


def _bounds(text: str, anchor: re.Match[str], done: int) -> tuple[int, int]:
    """From the first letter of its name to the last of its path; empty if there is nothing on a side that needs it."""
    start = anchor.start()
    while start > max(done, anchor.start() - _LONGEST) and text[start - 1] in _NAME:
        start -= 1
    while start < anchor.start() and not text[start].isalnum():
        start += 1
    after = anchor.end()
    if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        return after, after  # letters of another alphabet: a sentence without its space
    if anchor[0] == "@":
        host = _HOST.match(text, after)
        if start == anchor.start() or not host:
            return after, after
        return start, _trimmed(text, after, host.end())
    if start == anchor.start() and anchor[0][0] == ".":
        return after, after
    end = after
    if anchor[0] == "://" or anchor[0].lower() == "www.":
        host = _HOST.match(text, after)
        if not host:
            return after, after
        end = host.end()
    path = _PATH.match(text, end)
    assert path is not None
    return start, _trimmed(text, after, path.end())


def _trimmed(text: str, after: int, end: int) -> int:
    """Without the sentence's own signs at its end."""
    while end > after and not text[end - 1].isalnum():
        end -= 1
    return end


def _said(address: str, abbreviations: Container[str]) -> str:
    return " ".join(filter(None, (_part(part, abbreviations) for part in _PARTS.findall(address))))


def _part(part: str, abbreviations: Container[str]) -> str:
    if part.isdecimal():
        return spelt(part)
    if part.isalpha():
        is_word = len(part) > 1 and _VOWEL.search(part) and part.lower() not in abbreviations
        return part.lower() if is_word else by_name(part)
    return _SIGNS.get(part, "")
