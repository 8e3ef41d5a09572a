"""`tienglang say`: a text is spoken and put on air, or a recording is."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcast_server.commands import library, timing
from broadcast_server.commands.emergency import DryRun
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.library import LOOK_EVERY_S, ClosingName, OpeningName
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.commands.preview import preview as hear
from broadcast_server.commands.showing import length, moment, with_conflicts
from broadcast_server.problem import Problem

CANCELLED = 130
"""The exit code, as of any program that Ctrl-C ends."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "say")(say)


def say(
    here: Here,
    text: Annotated[str | None, typer.Argument(help="Văn bản thông báo / the text of the announcement.")] = None,
    recording: Annotated[str | None, typer.Option(help="Bản ghi thay cho chữ / a recording instead of a text.")] = None,
    target: Targets = None,
    title: Annotated[str, typer.Option(help="Tên thông báo / title.")] = "",
    at: Annotated[str | None, typer.Option(help='Lúc phát / when: "2026-11-24 05:30".')] = None,
    in_: Annotated[str | None, typer.Option("--in", help="Sau bao lâu / after: 2m, 90s.")] = None,
    times: Annotated[
        int | None, typer.Option(help="Phát mấy lần; chữ 2, bản ghi 1 / how often; a text 2, a recording 1.")
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Giọng / voice: vi, vi-vn-x-central, vi-vn-x-south.")] = None,
    pace: Annotated[int | None, typer.Option(help="Tốc độ / pace, %: 90, 100, 110.")] = None,
    opening: OpeningName = None,
    closing: ClosingName = None,
    dry_run: DryRun = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Chỉ nghe thử tại đây / only hear it here, nothing goes on air.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Tệp .ogg của --preview / the file for --preview.")] = None,
) -> None:
    """Đọc chữ hoặc phát bản ghi, có chuông trước và sau; dòng bắt đầu bằng ! được nhắc lại; Ctrl-C trong 5 giây đầu để
    hủy / have a text spoken, or a recording played, between bells; a line that begins with ! is said once more; Ctrl-C
    within 5 s cancels."""
    wished = {"voice": voice, "pace": pace, "opening": opening, "closing": closing}
    manner = {name: value for name, value in wished.items() if value is not None}
    if preview:
        hear(here, {"text": _text_alone(text, recording), **manner}, out)
        return
    if out is not None:
        raise Problem(422, "invalid", "--out chỉ dùng với --preview.", "--out goes with --preview only.")
    body: dict[str, Any] = {**_sound(here, text, recording), **manner}
    body |= {"title": title, "targets": targets_of(here, target)}
    if times is not None:
        body["times"] = times
    if at or in_:
        body["at_us"] = _at_us(here, at, in_)
    if dry_run:
        _rehearsed(here, here.remote.call("POST", "/announcements", body | {"dry_run": True}))
        return
    announcement = here.remote.call("POST", "/announcements", body)
    try:
        count_down(here, announcement["countdown_us"] // 1_000_000)
        announcement = _ended(here, announcement)
    except KeyboardInterrupt:
        cancelled = here.remote.call("DELETE", f"/announcements/{announcement['id']}")
        here.show(cancelled, f"Đã hủy / cancelled: {announcement['title']}")
        raise typer.Exit(CANCELLED) from None
    started = moment(announcement["start_us"], here.zone)
    line = f"Sẽ phát lúc / will play at {started}: {announcement['title']}"
    here.show(announcement, with_conflicts(line, announcement))


def _sound(here: Here, text: str | None, recording: str | None) -> dict[str, str]:
    if (text is None) == (recording is None):
        vi, en = "Hãy cho chữ, hoặc --recording, một trong hai.", "Give a text or --recording, one of the two."
        raise Problem(422, "invalid", vi, en)
    return {"text": text} if text is not None else {"recording": library.find(here, recording or "")["id"]}


def _text_alone(text: str | None, recording: str | None) -> str:
    if text is None or recording is not None:
        vi, en = "Chỉ nghe thử được chữ: --preview không đi với --recording.", "Only a text can be heard by --preview."
        raise Problem(422, "invalid", vi, en)
    return text


def _rehearsed(here: Here, told: dict[str, Any]) -> None:
    started, horns = moment(told["start_us"], here.zone), sum(len(one["loudspeakers"]) for one in told["clusters"])
    where = f"{len(told['clusters'])} cụm, {horns} loa / {len(told['clusters'])} clusters, {horns} loudspeakers"
    line = f"Thử: sẽ phát khoảng / dry run: would play at about {started}, {length(told['duration_us'])}, {where}"
    here.show(told, with_conflicts(f"{line}: {told['title']}", told))


def count_down(here: Here, seconds: int) -> None:
    """The seconds in which one may still think better of it, shown to people."""
    for left in range(seconds, 0, -1):
        if not here.as_json:
            print(f"\rPhát sau {left} giây, Ctrl-C để hủy / in {left} s, Ctrl-C cancels ", end="", file=sys.stderr)
            sys.stderr.flush()
        time.sleep(1)
    if seconds and not here.as_json:
        print(file=sys.stderr)


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
