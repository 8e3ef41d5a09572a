"""Every screen of the app at the demo, as somebody sees it who sees badly, has thick thumbs, or reads large print."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.app.axe import TWICE, broken_rules, cut_off, too_small
from tests.app.tour import PUBLIC, Look, Tour, tour


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


def outside(demo: Tour, page: Page, look: Look) -> Iterator[str]:
    """The login, where a visitor's page is, and what anybody may see, each while the page is there."""
    yield "login"
    for name, place in PUBLIC.items():
        demo.show(page, place, look)
        yield f"public{name}"


@pytest.mark.parametrize("look", [Look("vi", "light"), Look("en", "dark")], ids=["vi-light", "en-dark"])
def test_no_screen_breaks_a_rule_of_accessibility_or_size(demo: Tour, look: Look) -> None:
    with demo.visitor(look) as page:
        found = {name: [*map(str, broken_rules(page)), *too_small(page)] for name in outside(demo, page, look)}
    with demo.officer(look) as page:
        found |= {name: [*map(str, broken_rules(page)), *too_small(page)] for name in around(demo, page)}
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.parametrize(
    ("look", "large"),
    [
        (Look("vi", width=320), False),
        (Look("en", width=320), False),
        (Look("vi"), True),
        (Look("vi", width=1280), False),
    ],
    ids=["vi-320px", "en-320px", "vi-200%", "vi-1280px"],
)
def test_nothing_is_cut_off_on_a_small_phone_in_large_print_or_on_a_desk(demo: Tour, look: Look, large: bool) -> None:
    found = {}
    with demo.visitor(look) as page:
        for name in outside(demo, page, look):
            if large:
                page.evaluate(TWICE)
            found[name] = cut_off(page)
    with demo.officer(look) as page:
        if large:
            page.evaluate(TWICE)
        found |= {name: cut_off(page) for name in around(demo, page)}
    assert {name: broken for name, broken in found.items() if broken} == {}
