"""How a text that is said falls into sentences, and how long it takes before anybody speaks it.

Measured with the offline voice, sentence by sentence as `sentences.Unhurried` has it spoken, on the documents of the
tests: within 3 % of what each of them takes.
"""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.port import OWN_PACE, Pace, Voice

PAUSE_S: Final = 0.7
"""Between two sentences, at every pace."""
SHORT: Final = 12
"""Characters: “Thôn một!” is no sentence that needs a pause of its own."""
WORD_S: Final = 0.245
COMMA_S: Final = 0.32
STOP_S: Final = 0.25
"""A word as it is said, with what is drawn out of it before a comma and at the end."""
_SLOWER: Final[dict[Voice, float]] = {"vi": 1.0, "vi-vn-x-central": 1.02, "vi-vn-x-south": 1.04}
_COMMAS: Final = ",;:"
_STOPS: Final = ".!?…"
_END: Final = re.compile(rf"(?<=[{_STOPS}])\s+")
_WORD: Final = re.compile(r"[^\W_]+")


def sentences(text: str) -> list[str]:
    """The text in pieces, in order: nothing is lost but the white space between them. What is SHORT goes with what
    comes next, or with what came before it at the end."""
    pieces: list[str] = []
    for piece in filter(None, _END.split(text.strip())):
        if pieces and len(pieces[-1]) < SHORT:
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    if len(pieces) > 1 and len(pieces[-1]) < SHORT:
        last = pieces.pop()
        pieces[-1] += f" {last}"
    return pieces


def spoken_s(said: str, voice: Voice = "vi", pace: Pace = OWN_PACE) -> float:
    """Seconds that a text takes as it is said (`Reading.text`), once and without bells."""
    commas, stops = (sum(map(said.count, signs)) for signs in (_COMMAS, _STOPS))
    sound = WORD_S * len(_WORD.findall(said)) + COMMA_S * commas + STOP_S * stops
    return sound * _SLOWER[voice] * OWN_PACE / pace + PAUSE_S * max(0, len(sentences(said)) - 1)


def paragraph_s(said: str, voice: Voice = "vi") -> float:
    """The same of a paragraph among others, with the pause behind it."""
    end = said[-1:]
    behind = PAUSE_S if end in _STOPS else 0 if end in _COMMAS else COMMA_S
    return spoken_s(said, voice) + behind
