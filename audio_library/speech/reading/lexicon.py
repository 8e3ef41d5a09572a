"""The dictionary of a station: abbreviations and names as they are written, and as they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from importlib.resources import files
from typing import Final, NamedTuple

from audio_library.speech.reading.letters import is_syllable
from audio_library.speech.reading.tones import even_tones

_RUN: Final = re.compile(r"[^\W_]+")
_PARTING: Final = ".,:/-"


class Stood(NamedTuple):
    """An entry that stands at a place, up to before `end`."""

    end: int
    said: str
    own: bool
    """The station's own, which knows better than any rule."""
    guessed: bool
    """An abbreviation that was written in small letters."""


class _Known(NamedTuple):
    said: str
    own: bool
    guessed: bool


Head = list[tuple[str, _Known]]
_NO_HEADS: Final[Mapping[str, Head]] = {}


class Lexicon:
    """What is written to what is said. An entry is also known in capitals or begun with one, with its tone marks on
    either letter, and an abbreviation in small letters if those make no word. Where two entries begin at a place, the
    longer one holds; of the same length, the station's own. Nothing is worked out when it is asked."""

    def __init__(self, built_in: Mapping[str, str]) -> None:
        self.built_in: Mapping[str, str] = dict(built_in)
        self.own: Mapping[str, str] = {}
        """The station's entries, which hold before what is built in and before every rule."""
        self._known = _variants(self.built_in, own=False)
        self.heads = _heads(self._known)
        """The entries by the letters and digits that they begin with, the longest first."""
        self.abbreviations = frozenset(self.heads)
        """What begins an entry that is built in: in an address it is no word."""

    def with_own(self, own: Mapping[str, str]) -> Lexicon:
        """With these entries, as `entry` makes them, before all others. A few more of them cost little."""
        if not own:
            return self
        more = copy(self)
        more.own = {**self.own, **own}
        added = _variants(self._with_alike(own), own=True)
        more._known = {**self._known, **added}
        more.heads = {**self.heads, **_heads(added, self.heads)}
        return more

    def said(self, written: str) -> str | None:
        """How exactly this is said, if it is known."""
        known = self._known.get(even_tones(written))
        return known.said if known else None

    def said_by_station(self, written: str) -> str | None:
        """How exactly this is said, if the station says so itself."""
        known = self._known.get(even_tones(written)) if self.own else None
        return known.said if known and known.own else None

    def at(self, text: str, at: int, run: str) -> Stood | None:
        """The longest entry that stands there in a text with even tones. `run`: what begins there, as in `heads`."""
        for written, known in self.heads.get(run, ()):
            end = at + len(written)
            if text.startswith(written, at) and not (_goes_on(text, end) or (known.own and _began(text, at))):
                return Stood(end, *known)
        return None

    def _with_alike(self, own: Mapping[str, str]) -> dict[str, str]:
        """These entries, and with one of them its other spellings that are built in: TP, TP. and Tp."""
        mended = {(_bare(one), self.built_in[one]): said for one, said in own.items() if one in self.built_in}
        alike = {one: mended[like] for one, said in self.built_in.items() if (like := (_bare(one), said)) in mended}
        return {**alike, **own}


def head_of(text: str, at: int) -> str:
    """What begins there: letters and digits, or one sign."""
    run = _RUN.match(text, at)
    return run[0] if run else text[at : at + 1]


def _goes_on(text: str, end: int) -> bool:
    """Whether the word or number before `end` does not end there."""
    before, after = text[end - 1], text[end : end + 1]
    if before.isalnum() and after.isalnum():
        return True
    return before.isdecimal() and bool(after) and after in _PARTING and text[end + 1 : end + 2].isdecimal()


def _began(text: str, at: int) -> bool:
    """Whether a number that begins there is the end of a longer one."""
    return text[at].isdecimal() and at > 1 and text[at - 1] in _PARTING and text[at - 2].isdecimal()


def _variants(entries: Mapping[str, str], own: bool) -> dict[str, _Known]:
    known = {
        even_tones(one.lower()): _Known(said, own, guessed=True)
        for one, said in entries.items()
        if _is_told_small(one) and said != one.lower()
    }
    for change in (str.upper, lambda one: one[:1].upper() + one[1:], str):
        known |= {even_tones(change(one)): _Known(said, own, guessed=False) for one, said in entries.items()}
    return known


def _heads(known: Mapping[str, _Known], before: Mapping[str, Head] = _NO_HEADS) -> dict[str, Head]:
    """What begins as one of them does: they themselves, and those of `before` that they do not replace."""
    heads: dict[str, Head] = {}
    for one in known.items():
        heads.setdefault(head_of(one[0], 0), []).append(one)
    for run, head in heads.items():
        head.extend(one for one in before.get(run, ()) if one[0] not in known)
        head.sort(key=lambda one: -len(one[0]))
    return heads


def _is_told_small(written: str) -> bool:
    """Whether it is recognised in small letters too, since they make no word."""
    return written.isupper() and len(written) > 2 and not is_syllable(written.lower())


def _bare(written: str) -> str:
    return written.replace(".", "").casefold()


def table(name: str) -> dict[str, str]:
    """One of our own lists of this folder."""
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return {written: said for written, _, said in (line.partition(" = ") for line in lines if not line.startswith("#"))}


SEVERAL: Final = frozenset({"BS", "CN", "HK", "LH", "MN", "SN", "TH", "TL", "VT"})
"""Entries that mean something else in other company: said as they stand here, in doubt beside letters that nobody
knows."""
UNDECIDED: Final = frozenset({"TT", "TS", "GS", "CT"})
"""No entries, since they mean several things in any company: where no rule tells which, by letters and in doubt."""
DEFAULT: Final = Lexicon(table("dictionary.txt"))
"""What every station begins with."""
