"""What sea-g2p, another reader of Vietnamese, says of the open part of the corpus where no right reading is that.

It is no part of the station or of its tests: `pip install sea-g2p==0.10.0` (Apache-2.0; one wheel with all it needs),
then `python -m tests.reading.second_opinion`, which writes `DISAGREEMENTS.md`: by kind, who is right and by which rule
(`verdicts.py`), and every disagreement.

Only wording counts: capitals, pauses, spaces and where a tone mark stands are the same. What it says of a stretch of a
text is a disagreement if no right reading of the sentence has that in its place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.metadata import version
from pathlib import Path
from typing import Final

from audio_library.speech.reading import Reading, read
from audio_library.speech.reading.tones import even_tones
from tests.reading.corpus import Sentence, Words, sentences, words
from tests.reading.verdicts import VERDICTS, Stretch, Verdict, kinds_of

LIST: Final = Path(__file__).parent / "DISAGREEMENTS.md"
_FOREIGN: Final = re.compile(r"</?en>")
"""How sea-g2p marks what an English voice is to say."""

_STOPS: Final = ",.;:!?"


@dataclass(frozen=True)
class Disagreement:
    """What two readers say of a stretch of a sentence."""

    sentence: str
    stretch: Stretch


@dataclass(frozen=True)
class _Word:
    """A word of our reading, and of what it is said."""

    said: str
    start: int
    end: int
    kind: str


def folded(some: Iterable[str]) -> Words:
    """The words, each in one spelling."""
    return tuple(even_tones(word).replace("qui", "quy") for word in some)


def is_right(sentence: Sentence, said: Iterable[str]) -> bool:
    """Whether these words are a right reading; where a word ends does not count."""
    return "".join(folded(said)) in {"".join(folded(words(one))) for one in sentence.readings}


def disagreements(sentence: Sentence, theirs: str) -> Iterator[Disagreement]:
    """From left to right, what another reading of the sentence says that no right one says there."""
    heard = words(_FOREIGN.sub(" ", theirs))
    if is_right(sentence, heard):
        return
    reading = read(sentence.written)
    ours = list(_words(reading))
    said = [word.said for word in ours]
    for start, end, first, last in _stretches(ours, heard):
        if not is_right(sentence, [*said[:start], *heard[first:last], *said[end:]]):
            written = " ".join(reading.given[ours[start].start : ours[end - 1].end].split())
            kinds = frozenset(word.kind for word in ours[start:end])
            here = Stretch(written, kinds, " ".join(said[start:end]), " ".join(heard[first:last]))
            yield Disagreement(sentence.written, here)


def _words(reading: Reading) -> Iterator[_Word]:
    at = 0
    for span in (*reading.spans, None):
        for plain in re.finditer(r"\S+", reading.given[at : span.start if span else None]):
            for word in words(plain[0]):
                yield _Word(word, at + plain.start(), at + plain.start() + len(plain[0].rstrip(_STOPS)), "word")
        if span:
            at = span.end
            for word in words(span.spoken):
                yield _Word(word, span.start, span.end, span.kind)


def _stretches(ours: list[_Word], heard: Words) -> Iterator[tuple[int, int, int, int]]:
    """Where they differ: from which word to before which, of ours and of theirs. Never a part of what is said of one
    span, and never nothing on one side."""
    matcher = SequenceMatcher(None, folded(word.said for word in ours), folded(heard), autojunk=False)
    low, high = [len(heard)] * (len(ours) + 1), [0] * (len(ours) + 1)
    found: list[tuple[int, int]] = []
    for tag, start, end, first, last in matcher.get_opcodes():
        for at in range(start, end + 1):
            if tag == "equal":
                before = after = first + at - start
            else:
                before, after = last if start < at == end else first, first if start == at < end else last
            low[at], high[at] = min(low[at], before), max(high[at], after)
        if tag != "equal":
            found.append(_whole(ours, start, end))
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if start == end or low[start] == high[end] or all(word.kind == "range" for word in ours[start:end]):
            start, end = _whole(ours, max(start - 1, 0), min(end + 1, len(ours)))
        while joined and (joined[-1][1] > start or (joined[-1][1] == start and _is_range(ours, joined[-1][0], end))):
            start = min(start, joined.pop()[0])
        joined.append((start, end))
    return ((start, end, low[start], high[end]) for start, end in joined)


def _whole(ours: list[_Word], start: int, end: int) -> tuple[int, int]:
    """Widened to all that is said of the spans at both ends."""
    while 0 < start < end and ours[start - 1].start == ours[start].start:
        start -= 1
    while start < end < len(ours) and ours[end].start == ours[end - 1].start:
        end += 1
    return start, end


def _is_range(ours: list[_Word], start: int, end: int) -> bool:
    return any(word.kind == "range" for word in ours[start:end])


def listed(found: Iterable[Disagreement], compared: int, theirs: str) -> str:
    """The whole file."""
    by_kind: defaultdict[str, list[Disagreement]] = defaultdict(list)
    every = list(found)
    for one in every:
        for kind in kinds_of(one.stretch):
            by_kind[kind].append(one)
    wrong = len({one.sentence for one in every})
    head = _HEAD.format(theirs=theirs, compared=compared, right=compared - wrong, wrong=wrong, count=len(every))
    return "\n".join([head, *(_part(one, by_kind[one.kind]) for one in VERDICTS if by_kind[one.kind])])


_HEAD: Final = """# Where {theirs} reads otherwise

Made by `python -m tests.reading.second_opinion`, which says how; the verdicts are in `verdicts.py`.

Of {compared} open sentences {theirs} reads {right} rightly. In the other {wrong} it says in {count} places what no
right reading says; some are of two kinds. The names of rules are those of `corpus/RULES.md`. “Either” is of speech:
who listens is told the same, and the rules choose one so that a station always says one thing.
"""


def _part(verdict: Verdict, some: list[Disagreement]) -> str:
    rows = [f"| {' | '.join(map(_cell, _row(one)))} |" for one in some]
    head = f"## {verdict.title} ({len(some)})\n\n**{verdict.right}.** {verdict.why}\n"
    return "\n".join([head, "| sentence | of | ours | sea-g2p |", "|---|---|---|---|", *rows, ""])


def _row(one: Disagreement) -> tuple[str, ...]:
    return one.sentence, one.stretch.written, one.stretch.ours, one.stretch.theirs


def _cell(text: str) -> str:
    return text.replace("\n", "\\n").replace("|", "\\|").replace("*", "\\*")


def main() -> None:
    """Ask sea-g2p and write the list."""
    from sea_g2p import Normalizer  # not installed with the station

    public, another = sentences("open"), Normalizer(lang="vi")
    found = [one for sentence in public for one in disagreements(sentence, another.normalize(sentence.written))]
    LIST.write_text(listed(found, len(public), f"sea-g2p {version('sea-g2p')}"), encoding="utf-8")


if __name__ == "__main__":
    main()
