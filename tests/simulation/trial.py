"""One seed, lived through and judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from speaker_client.protocol import signature
from speaker_client.protocol.ids import HOUR
from tests.simulation.commune import BOXES
from tests.simulation.judge_end import judge_ends
from tests.simulation.judge_journal import judge_journal
from tests.simulation.judge_order import judge_orders
from tests.simulation.judge_sound import judge_sound
from tests.simulation.oracle import Case, Violation, sounds_of
from tests.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """What a seed came to."""

    seed: int
    violations: tuple[Violation, ...]
    airings: int
    states: dict[str, int]
    crashes: int
    lost: int
    repeated_us: int
    hours: float


def trial(seed: int) -> Outcome:
    """Live through the world of this seed and judge it."""
    with _signatures_remembered():
        return judge(World(seed).run())


@contextmanager
def _signatures_remembered() -> Iterator[None]:
    """The same signature over the same text by the same key is checked once: the answer cannot be another."""
    check = signature._true
    signature._true = lru_cache(maxsize=None)(check)
    try:
        yield
    finally:
        signature._true = check


def judge(world: World) -> Outcome:
    """What went wrong in a world that is over."""
    cases = [_case(world, box) for box in BOXES]
    repeated = lost = 0
    for case in cases:
        repeated = max(repeated, judge_sound(case))
        lost += judge_ends(case)
        judge_orders(case)
        judge_journal(case)
    entries = world.station.books.entries.values()
    states: dict[str, int] = {}
    for entry in entries:
        states[entry.airing.state] = states.get(entry.airing.state, 0) + 1
    return Outcome(
        world.seed,
        tuple(one for case in cases for one in case.found),
        len(entries),
        states,
        sum(len(case.record.crashes) for case in cases),
        lost,
        repeated,
        (world.agenda.now_us - world.agenda.start_us) / HOUR,
    )


def _case(world: World, box: str) -> Case:
    known = next(one for one in BOXES if one == box)
    return Case(
        known,
        BOXES[known],
        world.witness.boxes[known],
        world.boxes[known].durable,
        sounds_of(world.witness, known),
        [one for one in world.witness.orders.values() if one.cluster == BOXES[known]],
        world.witness.published[BOXES[known]],
        world.station.books,
        {one.planned.id: one for one in world.witness.given.values() if one.cluster == BOXES[known]},
        world.agenda.start_us,
    )


def replay(seed: int) -> str:
    """The command that lives through a seed again and tells its story."""
    return f"python -m tests.bench.faults --seed {seed}"
