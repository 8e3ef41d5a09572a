"""Every screen of the app at the demo, as somebody sees it who sees badly, has thick thumbs, or reads large print."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from deploy.village import HORNS, PLACES
from tests.app.axe import ONCE, TWICE, broken_rules, cut_off, too_small
from tests.app.tour import PUBLIC, Language, Look, Tour, tour


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


SHAPES = {"320px": (320, False), "200%": (360, True), "1280px": (1280, False)}
"""How wide the screen is, and whether its text is twice as large."""

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
"""A screen that is another one when it is wide is drawn anew after it was told of its width."""


def cut_off_at(page: Page) -> dict[str, list[str]]:
    """What of the screen is cut off, by the shape it is cut off in."""
    found = {}
    for shape, (width, large) in SHAPES.items():
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(TWICE if large else ONCE)
        page.evaluate(DRAWN)
        found[shape] = cut_off(page)
    return {shape: cut for shape, cut in found.items() if cut}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_is_cut_off_on_a_small_phone_in_large_print_or_on_a_desk(demo: Tour, language: Language) -> None:
    look = Look(language)
    with demo.visitor(look) as page:
        found = {name: cut_off_at(page) for name in outside(demo, page, look)}
    with demo.officer(look) as page:
        found |= {name: cut_off_at(page) for name in around(demo, page)}
    assert {name: broken for name, broken in found.items() if broken} == {}


def test_all_seven_clusters_stand_in_the_list_with_their_loudspeakers_by_name(demo: Tour) -> None:
    with demo.officer(Look()) as page:
        demo.visit(page, "/clusters")
        cards = page.locator("main li")
        expect(cards).to_have_count(7)
        for _, names in PLACES:
            for name in names:
                expect(cards.filter(has_text=name)).to_contain_text(f"{HORNS}/{HORNS}", timeout=30_000)
        expect(page.locator("main .count")).to_contain_text(f"{7 * HORNS}/{7 * HORNS} loa sẵn sàng")
        shown = page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert shown, "none of them is cut off"
