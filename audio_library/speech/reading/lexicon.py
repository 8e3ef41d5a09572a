"""The dictionary of a station: abbreviations and names as they are written, and as they are said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from typing import Final

from audio_library.refusal import Refusal
from audio_library.speech.reading.letters import is_syllable

_RUN: Final = re.compile(r"[^\W_]+")
_SAID: Final = re.compile(r"[^\W\d_]+(?:,? [^\W\d_]+)*")
LONGEST: Final = 200
"""Characters of one side of an entry."""


class Lexicon:
    """What is written to what is said. An entry is also known in capitals or begun with one, and an abbreviation in
    small letters if those make no word."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.entries: Mapping[str, str] = dict(entries)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Lexicon:
        """From lines `written = said`, as `lines` tells them; `#` begins a remark. Refusal `lexicon_entry`."""
        told = (line.strip() for line in lines)
        pairs = [line.partition(" = ") for line in told if line and not line.startswith("#")]
        return cls(dict(_checked(written, said) for written, _, said in pairs))

    def lines(self) -> list[str]:
        """All entries, to be kept in a file or handed to another station."""
        return [f"{written} = {said}" for written, said in self.entries.items()]

    def learn(self, written: str, said: str) -> Lexicon:
        """With one more entry, or one corrected. Refusal `lexicon_entry` for what cannot be one."""
        written, said = _checked(written, said)
        return Lexicon({**self.entries, written: said})

    def said(self, written: str) -> str | None:
        """How exactly this is said, if it is known."""
        return self._known.get(written, ("",))[0] or None

    def at(self, text: str, at: int, run: str) -> tuple[int, str] | None:
        """The longest entry that stands there: where it ends, how it is said. `run`: the letters that begin there."""
        for written, said in self.heads.get(run, ()):
            end = at + len(written)
            if text.startswith(written, at) and not (written[-1].isalnum() and text[end : end + 1].isalnum()):
                return end, said
        return None

    @cached_property
    def _known(self) -> dict[str, tuple[str]]:
        known = {
            one.lower(): (said,) for one, said in self.entries.items() if _is_told_small(one) and said != one.lower()
        }
        for change in (str.upper, lambda one: one[:1].upper() + one[1:], str):
            known |= {change(written): (said,) for written, said in self.entries.items()}
        return known

    @cached_property
    def heads(self) -> dict[str, list[tuple[str, str]]]:
        """The entries by the letters and digits that they begin with, the longest first."""
        heads: dict[str, list[tuple[str, str]]] = {}
        for written, (said,) in sorted(self._known.items(), key=lambda one: -len(one[0])):
            if run := _RUN.match(written):
                heads.setdefault(run.group(), []).append((written, said))
        return heads


def _is_told_small(written: str) -> bool:
    """Whether it is recognised in small letters too, since they make no word."""
    return written.isupper() and len(written) > 2 and not is_syllable(written.lower())


def _checked(written: str, said: str) -> tuple[str, str]:
    written, said = (unicodedata.normalize("NFC", " ".join(one.split())) for one in (written, said))
    said = said.lower()
    fits = len(written) <= LONGEST and len(said) <= LONGEST and _RUN.match(written) and _SAID.fullmatch(said)
    if not fits:
        raise Refusal("lexicon_entry", f"{written[:LONGEST]} = {said[:LONGEST]}")
    return written, said


def table(name: str) -> dict[str, str]:
    """One of our own lists of this folder."""
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return {written: said for written, _, said in (line.partition(" = ") for line in lines if not line.startswith("#"))}


DEFAULT: Final = Lexicon(table("dictionary.txt"))
"""What every station begins with."""
