"""A text as a QR code, for a screen to draw."""

from __future__ import annotations

from itertools import groupby

from typing_extensions import TypedDict


class QrJson(TypedDict):
    """A square of `size` modules; `path` is an SVG path of the dark ones. It wants four light ones around it."""

    size: int
    path: str


def drawn(text: str) -> QrJson:
    """The text, readable with up to 15 % of it dirty."""
    import segno  # loaded for the first code, not with every server

    rows = segno.make(text, error="m", micro=False).matrix
    return {"size": len(rows), "path": "".join(_bars(row, y) for y, row in enumerate(rows))}


def _bars(row: bytearray, y: int) -> str:
    """The dark stretches of a row."""
    bars, x = [], 0
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            bars.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(bars)
