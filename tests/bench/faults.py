"""Many bad worlds: nothing lost without a reason, nothing started twice, at most five seconds heard again a restart.

`--runs N` seeds from `--first`, on every core; `--seed S` lives through one and tells its story line by line.
Each world: a station and two boxes, two hours and more, a quarter of all messages lost, one in seven doubled,
crashes about every 25 minutes, clocks that drift and begin anew, content that rots, officers and an adversary.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter

from tests.simulation.runs import run_each
from tests.simulation.trial import Outcome, judge, replay
from tests.simulation.world import World

SHOWN = 20
"""Failures that are told in full."""


def tell(seed: int) -> int:
    """The whole story of one seed; 1 if a promise was broken."""
    world = World(seed, tracing=True).run()
    print("\n".join(world.agenda.trace))
    print(world.hardship)
    outcome = judge(world)
    for violation in outcome.violations:
        print("BROKEN", violation)
    return int(bool(outcome.violations))


def show(outcome: Outcome) -> None:
    """A failure, and how to see it again."""
    for violation in outcome.violations:
        print(f"seed {outcome.seed}: {violation}")
    print(f"  again: {replay(outcome.seed)}", flush=True)


def measure(first: int, runs: int) -> dict[str, object]:
    """The figures of so many seeds."""
    begun = time.monotonic()
    broken: Counter[str] = Counter()
    states: Counter[str] = Counter()
    failed, crashes, hours, repeated_us = 0, 0, 0.0, 0
    for done, outcome in enumerate(run_each(range(first, first + runs)), 1):
        if outcome.violations:
            failed += 1
            if failed <= SHOWN:
                show(outcome)
        broken.update(one.code for one in outcome.violations)
        states.update(outcome.states)
        crashes, hours = crashes + outcome.crashes, hours + outcome.hours
        repeated_us = max(repeated_us, outcome.repeated_us)
        if done % 500 == 0:
            print(f"{done} of {runs}, {failed} failed", flush=True)
    return {
        "runs": runs,
        "lost_without_reason": broken["lost_without_reason"] + broken["cut_without_reason"] + broken["left_open"],
        "started_twice": broken["started_twice"] + broken["heard_thrice"],
        "repeated_max_s": round(repeated_us / 1e6, 3),
        "repeated_max_s_goal": 5,
        "failed_runs": failed,
        "broken_promises": sum(broken.values()),
        "simulated_hours": round(hours),
        "simulated_hours_per_s": round(hours / (time.monotonic() - begun), 1),
        "seconds": round(time.monotonic() - begun, 1),
        "crashes": crashes,
        "airings": sum(states.values()),
        **{f"airings_{name.lower()}": count for name, count in sorted(states.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    if asked.seed is not None:
        sys.exit(tell(asked.seed))
    figures = measure(asked.first, asked.runs)
    print(json.dumps(figures))
    sys.exit(int(figures["broken_promises"] != 0))


if __name__ == "__main__":
    main()
