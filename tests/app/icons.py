"""The app's icon as phones want it for their home screens, drawn from the station's by the browser: `python -m
tests.app.icons` writes it into the app anew.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

import broadcast_server.web
from tests.app.phone import CHROMIUM, FLAGS

WEB = Path(broadcast_server.web.__file__).parent
DRAWN = WEB / "static/icon.svg"
PUBLIC = WEB / "app/public"
CORNER = ' rx="11"'


def main() -> None:
    """At the sizes that Android asks for, and once with a ground that may be cut to any shape: what is drawn on it lies
    within the circle of four fifths that every phone leaves whole."""
    drawn = DRAWN.read_text()
    assert CORNER in drawn
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        for name, size, text in (
            ("icon-192", 192, drawn),
            ("icon-512", 512, drawn),
            ("icon-maskable", 512, drawn.replace(CORNER, "")),
        ):
            page.set_viewport_size({"width": size, "height": size})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{text}")
            page.screenshot(path=PUBLIC / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    main()
