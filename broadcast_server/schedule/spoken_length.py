"""How long something lasts, as it is said: to the second, rounded up."""

from __future__ import annotations

from speaker_client.protocol.ids import SECOND


def length_vi(length_us: int) -> str:
    """`1 giờ 20 giây`; empty for nothing."""
    return _length(length_us, "giờ", "phút", "giây")


def length_en(length_us: int) -> str:
    """`1 h 20 s`; empty for nothing."""
    return _length(length_us, "h", "min", "s")


def _length(length_us: int, *units: str) -> str:
    seconds = -(-length_us // SECOND)
    amounts = seconds // 3600, seconds // 60 % 60, seconds % 60
    return " ".join(f"{amount} {unit}" for amount, unit in zip(amounts, units, strict=True) if amount)
