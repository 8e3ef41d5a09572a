"""What an announcer says before and after a notice, and what is said once more."""

from __future__ import annotations

import re
import unicodedata
from string import whitespace
from typing import Final, Literal

from audio_library.speech.important import important, plain

Opening = Literal["neighbours", "attention"]
Closing = Literal["again", "thanks", "regards"]
"""`again`: the whole text once more."""

OPENINGS: Final[dict[Opening, str]] = {
    "neighbours": "Kính thưa bà con.",
    "attention": "Kính mời bà con chú ý nghe thông báo.",
}
CLOSINGS: Final[dict[Closing, str]] = {
    "again": "",
    "thanks": "Xin cảm ơn bà con.",
    "regards": "Trân trọng thông báo.",
}
AGAIN: Final = "Xin nhắc lại:"
_BEGUN: Final[dict[Opening, re.Pattern[str]]] = {
    "neighbours": re.compile(r"kính thưa\b", re.IGNORECASE),
    "attention": re.compile(r"kính mời bà con chú ý\b", re.IGNORECASE),
}
_DONE: Final[dict[Closing, re.Pattern[str]]] = {
    "thanks": re.compile(r"\bc[ảá]m ơn\b", re.IGNORECASE),
    "regards": re.compile(r"\b(?:trân trọng|kính báo)\b", re.IGNORECASE),
}
"""How people begin and end who do so themselves."""
SHORT: Final = 6
"""Words of a sentence that says nothing but this."""
_STOPS: Final = ".!?…"
_PAUSES: Final = ",;: "


def worded(text: str, opening: Opening | None = None, closing: Closing | None = None) -> str:
    """The text as it is given to be said: within its formulae, and its marked lines once more behind it.

    Who has begun or ended so already does not say it twice, and of what they end with no word is lost: it comes behind
    the marked lines. Where nothing is wished and nothing marked, and where there
    is nothing to say, the text is as it was.
    """
    given = unicodedata.normalize("NFC", text)
    body, marked = plain(given).strip(), important(given)
    if not any(map(str.isalnum, body)) or not (marked or opening or closing):
        return text
    again = body if closing == "again" else "\n".join(map(_ended, marked))
    before = OPENINGS[opening] if opening and not _BEGUN[opening].match(body) else ""
    after = CLOSINGS[closing] if closing else ""
    if after and _ends_so(again or body, closing):
        after = ""
    if marked and _ends_so(body, closing) and (rest := body[: _last(body)].rstrip()):
        own = _ended(body[_last(body) :].strip())
        body, after = rest, "" if again.endswith(own) else own
    parts = (before, _ended(body), f"{AGAIN} {_ended(again)}" if again else "", after)
    return "\n".join(filter(None, parts))


def _ends_so(text: str, closing: Closing | None) -> bool:
    """Whether its last sentence is such a closing, in whatever words."""
    if closing is None or closing not in _DONE:
        return False
    last = text[_last(text) :]
    return len(last.split()) <= SHORT and _DONE[closing].search(last) is not None


def _last(text: str) -> int:
    """Where its last sentence begins."""
    said = text.rstrip(f"{_STOPS}{whitespace}")
    return max(said.rfind(sign) for sign in f"{_STOPS}\n") + 1


def _ended(text: str) -> str:
    """With a stop at its end, so that what follows is another sentence."""
    whole = text.rstrip(_PAUSES)
    return whole if whole[-1:] in _STOPS else f"{whole}."
