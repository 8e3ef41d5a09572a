"""An officer, boxes and the clock at random, on the real database: what always holds of plans and log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

import pytest

from broadcast_server.fleet.ledger import ENDS, State
from broadcast_server.local_time import local
from broadcast_server.programmes.drafts import ProgrammeChange, RuleChange, RuleDraft
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, ProgrammeId
from tests.programmes.stage import OFFICER, Stage, by_occurrence, daily, once, overlaps, rules

STEPS = 40


class Walk:
    """One walk; the same for the same seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.random = stage, Random(seed)
        self.programmes: list[ProgrammeId] = []
        self.published: dict[str, str] = {}
        self.seqs: dict[str, int] = {}

    async def step(self) -> None:
        """One thing happens."""
        doings: list[Callable[[], Awaitable[object]]] = [self.make, self.make, self.wait, self.wait, self.wait]
        if self.programmes:
            doings += [self.edit, self.move, self.delete, self.stop]
        await self.random.choice(doings)()

    def _rule(self) -> RuleDraft:
        ahead_us = self.random.choice([20 * SECOND, 2 * MINUTE, 15 * MINUTE, HOUR])
        moment = local("Asia/Ho_Chi_Minh", self.stage.clock.moment + ahead_us)
        text = f"{moment:%H:%M:%S}"
        return daily(text) if self.random.random() < 0.5 else once(f"{moment:%Y-%m-%d}", text)

    async def make(self) -> None:
        market = f"cluster:{self.stage.clusters['Chợ']}"
        title, rule, minutes = f"P{len(self.programmes)}", self._rule(), self.random.choice([1, 8, 20])
        priority = self.random.choice(["own", "own", "emergency", "announcement"])
        make = self.stage.emergency
        if priority != "emergency":
            make = partial(self.stage.programme, priority=priority)
        saved = await make(
            title,
            rule,
            minutes=minutes,
            targets=self.random.choice([("all",), (market,), (f"loudspeaker:{self.stage.clusters['Đình']}:1",)]),
            if_busy=self.random.choice(["drop", "delay"]),
        )
        self.programmes.append(saved.programme)

    async def edit(self) -> None:
        change = ProgrammeChange(title=f"T{self.random.randrange(9)}", priority=self.random.choice(["own", "relay"]))
        await self.stage.station.scheduling.edit_programme(self.random.choice(self.programmes), change, OFFICER)

    async def move(self) -> None:
        programme = self.random.choice(self.programmes)
        for rule in (await rules(self.stage, programme))[:1]:
            change = RuleChange(**self._rule().model_dump(include={"times", "first_day", "recurrence"}))
            await self.stage.station.scheduling.edit_rule(programme, rule, change, OFFICER)

    async def delete(self) -> None:
        programme = self.programmes.pop(self.random.randrange(len(self.programmes)))
        await self.stage.station.scheduling.delete_programme(programme, OFFICER)

    async def stop(self) -> None:
        live = [row for row in await self.stage.log(None) if row.first_plan and row.state not in ENDS]
        if live:
            await self.stage.say(self.random.choice(live).id, State.CANCELLED, reason="STOPPED")

    async def wait(self) -> None:
        """Time goes by; boxes play what they were told."""
        self.stage.clock.pass_us(self.random.choice([10 * SECOND, MINUTE, 7 * MINUTE, 40 * MINUTE, 5 * HOUR]))
        now = self.stage.clock.moment
        for row in await self.stage.log(None):
            if row.first_plan and not row.withdrawn_plan and row.state not in ENDS and row.start_us <= now:
                await self.stage.say(row.id, State.PLAYED if row.end_us <= now else State.PLAYING)
        await self.stage.replan()

    async def check(self) -> None:
        """What always holds."""
        rows = await self.stage.log(None)
        now = self.stage.clock.moment
        published = {row.id: row.occurrence_id for row in rows if row.first_plan is not None}
        assert self.published.items() <= published.items()
        self.published = published
        assert {row.state for row in rows} <= {state.value for state in State}
        seqs = await self.stage.seqs()
        assert all(seqs[cluster] >= seq for cluster, seq in self.seqs.items())
        self.seqs = seqs
        for name, cluster in self.stage.clusters.items():
            await self._check_cluster(name, [row for row in rows if row.cluster_id == cluster], now)
        for revisions in by_occurrence(rows).values():
            assert [row.revision for row in revisions] == list(range(len(revisions)))
            assert all(row.withdrawn_plan is not None for row in revisions[:-1])

    async def _check_cluster(self, name: str, rows: list[AiringRow], now: int) -> None:
        plan = await self.stage.plan(name)
        assert overlaps(plan.airings) == []
        carried = {one.id: one.model_dump(mode="json") for one in plan.airings}
        live = {
            row.id: row.planned
            for row in rows
            if row.first_plan and not row.withdrawn_plan and row.state not in ENDS and row.until_us > now
        }
        assert live.items() <= carried.items()
        assert all(row.withdrawn_plan is None for row in rows if row.id in carried)
        assert all(row.first_plan <= plan.seq for row in rows if row.first_plan is not None)
        assert all(row.withdrawn_plan <= plan.seq for row in rows if row.withdrawn_plan is not None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_plans_and_log_agree(stage: Stage, seed: int) -> None:
    await stage.replan()
    walk = Walk(stage, seed)
    for _ in range(STEPS):
        await walk.step()
        await walk.check()
    assert len(walk.published) > 30
