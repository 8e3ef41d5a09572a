"""Text from a keyboard, made fit to be spoken: plain characters only, nothing an engine could take for a command."""

from __future__ import annotations

import unicodedata
from typing import Final

from audio_library.refusal import MAX_TEXT, Refusal

_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def speakable(text: str, *, lines: bool = False) -> str:
    """NFC, without control, format and private characters, white space single; Refusal if empty or too long.

    `lines`: a line break stays one, for a reader to whom it says where a list goes on.
    """
    if len(text) > MAX_TEXT * 4:
        raise Refusal("text_too_long", f"{len(text)} characters")
    told = (_cleaned(line) for line in unicodedata.normalize("NFC", text).splitlines())
    cleaned = ("\n" if lines else " ").join(filter(None, told))
    if len(cleaned) > MAX_TEXT:
        raise Refusal("text_too_long", f"{len(cleaned)} characters")
    if not any(char.isalnum() for char in cleaned):
        raise Refusal("text_empty")
    return cleaned


def _cleaned(line: str) -> str:
    spaced = "".join(" " if char.isspace() else char for char in line)
    plain = "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)
    return " ".join(plain.replace("[[", "[ [").replace("]]", "] ]").split())
