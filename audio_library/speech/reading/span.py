"""What stands where in a text, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "abbreviation",
    "capitals",
    "code",
    "coordinates",
    "date",
    "day",
    "document",
    "foreign",
    "item",
    "letters",
    "line",
    "month",
    "number",
    "ordinal",
    "own",
    "page",
    "phone",
    "plate",
    "quantity",
    "range",
    "rate",
    "roman",
    "share",
    "sign",
    "time",
    "web",
    "weekday",
]
"""What a stretch of text was taken for."""

NUMERIC = frozenset({"date", "day", "month", "number", "ordinal", "quantity", "roman", "share", "time", "weekday"})
"""Between two of these a dash is a range."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end` stands `written`; it is said as `spoken`, which is empty for what is silent."""

    start: int
    end: int
    kind: Kind
    written: str
    spoken: str
    doubt: str | None = None
    """Why it may be wrong: a code of DOUBTS."""

    @property
    def is_numeric(self) -> bool:
        """Whether it is a number of any kind."""
        return self.kind in NUMERIC


class Found(NamedTuple):
    """What was recognised at a place, up to before `end`."""

    end: int
    kind: Kind
    spoken: str
    doubt: str | None = None
    dot: bool = False
    """Whether the dot behind it ends no sentence."""
