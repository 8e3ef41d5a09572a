"""A relay's source fails, in every way that is known: seconds until the next one is heard, and what the log says.

Real servers on loopback, a real Icecast, the real decoder; what is heard is told from the frames that the feed gives.
Then the chief of them through a station of processes, where the log is what `tienglang log` says.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from pathlib import Path

from tests.bench.figure import median, report
from tests.bench.rig.relay_station import Aired, aired
from tests.relay.deaths import DEATHS, LOSSES, WITHIN_S, Outcome, lost, suffered
from tests.relay.studio import Tapes


async def outcomes(folder: Path, at_once: int) -> list[Outcome]:
    """All of them, told as they come."""
    tapes, turns = await asyncio.to_thread(Tapes, folder), asyncio.Semaphore(at_once)

    async def in_turn(trial: Awaitable[Outcome]) -> Outcome:
        async with turns:
            outcome = await trial
        said = "explained" if outcome.explained else "NOT EXPLAINED"
        print(
            f"{outcome.fallback_s:5.1f} s  {outcome.name}: {said}: {outcome.left.vi} / {outcome.left.en}",
            file=sys.stderr,
        )
        return outcome

    deaths = [in_turn(suffered(death, tapes)) for death in DEATHS]
    losses = [in_turn(lost(loss, tapes, folder)) for loss in LOSSES]
    return await asyncio.gather(*losses, *deaths)


def figures(found: Sequence[Outcome | Aired]) -> dict[str, float | int]:
    """The figures beside their goal."""
    seconds = [outcome.fallback_s for outcome in found]
    return {
        "cases": len(found),
        "fallback_max_s": max(seconds),
        "fallback_max_goal_s": WITHIN_S,
        "fallback_p50_s": median(seconds),
        "explained": sum(outcome.explained for outcome in found),
    }


def main() -> None:
    """Let them all die."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=3, help="how many relays fail at the same time")
    parser.add_argument("--only", choices=("feed", "station"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relaydeath-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        found: list[Outcome | Aired] = (
            [*asyncio.run(outcomes(folder, asked.at_once))] if asked.only != "station" else []
        )
        if asked.only != "feed":
            on_air = aired(folder, Tapes(folder))
            for one in on_air:
                told = "explained" if one.explained else "NOT EXPLAINED"
                print(
                    f"{one.fallback_s:5.1f} s  station, {one.name}: {told}: {one.line['vi']} / {one.line['en']}",
                    file=sys.stderr,
                )
            found += on_air
        report(figures(found))


if __name__ == "__main__":
    main()
