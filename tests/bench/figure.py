"""How a benchmark says what it measured: the last line is one flat JSON object."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 … 1) of the values lie, by rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def rss_mb(pid: int) -> float:
    """Resident memory of a process, in MB of 1,000,000 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError("no VmRSS")


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used, with the children it waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100


def report(figures: Mapping[str, float | int | bool | str | None]) -> None:
    """Print the figures, numbers to three digits after the point."""
    print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}))
