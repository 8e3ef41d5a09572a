"""A rule or programme that cannot be taken, said in a code and two plain sentences."""

from __future__ import annotations


class ScheduleRefused(ValueError):
    """`code` is stable and for programs; `vi` and `en` are for the person who typed it."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.vi = vi
        self.en = en
