"""The table of what a browser must show names tests and benches that there are."""

from __future__ import annotations

import re
from pathlib import Path

import tests.app

ROOT = Path(__file__).parents[1]
CHECKS = 13


def test_every_check_is_in_the_table_and_every_test_in_the_table_is_there() -> None:
    rows = [row.split("|")[1:4] for row in (tests.app.__doc__ or "").splitlines() if re.match(r"\| \d", row)]
    assert {int(number) for number, _, _ in rows} == set(range(1, CHECKS + 1))
    for _, what, where in rows:
        named = re.findall(r"`(?:bench\.sh (\w+)|([\w/]+\.py)::(\w+))`", where)
        assert len(named) == where.count("`") / 2, where
        assert named or where.strip().startswith("open"), what
        for bench, file, test in named:
            if bench:
                assert (ROOT / "bench" / f"{bench}.py").exists(), bench
            else:
                assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE), test
