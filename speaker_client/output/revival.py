"""When to try again what has died."""

from __future__ import annotations

from dataclasses import dataclass, field

PAUSES_US = (100_000, 2_000_000, 6_000_000)
"""Three tries within ten seconds …"""

PATIENT_US = 10_000_000
"""… then one every ten seconds; what lived this long starts over with the short pauses."""


@dataclass
class Revival:
    """Counts deaths; knows the moment of the next try. All times on one monotonic clock."""

    deaths: int = 0
    _since_us: int = field(default=0, repr=False)

    def born(self, now_us: int) -> None:
        """It lives again."""
        self._since_us = now_us

    def died(self, now_us: int) -> int:
        """It is dead; when to try again."""
        self.deaths = 1 if now_us - self._since_us >= PATIENT_US else self.deaths + 1
        return now_us + (PAUSES_US[self.deaths - 1] if self.deaths <= len(PAUSES_US) else PATIENT_US)

    def settled(self, now_us: int) -> bool:
        """Whether it has lived long enough to call it whole again."""
        return now_us - self._since_us >= PAUSES_US[1]
