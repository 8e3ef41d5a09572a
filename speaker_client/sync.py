"""Pure clock: the station's timeline on top of the box's monotonic clock, and how far to trust it.

An estimate is an interval that must hold the true offset; it widens with the drift that a quartz may have
and narrows by intersection with each new exchange. All timers run on the monotonic clock, so a step of the
wall clock can neither fire, skip nor repeat anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from speaker_client.memory import Anchor
from speaker_client.protocol.ids import HOUR, SECOND

DRIFT_PPM = 100
LONGEST_ROUND_TRIP_US = 4 * SECOND
HOLDOVER_ERROR_US = 2 * SECOND
HOLDOVER_AGE_US = 24 * HOUR
USELESS_ERROR_US = 90 * SECOND
"""Beyond this the date is not guessed and nothing routine plays (a week of drift is 60 s)."""


class Trust(StrEnum):
    """How far the box trusts its clock."""

    FLOOR = "FLOOR"
    ATTESTED = "ATTESTED"
    HOLDOVER = "HOLDOVER"


@dataclass(frozen=True)
class Exchange:
    """Four stamps: sent and came back on our monotonic clock, received and answered on the station's."""

    sent_mono_us: int
    received_us: int
    answered_us: int
    back_mono_us: int

    @property
    def round_trip_us(self) -> int:
        """Time on the road, both ways together."""
        return (self.back_mono_us - self.sent_mono_us) - (self.answered_us - self.received_us)


@dataclass(frozen=True)
class Now:
    """One moment on both clocks; `utc_us` is None while the clock is not to be trusted."""

    mono_us: int
    utc_us: int | None
    error_us: int | None
    trust: Trust


@dataclass(frozen=True)
class Timeline:
    """The estimate in force; none before the first exchange."""

    anchor: Anchor | None = None

    def now(self, mono_us: int) -> Now:
        """What time it is, as far as we know."""
        if self.anchor is None:
            return Now(mono_us, None, None, Trust.FLOOR)
        error = error_at(self.anchor, mono_us)
        if error > USELESS_ERROR_US:
            return Now(mono_us, None, error, Trust.FLOOR)
        old = error > HOLDOVER_ERROR_US or mono_us - self.anchor.mono_us > HOLDOVER_AGE_US
        return Now(mono_us, mono_us + self.anchor.offset_us, error, Trust.HOLDOVER if old else Trust.ATTESTED)

    def after(self, burst: Iterable[Exchange], machine_boot: str) -> Timeline:
        """The timeline with a burst taken in; unusable exchanges change nothing.

        All that is usable narrows it: the way there may have been fastest in one exchange, the way back in another.
        """
        anchor = self.anchor
        for one in burst:
            if 0 <= one.round_trip_us <= LONGEST_ROUND_TRIP_US:
                anchor = _narrowed(anchor, _measured(one, machine_boot))
        return self if anchor is self.anchor else Timeline(anchor)


def error_at(anchor: Anchor, mono_us: int) -> int:
    """The error bound with the drift since the anchor."""
    return anchor.error_us + abs(mono_us - anchor.mono_us) * DRIFT_PPM // 1_000_000 + 1


def recalled(anchor: Anchor | None, machine_boot: str, mono_us: int) -> Timeline:
    """The timeline after a restart: good while the machine itself did not restart."""
    same = anchor is not None and anchor.machine_boot == machine_boot and anchor.mono_us <= mono_us
    return Timeline(anchor if same else None)


def floor_us(anchor: Anchor | None) -> int:
    """A moment that is surely past: nothing that expired before it is ever obeyed."""
    return anchor.mono_us + anchor.offset_us - anchor.error_us if anchor else 0


def _measured(exchange: Exchange, machine_boot: str) -> Anchor:
    forth = exchange.received_us - exchange.sent_mono_us
    back = exchange.answered_us - exchange.back_mono_us
    drifted = (exchange.back_mono_us - exchange.sent_mono_us) * DRIFT_PPM // 1_000_000
    error = exchange.round_trip_us // 2 + drifted + 1
    return Anchor((forth + back) // 2, error, exchange.back_mono_us, machine_boot)


def _narrowed(old: Anchor | None, fresh: Anchor) -> Anchor:
    """Where both intervals agree; the fresh one alone if they do not (the old was wrong)."""
    if old is None:
        return fresh
    error = error_at(old, fresh.mono_us)
    low = max(old.offset_us - error, fresh.offset_us - fresh.error_us)
    high = min(old.offset_us + error, fresh.offset_us + fresh.error_us)
    if low > high:
        return fresh
    return Anchor((low + high) // 2, (high - low + 1) // 2, fresh.mono_us, fresh.machine_boot)
