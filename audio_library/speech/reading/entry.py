"""What may become an entry of a station's dictionary."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from audio_library.refusal import Refusal
from audio_library.speech.reading.fold import fold
from audio_library.speech.reading.lexicon import Lexicon
from audio_library.speech.reading.reading import read
from audio_library.speech.reading.tones import even_tones

LONGEST: Final = 200
"""Characters of one side of an entry."""
_HELD_BACK: Final = frozenset("<>[]{}|\\`^~=\ue000")
"""What an engine or a table could take for a command."""
_SAID: Final = re.compile(r"[^\W\d_]+(?:,? [^\W\d_]+)*")
_TOLD: Final = re.compile(r"[^\W_]+(?:[ ,.'’-]{1,3}[^\W_]+)*[ ,.]?")
_HYPHENS: Final = re.compile(r"[-'’]")
_PLAIN: Final = Lexicon({})


def entry(written: str, said: str) -> tuple[str, str]:
    """What is written as it is looked for, and what is said in words alone: numbers in it are read. Refusal
    `lexicon_written` or `lexicon_said`, which names the side that cannot be taken."""
    return _written(written), _said(said)


def same(written: str) -> str:
    """What is alike for all spellings of what is written, but for capitals."""
    return even_tones(written)


def _written(written: str) -> str:
    line = _line(written)
    fits = line and len(line) <= LONGEST and (line[0].isalnum() or line[0] == "#") and any(map(str.isalnum, line))
    if not fits or _HELD_BACK & set(line):
        raise Refusal("lexicon_written", repr(written[:LONGEST]))
    return line


def _said(said: str) -> str:
    line = _line(said)
    if not line or len(line) > LONGEST or not _TOLD.fullmatch(line):
        raise Refusal("lexicon_said", repr(said[:LONGEST]))
    line = " ".join(_HYPHENS.sub(" ", line).split()).rstrip(",. ")
    words = (read(line, _PLAIN).text if any(map(str.isnumeric, line)) else line).lower().replace(".", ",")
    if len(words) > LONGEST or not _SAID.fullmatch(words):
        raise Refusal("lexicon_said", repr(said[:LONGEST]))
    return words


def _line(text: str) -> str:
    """One line in NFC, its dashes and quotes of one form each; empty if it holds what nobody can see or is far too
    long."""
    if len(text) > LONGEST * 4 or any(unicodedata.category(char)[0] == "C" and not char.isspace() for char in text):
        return ""
    return " ".join(fold(unicodedata.normalize("NFC", text))[0].split())
