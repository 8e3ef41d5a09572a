"""A document in its parts, as it is shown: what is read of it, how long that takes, in which bulletins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from typing_extensions import TypedDict

from audio_library.extraction.extract import Extract
from audio_library.refusal import MAX_TEXT
from audio_library.speech.documents import KINDS, LONGEST_S, READ, WORDS, Kind, Part, bulletins, dissect
from audio_library.speech.fallback import Reader, read_plainly
from audio_library.speech.length import paragraph_s
from audio_library.speech.port import Voice

_SECOND = 1_000_000


class StretchJson(TypedDict):
    """From `start` to before `end`, in characters (code points) of `given`."""

    start: int
    end: int


class DocumentPartJson(TypedDict):
    """A paragraph, a row of a table, or a component of the letterhead or the end. `text` has its broken lines whole; it
    stands in `places` of what was given. `read`: whether it is in the bulletins."""

    kind: Kind
    read: bool
    text: str
    duration_us: int
    places: list[StretchJson]


class DocumentKindJson(TypedDict):
    """A kind of part that the document has, what it is called, how many there are and how long they are in all."""

    kind: Kind
    vi: str
    en: str
    read: bool
    parts: int
    duration_us: int


class DocumentBulletinJson(TypedDict):
    """What can be read in one go: its text, about how long, and which `parts` it has some of, counted from nought."""

    text: str
    duration_us: int
    parts: list[int]


class DocumentJson(TypedDict):
    """A document, `given` in NFC, and its parts in order; nothing of it stands in none of them. `scanned_pages`: of
    which there is only a picture, counted from one. Durations are of once, at the voice's own pace, without bells."""

    given: str
    scanned_pages: list[int]
    duration_us: int
    kinds: list[DocumentKindJson]
    parts: list[DocumentPartJson]
    bulletins: list[DocumentBulletinJson]


@dataclass(frozen=True)
class Wish:
    """What is to be read of a document, and in how long bulletins."""

    kinds: Collection[Kind] = READ
    longest_s: float = LONGEST_S
    most_characters: int = MAX_TEXT
    """What one announcement takes."""
    voice: Voice = "vi"
    reader: Reader = read_plainly
    """Who reads it aloud, and how."""


def document_json(extract: Extract, wish: Wish) -> DocumentJson:
    """The document as it is shown."""
    document = dissect(extract.text)

    def length(text: str) -> float:
        return paragraph_s(wish.reader(text, wish.voice).text, wish.voice)

    parts = [_part_json(part, part.kind in wish.kinds, length(part.text)) for part in document.parts]
    read = [at for at, part in enumerate(parts) if part["read"]]
    paragraphs = [(at, line) for at in read for line in parts[at]["text"].splitlines()]
    made = bulletins([line for _, line in paragraphs], wish.longest_s, wish.most_characters, length)
    return {
        "given": document.given,
        "scanned_pages": list(extract.scanned_pages),
        "duration_us": sum(parts[at]["duration_us"] for at in read),
        "kinds": [_kind_json(kind, some) for kind in KINDS if (some := [one for one in parts if one["kind"] == kind])],
        "parts": parts,
        "bulletins": [
            {
                "text": one.text,
                "duration_us": round(one.spoken_s * _SECOND),
                "parts": list(dict.fromkeys(paragraphs[at][0] for at in one.paragraphs)),
            }
            for one in made
        ],
    }


def _part_json(part: Part, read: bool, spoken_s: float) -> DocumentPartJson:
    return {
        "kind": part.kind,
        "read": read,
        "text": part.text,
        "duration_us": round(spoken_s * _SECOND),
        "places": [{"start": place.start, "end": place.end} for place in part.places],
    }


def _kind_json(kind: Kind, parts: list[DocumentPartJson]) -> DocumentKindJson:
    vi, en = WORDS[kind]
    duration_us = sum(part["duration_us"] for part in parts)
    read = parts[0]["read"]
    return {"kind": kind, "vi": vi, "en": en, "read": read, "parts": len(parts), "duration_us": duration_us}
