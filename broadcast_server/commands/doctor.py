"""`tienglang doctor`: is the station well?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.problem import Problem
from broadcast_server.settings import load

if TYPE_CHECKING:
    from broadcast_server.checkup import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor")(doctor)


def doctor(
    here: Here, deep: Annotated[bool, typer.Option("--deep", help="Đọc lại mọi bản ghi / read all recordings.")] = False
) -> None:
    """Khám trạm; mã thoát 1 nếu có việc phải làm / check the station; exit code 1 when something needs to be done."""
    from broadcast_server.checkup import check_up

    findings = list(check_up(load(here.folder), lambda: _ask(here), deep))
    here.show({"items": [finding.to_json() for finding in findings]}, "\n".join(map(_line, findings)))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _ask(here: Here) -> Finding:
    from broadcast_server.checkup import Finding

    try:
        clusters = here.remote.call("GET", "/clusters")["items"]
    except Problem as problem:
        return Finding("server", False, problem.vi, problem.en)
    away = [cluster["name"] for cluster in clusters if not (cluster["box"] and cluster["box"]["presence"] == "online")]
    vi = f"Máy chủ chạy tốt; {len(clusters) - len(away)}/{len(clusters)} cụm đang kết nối."
    en = f"The server answers; {len(clusters) - len(away)} of {len(clusters)} clusters are connected."
    if away:
        vi, en = f"{vi} Vắng: {', '.join(away)}.", f"{en} Away: {', '.join(away)}."
    return Finding("server", True, vi, en, warning=bool(away))


def _line(finding: Finding) -> str:
    mark = "✕" if not finding.ok else "!" if finding.warning else "✓"
    return f"{mark} {finding.vi}\n  {finding.en}"
