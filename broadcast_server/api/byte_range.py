"""The Range header: one range of bytes, or a refusal that costs nothing."""

from __future__ import annotations

import re

from broadcast_server.problem import Problem

_ONE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def one_range(header: str, size: int) -> tuple[int, int]:
    """The first byte and the one after the last, within `size`; Problem 416 for anything but one range that fits."""
    match = _ONE.fullmatch(header.strip()) if len(header) < 64 else None
    if match is None or match.group(0) == "bytes=-":
        raise _unfit(size)
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if not start < end:
        raise _unfit(size)
    return start, end


def _unfit(size: int) -> Problem:
    vi, en = "Đoạn dữ liệu yêu cầu không hợp lệ.", "The range asked for does not fit."
    return Problem(416, "range_not_satisfiable", vi, en, size=size)
