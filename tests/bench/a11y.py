"""axe-core on every screen of the officer's app, in both languages, by day and by night, at the running demo."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from tests.app.axe import broken_rules
from tests.app.tour import Look, tour
from tests.bench.figure import report


def main() -> None:
    """Tell what breaks a rule, and how many."""
    broken = 0
    with TemporaryDirectory() as folder, tour(Path(folder)) as taken:
        places = taken.places()
        for language, scheme in product(("vi", "en"), ("light", "dark")):
            look = Look(language, scheme)  # type: ignore[arg-type]
            with taken.visitor(look) as page:
                broken += tell(page, "login", look)
            with taken.officer(look) as page:
                for name, place in places.items():
                    taken.visit(page, place)
                    broken += tell(page, name, look)
    report({"screens": len(places) + 1, "looks": 4, "serious_or_critical": broken, "serious_or_critical_goal": 0})


def tell(page: Page, name: str, look: Look) -> int:
    """How many; each is said."""
    found = broken_rules(page)
    for one in found:
        print(f"{name} {look.language} {look.scheme}: {one}", file=sys.stderr)
    return len(found)


if __name__ == "__main__":
    main()
