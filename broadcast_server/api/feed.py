"""The feed: one WebSocket on which a screen sees how the station stands, and every change of that.

The server speaks JSON, one object a message; `kind` says which:
- `snapshot`: `run`, `seq`, `now_us` and all `parts` by name: `cluster:ID`, `order:ID`, `relay:OCCURRENCE`, `next`,
  `faults`. A cluster's `loudspeakers` say of each whether it would sound now. An order's `clusters` and what a cluster
  has `on_air` carry the ladder `sent`, `acknowledged`, `playing`, `sounded` as times, and of `each` loudspeaker
  `number`, `sounded`, `level_dbfs`, `confidence`; null for a step that was not reached or not measured;
- `change`: `seq`, one more than before, `now_us` and the `parts` that changed, each whole; null for one that is gone;
- `beat`: the server's time `now_us`, at least every fifteen seconds. Whatever the screen says comes back in one as
  `echo`, so that it can tell a slow line from a dead one;
- `refusal`: `code`, `vi`, `en`, before the server hangs up with 4000 + the HTTP status that it would have answered.

A screen that comes back asks `?run=RUN&since=SEQ` and gets the changes it missed, or a snapshot.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field
from starlette.websockets import WebSocket, WebSocketDisconnect

from broadcast_server.api.access import Right, User, allow, check_allowed
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.problems import RefusalMessageJson
from broadcast_server.api.router import Router, talks
from broadcast_server.feeding import BeatJson, ChangeJson, SnapshotJson, Watcher

router = Router(prefix="/api/v1/feed", tags=["feed"])
FeedSays = Annotated[SnapshotJson | ChangeJson | BeatJson | RefusalMessageJson, Field(discriminator="kind")]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
LISTEN_EVERY_S = 0.2
"""A screen is listened to no oftener."""


@router.websocket("")
@talks("Feed", FeedSays, str)
async def feed(
    socket: WebSocket,
    user: Viewer,
    station: StationDep,
    run: Annotated[str, Query(max_length=40)] = "",
    since: Annotated[int, Query(ge=0, lt=1 << 52)] = 0,
) -> None:
    """Show the station and its changes until one of both hangs up."""

    with station.feeding.seat(user.id) as watcher:
        await socket.accept()
        listening = asyncio.create_task(_listen(socket, watcher))
        try:
            await station.feeding.show(
                watcher, run, since, socket.send_text, lambda: check_allowed(socket, station, Right.VIEW)
            )
        except WebSocketDisconnect:
            return
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def _listen(socket: WebSocket, watcher: Watcher) -> None:
    """Until they hang up."""
    try:
        while (message := await socket.receive())["type"] == "websocket.receive":
            watcher.said(message.get("text") or "")
            await asyncio.sleep(LISTEN_EVERY_S)
    finally:
        watcher.left()
