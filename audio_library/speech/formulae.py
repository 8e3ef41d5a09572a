"""What an announcer says before and after a notice, and what is said once more."""

from __future__ import annotations

import unicodedata
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
_STOPS: Final = ".!?…"
_PAUSES: Final = ",;: "


def worded(text: str, opening: Opening | None = None, closing: Closing | None = None) -> str:
    """The text as it is given to be said: within its formulae, and its marked lines once more behind it.

    A formula with which the text begins or ends already is not said twice. Where nothing is wished and nothing marked,
    and where there is nothing to say, the text is as it was.
    """
    given = unicodedata.normalize("NFC", text)
    body, marked = plain(given).strip(), important(given)
    if not any(map(str.isalnum, body)) or not (marked or opening or closing):
        return text
    again = body if closing == "again" else "\n".join(map(_ended, marked))
    before, after = OPENINGS[opening] if opening else "", CLOSINGS[closing] if closing else ""
    parts = (
        "" if _same(body[: len(before)], before) else before,
        _ended(body),
        f"{AGAIN} {_ended(again)}" if again else "",
        "" if _same(_ended(body)[-len(after) :], after) and not again else after,
    )
    return "\n".join(filter(None, parts))


def _same(one: str, formula: str) -> bool:
    """Whatever sign ends it."""
    return one.casefold().rstrip(_STOPS + _PAUSES) == formula.casefold().rstrip(_STOPS)


def _ended(text: str) -> str:
    """With a stop at its end, so that what follows is another sentence."""
    whole = text.rstrip(_PAUSES)
    return whole if whole[-1:] in _STOPS else f"{whole}."
