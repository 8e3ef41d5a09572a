"""When a box was there and when not, as spans of time with gaps for when nobody watched. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from speaker_client.protocol.ids import MINUTE

GAP_US = 3 * MINUTE
"""A span is carried on every minute; after this much silence of the station itself nobody knows."""


@dataclass(frozen=True)
class Span:
    """From when until when a box was there (`up`) or not."""

    up: bool
    from_us: int
    until_us: int


def carried_on(last: Span | None, up: bool, since_us: int, now_us: int) -> tuple[Span, ...]:
    """The last span, and perhaps a new one, now that the box is there or not; `since_us`: when it was last heard of.

    A box is called lost a while after it fell silent: its absence begins where it was last heard.
    """
    if last is None or not 0 <= now_us - last.until_us <= GAP_US:
        return (Span(up, now_us, now_us),)
    if last.up == up:
        return (replace(last, until_us=now_us),)
    turned_us = now_us if up else min(max(last.from_us, since_us), now_us)
    return replace(last, until_us=turned_us), Span(up, turned_us, now_us)
