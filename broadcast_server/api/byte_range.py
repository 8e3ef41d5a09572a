"""The Range header: one range of bytes, or a refusal that costs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from fastapi.responses import FileResponse

from audio_library.content import ContentId
from broadcast_server.api.router import SOUND
from broadcast_server.problem import Problem
from broadcast_server.station import Station

_ONE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@dataclass(frozen=True)
class Player:
    """Whatever plays a sound from anywhere: it asks for a range of it, unless it has changed since."""

    range: str | None
    if_range: str | None

    def serve(self, station: Station, content: ContentId, name: str) -> FileResponse:
        """The sound, Ogg Opus, which never changes; one range of it is served. Problem 416."""
        path = station.content.path(content)
        if self.range is not None and self.if_range is None:
            one_range(self.range, path.stat().st_size)
        headers = {"ETag": f'"{content}"', "Cache-Control": "private, max-age=31536000, immutable"}
        return FileResponse(path, media_type=SOUND, filename=f"{name}.opus", headers=headers)


async def player_of(
    range_: Annotated[str | None, Header(alias="range")] = None, if_range: Annotated[str | None, Header()] = None
) -> Player:
    """Who asks, by their headers."""
    return Player(range_, if_range)


PlayerDep = Annotated[Player, Depends(player_of)]


def one_range(header: str, size: int) -> tuple[int, int]:
    """The first byte and the one after the last, within `size`; Problem 416 for anything but one range that fits."""
    match = _ONE.fullmatch(header.strip()) if len(header) < 64 else None
    if match is None or match.group(0) == "bytes=-":
        raise _unfit(size)
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if not start < end:
        raise _unfit(size)
    return start, end


def _unfit(size: int) -> Problem:
    vi, en = "Đoạn dữ liệu yêu cầu không hợp lệ.", "The range asked for does not fit."
    return Problem(416, "range_not_satisfiable", vi, en, size=size)
