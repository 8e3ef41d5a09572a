"""What the tests do in a village: boxes on, orders given, and how those stand."""

from __future__ import annotations

import uuid
from typing import Any

from deploy.village import Village
from tests.village.hearing import shelf_is_held, shelf_is_ready, wait_until


def ready(village: Village, clusters: list[str]) -> None:
    """Boxes on, templates spoken, the shelf in every box."""
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    shelf_is_ready(village)
    shelf_is_held(village, clusters)


def press(village: Village, route: str = "/emergencies", template: str = "flood", **more: Any) -> dict[str, Any]:
    form = {"template": template, "key": uuid.uuid4().hex, "rounds": 1, **more}
    order: dict[str, Any] = village.api("POST", route, json=form)
    return order


def hot(village: Village, clusters: list[str]) -> None:
    """Boxes on, with a clock and a line to the broker."""
    for cluster in clusters:
        village.start_box(cluster, f"file:{village.folder / 'heard' / cluster}")
    wait_until(
        lambda: [one for one in village.api("GET", "/clusters")["items"] if one["id"] in clusters],
        lambda all_: all(_well(one) for one in all_),
        60,
    )


def _well(cluster: dict[str, Any]) -> bool:
    box = cluster["box"]
    return box is not None and box["presence"] == "online" and bool(box["plan_acked"])  # no plan without a clock


def stands(village: Village, order: str) -> dict[str, Any]:
    found: dict[str, Any] = village.api("GET", f"/orders/{order}")
    return found


def over(village: Village, order: str, patience_s: float = 15) -> dict[str, Any]:
    found: dict[str, Any] = wait_until(lambda: stands(village, order), lambda seen: seen["over"], patience_s)
    return found
