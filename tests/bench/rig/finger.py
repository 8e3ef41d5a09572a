"""A finger on a phone's screen: real touches in the middle of what is seen, counted by the page that feels them.

What is out of sight is swiped to first, as a person must, and a swipe is a touch. So is a hold, and a file chosen in
the phone's own picker. What is typed is counted in characters.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

PATIENCE_MS = 60_000
STILL_MS = 100
SWIPE_PX = 500
"""What a thumb pushes a page along in one go."""
SWIPES = 6
FEELS = """if (location.host) addEventListener("pointerdown", (touch) => {
  if (touch.isTrusted) sessionStorage.touches = Number(sessionStorage.touches ?? 0) + 1
}, true)"""
"""Counts whatever touches the page, whoever makes it touch: each tab from nought."""
IS_SEEN = "(aim, [x, y]) => aim.contains(document.elementFromPoint(x, y))"


class Finger:
    """For one tab, whose context has a touchscreen and `FEELS` as its script."""

    def __init__(self, page: Page) -> None:
        self._page, self._devtools = page, page.context.new_cdp_session(page)
        self._chosen = self.characters = 0

    @property
    def touches(self) -> int:
        """All so far."""
        return int(self._page.evaluate("Number(sessionStorage.touches ?? 0)")) + self._chosen

    def tap(self, aim: Locator) -> None:
        """Touch it."""
        self._bring(aim)
        aim.tap(timeout=PATIENCE_MS)

    def hold(self, aim: Locator, seconds: float) -> None:
        """Keep the finger there for so long."""
        x, y = self._bring(aim)
        self._touch("touchStart", {"x": x, "y": y})
        self._page.wait_for_timeout(seconds * 1000)
        self._touch("touchEnd")

    def choose(self, aim: Locator, file: Path) -> None:
        """Touch what opens the phone's picker, and the file in it."""
        with self._page.expect_file_chooser() as asked:
            self.tap(aim)
        self._chosen += 1
        asked.value.set_files(file)

    def type(self, text: str) -> None:
        """Where the cursor is."""
        self._page.keyboard.type(text)
        self.characters += len(text)

    def _bring(self, aim: Locator) -> tuple[float, float]:
        """Where its middle is once that stands still in sight."""
        aim.wait_for(timeout=PATIENCE_MS)
        for _ in range(SWIPES):
            x, y = self._middle(aim)
            if aim.evaluate(IS_SEEN, [x, y]):
                return x, y
            self._swipe(y)
        raise AssertionError(f"out of sight: {aim}")

    def _middle(self, aim: Locator) -> tuple[float, float]:
        last = None
        while (box := aim.bounding_box()) is None or box != last:
            last = box
            self._page.wait_for_timeout(STILL_MS)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def _swipe(self, y: float) -> None:
        """Bring what is there towards the middle of the screen."""
        assert self._page.viewport_size
        width, height = self._page.viewport_size["width"], self._page.viewport_size["height"]
        by = max(-SWIPE_PX, min(SWIPE_PX, height / 2 - y))
        gesture = {"x": width / 2, "y": height / 2 - by / 2, "yDistance": by, "gestureSourceType": "touch"}
        self._devtools.send("Input.synthesizeScrollGesture", gesture)

    def _touch(self, kind: str, *points: dict[str, float]) -> None:
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})
