"""What keeps somebody from using a screen: what axe-core finds, and the house's own rules of size and place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright import async_api
from playwright.sync_api import Page

from broadcast_server.web.app_files import BUILT

AXE = BUILT.parent / "node_modules/axe-core/axe.min.js"
HEAVY = ("serious", "critical")
SMALLEST_TARGET = 48
SMALLEST_TEXT = 14.4
TAB_LABEL = 12.5
ONCE = "document.documentElement.style.fontSize = ''"
TWICE = "document.documentElement.style.fontSize = '36px'"
"""Text as large again as it is by itself: for who reads large print."""

_RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
_RULES = (Path(__file__).parent / "screen_rules.js").read_text()


@dataclass(frozen=True)
class Finding:
    """One rule that a screen breaks: how bad, and where."""

    rule: str
    impact: str
    where: str

    def __str__(self) -> str:
        return f"{self.impact} {self.rule}: {self.where}"


def broken_rules(page: Page) -> list[Finding]:
    """What axe-core finds, the serious and the critical."""
    page.evaluate(_checker())
    return _heavy(page.evaluate(_RUN))


async def broken_now(page: async_api.Page) -> list[Finding]:
    """The same of a screen as it stands now."""
    await page.evaluate(_checker())
    return _heavy(await page.evaluate(_RUN))


def _checker() -> str:
    """What brings it onto the page."""
    return f"() => {{ if (!window.axe) {{ {AXE.read_text()} }} }}"


def _heavy(found: list[dict[str, Any]]) -> list[Finding]:
    return [
        Finding(one["id"], one["impact"], node["html"][:160])
        for one in found
        if one["impact"] in HEAVY
        for node in one["nodes"]
    ]


def too_small(page: Page) -> list[str]:
    """Targets that a thumb misses, and text that is not read at arm's length."""
    smallest = {"target": SMALLEST_TARGET, "text": SMALLEST_TEXT, "tab": TAB_LABEL}
    found: list[str] = page.evaluate(f"smallest => {{ {_RULES} return tooSmall(smallest) }}", smallest)
    return found


def cut_off(page: Page) -> list[str]:
    """What sticks out of the screen or of its box."""
    found: list[str] = page.evaluate(f"() => {{ {_RULES} return cutOff() }}")
    return found


async def misfits(page: async_api.Page, target: int = SMALLEST_TARGET) -> list[str]:
    """What a screen breaks of all of it, as it stands now: for what opens upon it. `target`: px, of the smallest."""
    smallest = {"target": target, "text": SMALLEST_TEXT, "tab": TAB_LABEL}
    placed: list[str] = await page.evaluate(
        f"smallest => {{ {_RULES} return [...tooSmall(smallest), ...cutOff()] }}", smallest
    )
    return [*map(str, await broken_now(page)), *placed]
