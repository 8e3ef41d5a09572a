"""`tienglang ladder`: how far each loudspeaker got, sent → acknowledged → playing → sounded, and when."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.showing import moment
from broadcast_server.problem import Problem, not_found

_HEADS = {
    "Cụm": "Cluster",
    "Loa": "Loudspeaker",
    "Đã gửi": "Sent",
    "Đã nhận": "Acknowledged",
    "Đang phát": "Playing",
    "Đo có tiếng": "Sounded",
    "Mức (dBFS)": "Level (dBFS)",
    "Tin cậy": "Confidence",
    "Cảm biến": "Sensor",
}
_STEPS = ("sent", "acknowledged", "playing", "sounded")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "ladder")(ladder)


def ladder(
    here: Here,
    of: Annotated[str | None, typer.Argument(help="Mã lệnh hoặc mã lần phát / id of an order or an airing.")] = None,
) -> None:
    """Bằng chứng của từng loa; mặc định: lệnh cuối cùng / the evidence of each loudspeaker; default: last order."""
    found = _order(here, of or _last(here))
    clusters = found.get("clusters", [found])
    items = [{"cluster": one["cluster"], **loudspeaker} for one in clusters for loudspeaker in one["loudspeakers"]]
    if here.as_json:
        here.show(found)
        return
    here.table({"items": items}, _HEADS, lambda one: _row(one, here.zone))


def _last(here: Here) -> str:
    for order in here.remote.call("GET", "/orders")["items"]:
        return str(order["id"])
    raise not_found("lệnh nào", "order")


def _order(here: Here, of: str) -> dict[str, Any]:
    """The order of this id, or the airing."""
    try:
        found: dict[str, Any] = here.remote.call("GET", f"/orders/{of}")
    except Problem as problem:
        if problem.status != 404:
            raise
        found = here.remote.call("GET", f"/log/{of}")
    return found


def _row(one: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    sensor = one["sensor"] and (f"{one['sensor']} (mô phỏng / simulated)" if one["simulated"] else one["sensor"])
    sure = None if one["confidence"] is None else f"{one['confidence']:.0%}"
    return one["cluster"], one["number"], *(moment(one[step], zone) for step in _STEPS), one["level_dbfs"], sure, sensor
