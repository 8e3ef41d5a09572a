"""How a text is read, span by span, as it is shown."""

from __future__ import annotations

from typing_extensions import TypedDict

from audio_library.speech.length import spoken_s
from audio_library.speech.port import OWN_PACE, Pace, Voice
from audio_library.speech.reading import DOUBTS, Kind, Reading, Span


class DoubtJson(TypedDict):
    """Why a span may be read wrongly: a stable code, and a sentence in each language."""

    code: str
    vi: str
    en: str


class ReadSpanJson(TypedDict):
    """From `start` to before `end`, in characters (code points) of `given`, stands `written`, taken for a `kind`; it is
    said as `spoken`, which is empty for what is silent."""

    start: int
    end: int
    kind: Kind
    written: str
    spoken: str
    doubt: DoubtJson | None


class ReadingJson(TypedDict):
    """What the voice will say of a text, `given` in NFC, and what is not said as it is written, from left to right.
    `duration_us`: about how long it takes once, without bells."""

    text: str
    given: str
    duration_us: int
    spans: list[ReadSpanJson]


def reading_json(reading: Reading, voice: Voice = "vi", pace: Pace = OWN_PACE) -> ReadingJson:
    """A reading with its trace."""
    return {
        "text": reading.text,
        "given": reading.given,
        "duration_us": round(spoken_s(reading.text, voice, pace) * 1_000_000),
        "spans": [_span_json(span) for span in reading.spans],
    }


def _span_json(span: Span) -> ReadSpanJson:
    return {
        "start": span.start,
        "end": span.end,
        "kind": span.kind,
        "written": span.written,
        "spoken": span.spoken,
        "doubt": _doubt_json(span.doubt) if span.doubt else None,
    }


def _doubt_json(code: str) -> DoubtJson:
    vi, en = DOUBTS[code]
    return {"code": code, "vi": vi, "en": en}
