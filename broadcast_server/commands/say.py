"""`tienglang say`: a text is spoken and put on air."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any

import typer

from broadcast_server.commands import timing
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.library import LOOK_EVERY_S
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.commands.showing import moment, with_conflicts
from broadcast_server.problem import Problem


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "say")(say)


def say(
    here: Here,
    text: Annotated[str, typer.Argument(help="Văn bản thông báo / the text of the announcement.")],
    target: Targets = None,
    title: Annotated[str, typer.Option(help="Tên thông báo / title.")] = "",
    at: Annotated[str | None, typer.Option(help='Lúc phát / when: "2026-11-24 05:30".')] = None,
    in_: Annotated[str | None, typer.Option("--in", help="Sau bao lâu / after: 2m, 90s.")] = None,
    times: Annotated[int, typer.Option(help="Đọc mấy lần / how often it is said.")] = 2,
) -> None:
    """Gõ để đọc: phát thông báo / have a text spoken and broadcast."""
    body: dict[str, Any] = {"text": text, "title": title, "targets": targets_of(here, target), "times": times}
    if at or in_:
        body["at_us"] = _at_us(here, at, in_)
    announcement = _ended(here, here.remote.call("POST", "/announcements", body))
    started = moment(announcement["start_us"], here.zone)
    line = f"Sẽ phát lúc / will play at {started}: {announcement['title']}"
    here.show(announcement, with_conflicts(line, announcement))


def _at_us(here: Here, at: str | None, in_: str | None) -> int:
    if in_:
        return round(time.time() * 1_000_000) + timing.seconds_of(in_) * 1_000_000
    wanted = timing.moment_of(at or f"{datetime.now(here.zone):%Y-%m-%d %H:%M}", here.zone)
    return round(wanted.timestamp() * 1_000_000)


def _ended(here: Here, announcement: dict[str, Any]) -> dict[str, Any]:
    """The announcement once it is planned; Problem if it was refused."""
    while announcement["programme_id"] is None:
        if announcement["refusal"]:
            raise Problem(422, **announcement["refusal"])
        time.sleep(LOOK_EVERY_S)
        announcement = here.remote.call("GET", f"/announcements/{announcement['id']}")
    return announcement
