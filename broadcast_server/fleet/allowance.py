"""How often someone may ask: a bucket that fills with time."""

from __future__ import annotations

from speaker_client.protocol.ids import SECOND


class Allowance:
    """`burst` at once, `per_second` in the long run, for each name. Names are few and known beforehand."""

    def __init__(self, burst: int, per_second: int) -> None:
        self._burst, self._per_second = burst, per_second
        self._left: dict[str, tuple[float, int]] = {}

    def take(self, name: str, now_us: int) -> bool:
        """Whether one more is allowed now; it is then counted. A clock set back gives nothing."""
        left, then = self._left.get(name, (float(self._burst), now_us))
        left = min(float(self._burst), left + max(0, now_us - then) * self._per_second / SECOND)
        allowed = left >= 1.0
        self._left[name] = (left - 1.0 if allowed else left, now_us)
        return allowed
