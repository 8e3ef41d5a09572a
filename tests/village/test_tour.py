"""Every screen of the app at the demo, as somebody sees it who sees badly, has thick thumbs, or reads large print."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.app.axe import broken_rules, cut_off, too_small
from tests.app.tour import Look, Tour, tour

TWICE = "document.documentElement.style.fontSize = '36px'"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    with tour(tmp_path_factory.mktemp("tour")) as taken:
        yield taken
    assert not taken.elsewhere
    assert not taken.faults


def around(demo: Tour, page: Page) -> Iterator[str]:
    """Its places, each while the page is there."""
    for name, place in demo.places().items():
        demo.visit(page, place)
        yield name


@pytest.mark.parametrize("look", [Look("vi", "light"), Look("en", "dark")], ids=["vi-light", "en-dark"])
def test_no_screen_breaks_a_rule_of_accessibility_or_size(demo: Tour, look: Look) -> None:
    found = {}
    with demo.visitor(look) as page:
        found["login"] = [*map(str, broken_rules(page)), *too_small(page)]
    with demo.officer(look) as page:
        found |= {name: [*map(str, broken_rules(page)), *too_small(page)] for name in around(demo, page)}
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.parametrize(("width", "large"), [(320, False), (360, True)], ids=["320px", "200%"])
def test_nothing_is_cut_off_on_a_small_phone_or_in_large_print(demo: Tour, width: int, large: bool) -> None:
    found = {}
    with demo.officer(Look(width=width)) as page:
        if large:
            page.evaluate(TWICE)
        found = {name: cut_off(page) for name in around(demo, page)}
    assert {name: broken for name, broken in found.items() if broken} == {}
