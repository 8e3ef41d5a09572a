"""A text as people write it becomes a text as it is said, with a trace of what was taken for what.

One pass from left to right. Addresses are found first; then, at each thing that is not a plain word, the rules are
asked in their order and the first that knows it wins. Every pattern is bounded: a text costs as much as it is long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audio_library.speech.reading import (
    addresses,
    coordinates,
    dates,
    documents,
    dotted,
    layout,
    phones,
    quantities,
    signs,
    times,
    words,
)
from audio_library.speech.reading.fold import fold
from audio_library.speech.reading.letters import CONSONANTS, LOWER, READABLE, VOWELS
from audio_library.speech.reading.lexicon import DEFAULT, Lexicon
from audio_library.speech.reading.numbers import Region
from audio_library.speech.reading.place import Page, Place
from audio_library.speech.reading.span import Found, Span

_MARKS: Final = "\u0300-\u036f"
_TOKEN: Final = re.compile(
    rf"((?:[{CONSONANTS.upper()}]?[{CONSONANTS}]*[{VOWELS}]|[{VOWELS.upper()}][{LOWER}])[{LOWER}]*(?![^\W_]|[{_MARKS}]))"
    rf"|([{CONSONANTS}]+(?![^\W_]|[{_MARKS}]))"
    rf"|([^\W\d_](?:[^\W_]|[{_MARKS}])*)"
    r"|(\d)"
    r"|(\n)"
    r"|[^\w\s,.;:!?]|_"
)
_PLAIN, _SMALL, _RUN, _DIGIT, _LINE = range(1, 6)
AT_NUMBERS: Final[tuple[Callable[[Place], Found | None], ...]] = (
    layout.item_at,
    dates.at,
    dotted.at,
    phones.at,
    coordinates.at,
    times.at,
    documents.at,
    quantities.at,
)
"""The rules at a number, the first that fits wins; the last one always does."""
_PASSED: Final = frozenset({"foreign", "line"})
"""What stands before and behind these belongs together: a sentence that goes on in the next line is one sentence."""
_STOPS: Final = re.compile(r" ?[,.;:!?][ ,.;:!?]*")
_STRONGEST: Final = "?!.;:,"


@dataclass(frozen=True)
class Reading:
    """How a text is read."""

    text: str
    """What an engine is to say: words, and signs only where a pause is heard. Read again, it stays as it is."""
    spans: tuple[Span, ...]
    """What is not said as it is written, and foreign words, from left to right and never one over another. Places count
    the characters of `given`; what stands between spans is said as it stands."""
    given: str
    """The text that was given, in NFC."""

    @property
    def doubts(self) -> tuple[Span, ...]:
        """What may be wrong and is worth a look."""
        return tuple(span for span in self.spans if span.doubt)

    def between(self, start: int, end: int) -> str | None:
        """What is said of these characters of `given`; None where a span reaches over an edge of theirs."""
        touched = [span for span in self.spans if span.start < end and span.end > start]
        if any(span.start < start or span.end > end for span in touched):
            return None
        moved = (replace(span, start=span.start - start, end=span.end - start) for span in touched)
        return _said(self.given[start:end], tuple(moved))


def read(text: str, lexicon: Lexicon = DEFAULT, region: Region = Region.NORTH) -> Reading:
    """Any text as an announcer would say it. It never fails, drops no word and leaves no digit."""
    given = unicodedata.normalize("NFC", text)
    even, places = fold(given)
    spans = tuple(_spans(Page(even, lexicon, region, lambda at: given[places[at]])))
    told = spans if even == given else tuple(_placed(span, places, given) for span in spans)
    return Reading(_said(even, spans), told, given)


def _placed(span: Span, places: Sequence[int], given: str) -> Span:
    """The span where it stands in what was given."""
    start, end = places[span.start], places[span.end - 1] + 1
    if start == span.start and given[start:end] == span.written:
        return span
    return Span(start, end, span.kind, given[start:end], span.spoken, span.doubt)


def _spans(page: Page) -> Iterator[Span]:
    text, spelling, lexicon = page.text, page.spelling, page.lexicon
    claims = addresses.find(text, lexicon.abbreviations)
    claim = next(claims, None)
    last: Span | None = None
    before: Span | None = None
    end = 0
    found = layout.first_page(text)
    if found:
        end = found.end
        last = Span(0, end, found.kind, text[:end], found.spoken)
        yield last
    while True:
        for token in _TOKEN.finditer(spelling, end):
            at, kind = token.start(), token.lastindex
            while claim is not None and claim.end <= at:
                claim = next(claims, None)
            if claim is not None and claim.start <= at:
                found = words.own(page, at, claim.end) or Found(claim.end, "web", claim.spoken)
            elif kind == _PLAIN and (word := token[0]) not in lexicon.heads and READABLE[word]:
                continue
            else:
                found = words.own(page, at) or _recognised(Place(page, at, last, before), kind, text[at : token.end()])
            if found is not None:
                break
        else:
            return
        end = found.end
        span = Span(at, end, found.kind, text[at:end], found.spoken, found.doubt)
        if span.kind not in _PASSED or (span.kind == "line" and span.spoken):
            before, last = last, span
        yield span
        if found.dot:
            end += 1
            yield Span(end - 1, end, "sign", ".", "")


def _recognised(place: Place, kind: int | None, run: str) -> Found | None:
    if kind == _DIGIT:
        return next(found for rule in AT_NUMBERS if (found := rule(place)))
    if kind == _PLAIN:
        return words.known(place) or words.foreign(place, run)
    if kind == _SMALL:
        return words.small(place, run)
    if kind == _RUN:
        return words.other(place, run)
    return layout.newline(place) if kind == _LINE else signs.at(place)


def _said(text: str, spans: tuple[Span, ...]) -> str:
    """The text with what its spans say, one pause where several meet."""
    pieces, end = [], 0
    for span in spans:
        if span.kind == "foreign":
            continue
        pieces += [text[end : span.start], " ", span.spoken, " "]
        end = span.end
    pieces.append(text[end:])
    whole = _STOPS.sub(_one_stop, " ".join("".join(pieces).split()))
    return unicodedata.normalize("NFC", whole.lstrip(",.;:!? ").rstrip(",;: "))


def _one_stop(stops: re.Match[str]) -> str:
    run = stops[0]
    return f"{next(sign for sign in _STRONGEST if sign in run)} "
