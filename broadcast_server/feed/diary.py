"""The diary of a picture: each change gets the next number; the last ones are kept for who was away. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

KEPT = 100
"""Changes kept; who has missed more is shown the whole picture."""

Parts = Mapping[str, Any]
"""A picture: parts by name, none of them None. A part changes as a whole."""


@dataclass(frozen=True)
class Entry:
    """Change number `seq`: the parts that are new or different, whole; None for one that is gone."""

    seq: int
    at_us: int
    parts: Parts


def difference(before: Parts, after: Parts) -> dict[str, Any]:
    """The parts of `after` that `before` has not, or has otherwise; None for those that it alone has."""
    changed = {name: part for name, part in after.items() if before.get(name) != part}
    return changed | dict.fromkeys(before.keys() - after.keys())


class Diary:
    """The picture as it stands, and how it came to that. Number 0 is the empty picture."""

    def __init__(self, kept: int = KEPT) -> None:
        self.parts: Parts = MappingProxyType({})
        self.seq = 0
        self._entries: deque[Entry] = deque(maxlen=kept)

    def write(self, parts: Parts, now_us: int) -> Entry | None:
        """The picture is now this; None if nothing has changed."""
        changed = difference(self.parts, parts)
        if not changed:
            return None
        self.parts, self.seq = MappingProxyType(dict(parts)), self.seq + 1
        self._entries.append(Entry(self.seq, now_us, MappingProxyType(changed)))
        return self._entries[-1]

    def since(self, seq: int) -> tuple[Entry, ...] | None:
        """The changes after number `seq`; None if not all of them are kept, or there was no such number."""
        missed = self.seq - seq
        if not 0 <= missed <= len(self._entries):
            return None
        return tuple(self._entries)[len(self._entries) - missed :]
