"""Many seeds on every core."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator

from tests.simulation.trial import Outcome, trial

CHUNK = 10


def run_all(seeds: Iterable[int]) -> list[Outcome]:
    """The outcomes, by seed."""
    return sorted(run_each(seeds), key=lambda one: one.seed)


def run_each(seeds: Iterable[int]) -> Iterator[Outcome]:
    """The outcomes as they come."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        yield from pool.imap_unordered(trial, seeds, chunksize=CHUNK)
