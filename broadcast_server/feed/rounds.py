"""When an order that is said several times is said anew: by the clock, as it was planned."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from typing_extensions import TypedDict

from broadcast_server.store.airings import AiringRow


class RoundsJson(TypedDict):
    """How far an order that is said several times has come: the first time is over at `first_end_us` (microseconds
    UTC), and each later one lasts `each_us`. All clusters are in step."""

    first_end_us: int
    each_us: int


def rounds_json(airings: Iterable[AiringRow], rounds: int) -> RoundsJson | None:
    """Of an order's airings; None for what is said once, or does not end alike each time."""
    row = next((one for one in airings if one.planned is not None), None)
    if row is None or row.planned is None or rounds < 2:
        return None
    items = row.planned["items"]
    ends = list(accumulate(item["duration_us"] for item in items))
    alike = [end for item, end in zip(items, ends, strict=True) if item["content"] == items[-1]["content"]]
    often, rest = divmod(len(alike), rounds)
    if rest or not often:
        return None
    first_us, second_us, *_ = alike[often - 1 :: often]
    each_us = second_us - first_us
    if first_us + (rounds - 1) * each_us != ends[-1]:
        return None
    return {"first_end_us": row.start_us + first_us, "each_us": each_us}
