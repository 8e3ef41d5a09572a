"""The states that matter most, on the smallest phone and in large print: led to as its owner comes to them."""

from __future__ import annotations

import pytest

from tests.app.axe import SMALLEST_TARGET, TWICE, misfits
from tests.app.pictures import led_to
from tests.app.states import wait

WEIGHTY = (
    "order-ladder", "order-over", "confirm-code", "schedule-why", "schedule-other-week", "schedule-conflict",
    "speak-air", "upload-running", "announce-counting", "type-worded", "cluster-trial", "relay-warning",
    "now-offline", "lost-phone",
)  # fmt: skip


SEVENTH = 44
"""px: on the smallest phone the seven days of a week stand side by side."""


@pytest.mark.parametrize(
    ("language", "width", "large", "target"),
    [("vi", 320, False, SEVENTH), ("en", 360, True, SMALLEST_TARGET)],  # English has the longer words
    ids=["vi-320px", "en-200%"],
)
@pytest.mark.parametrize("name", WEIGHTY)
async def test_nothing_of_a_weighty_state_is_cut_off_too_small_or_out_of_reach(
    name: str, language: str, width: int, large: bool, target: int
) -> None:
    async with led_to(name, language, width) as held:
        if large:
            await held.page.evaluate(TWICE)
            await wait(held.page, 100)
        assert await misfits(held.page, target) == []
