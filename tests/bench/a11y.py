"""axe-core on every screen of the officer's app and every page that anybody may see, at the running demo, and on every
state of the app that a demo does not show by itself: in both languages, by day and by night.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Error

from tests.app.axe import Finding, broken_now, broken_rules
from tests.app.pictures import led_to
from tests.app.states import STATES
from tests.app.tour import PUBLIC, SCHEMES, Look, tour
from tests.bench.figure import report

LANGUAGES = ("vi", "en")


def main() -> None:
    """Tell what breaks a rule, and how many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of the states")
    names = [name for name in STATES if re.search(parser.parse_args().only, name)]
    screens, broken = at_the_demo()
    of_states, unreached = asyncio.run(of_all(names))
    report(
        {
            "screens": screens,
            "states": len(names),
            "looks": len(LANGUAGES) * len(SCHEMES),
            "unreached": unreached,
            "unreached_goal": 0,
            "serious_or_critical": broken + of_states,
            "serious_or_critical_goal": 0,
        }
    )


def at_the_demo() -> tuple[int, int]:
    """How many screens and pages, and how many findings."""
    broken = 0
    with TemporaryDirectory() as folder, tour(Path(folder)) as taken:
        places = taken.places()
        for language, scheme in product(LANGUAGES, SCHEMES):
            look = Look(language, scheme)
            with taken.visitor(look) as page:
                broken += tell("login", language, scheme, broken_rules(page))
                for name, place in PUBLIC.items():
                    taken.show(page, place, look)
                    broken += tell(f"public{name}", language, scheme, broken_rules(page))
            with taken.officer(look) as page:
                for name, place in places.items():
                    taken.visit(page, place)
                    broken += tell(name, language, scheme, broken_rules(page))
    return 1 + len(PUBLIC) + len(places), broken


async def of_all(names: Iterable[str]) -> tuple[int, int]:
    """Findings in those states, and how many of them were not come to."""
    broken = unreached = 0
    for name, language in product(names, LANGUAGES):
        try:
            async with led_to(name, language) as held:
                for scheme in SCHEMES:
                    await held.page.emulate_media(color_scheme=scheme)
                    broken += tell(name, language, scheme, await broken_now(held.page))
        except* (Error, AssertionError) as failed:
            print(f"{name} {language}: {failed.exceptions}", file=sys.stderr)
            unreached += 1
    return broken, unreached


def tell(name: str, language: str, scheme: str, found: list[Finding]) -> int:
    """How many; each is said."""
    for one in found:
        print(f"{name} {language} {scheme}: {one}", file=sys.stderr)
    return len(found)


if __name__ == "__main__":
    main()
