"""Every way in which a source fails: the next one is heard within ten seconds, and why is told."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.relay.deaths import DEATHS, LOADED_S, WITHIN_S, Death, Outcome, suffered
from tests.relay.ear import Ear
from tests.relay.studio import Mood, Studio, Tapes

AT_ONCE = 5


async def test_every_death_is_followed_by_the_next_source_and_its_reason(tapes: Tapes) -> None:
    a_few = asyncio.Semaphore(AT_ONCE)

    async def in_turn(death: Death) -> Outcome:
        async with a_few:
            return await suffered(death, tapes)

    for outcome in await asyncio.gather(*map(in_turn, DEATHS)):
        assert outcome.explained, outcome
        assert outcome.noticed_s < WITHIN_S, outcome
        assert outcome.fallback_s < WITHIN_S + LOADED_S, outcome


async def test_frames_come_in_time_whatever_the_sources_do(tapes: Tapes) -> None:
    async with Studio(tapes) as studio, Ear.to([studio.source("first"), studio.source("second")]) as ear:
        await ear.hears("first")
        studio.moods["first"] = Mood.RESET
        await ear.hears("second")
        passed_s = len(ear.frames) * 0.02
        assert ear.late_s < 2
        assert passed_s < 10
        assert ear.order == ["first", "second"]
        assert all(later >= earlier for (earlier, _), (later, _) in pairwise(ear.heard))
