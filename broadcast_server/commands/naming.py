"""Finding a thing by its id or by its name."""

from __future__ import annotations

import unicodedata
from typing import Any

from broadcast_server.problem import Problem, not_found


def pick(items: list[dict[str, Any]], wanted: str, noun_vi: str, noun_en: str, name: str = "name") -> dict[str, Any]:
    """The item whose id, start of the id (6 characters or more) or name is `wanted`; Problem 404 or 409."""
    folded = _fold(wanted)
    found = [item for item in items if item["id"] == wanted] or [item for item in items if _fold(item[name]) == folded]
    if not found and len(wanted) >= 6:
        found = [item for item in items if item["id"].startswith(wanted)]
    if not found:
        raise not_found(f"{noun_vi} “{wanted}”", f"{noun_en} as “{wanted}”")
    if len(found) > 1:
        vi, en = f"Có nhiều {noun_vi} tên “{wanted}”: hãy dùng mã.", f"Several are called “{wanted}”: use the id."
        raise Problem(409, "ambiguous", vi, en)
    return found[0]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
