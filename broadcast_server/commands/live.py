"""`tienglang live`: a file goes out as if it were spoken now, in real time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.problem import Problem

FRAME_S = 0.02
END_S = 5.0
"""How long the boxes' last words are waited for before they are shown."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "live")(live)


def live(
    here: Here,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp âm thanh / sound file.")],
    target: Targets = None,
    title: Annotated[str, typer.Option(help="Tên buổi nói / title.")] = "",
    emergency: Annotated[bool, typer.Option("--emergency", help="Nói khẩn cấp / emergency.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ thử, không phát / only check.")] = False,
) -> None:
    """Phát trực tiếp một tệp như đang nói / send a file live, as if it were spoken."""
    opening = {"type": "open", "targets": targets_of(here, target), "title": title or file.stem, "emergency": emergency}
    if dry_run:
        here.show(opening, f"Thử: sẽ phát trực tiếp / dry run: would go live: {opening['title']}")
        return
    from audio_library.playing import pieces_of
    from audio_library.refusal import Refusal

    try:
        closed = here.remote.speak(opening, _in_time(pieces_of(file)), lambda said: _tell(here, said))
    except Refusal as refusal:
        raise Problem(422, refusal.code, refusal.vi, refusal.en) from refusal
    order = _over(here, closed["order"])
    line = f"{order['title']}: {order['playing']}/{order['loudspeakers']} loa đã phát / loudspeakers played it"
    here.show({**closed, **order}, line)
    for cluster in order["clusters"] if not here.as_json else ():
        here.say(f"  {cluster['cluster']}: {cluster['vi']} / {cluster['en']}")


def _in_time(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Each piece at the moment at which a microphone would have it whole."""
    began = time.monotonic()
    for number, piece in enumerate(pieces, 1):
        time.sleep(max(0.0, began + number * FRAME_S - time.monotonic()))
        yield piece


def _tell(here: Here, said: str) -> None:
    state = json.loads(said)
    if state["type"] == "state":
        here.say(
            f"  {state['seconds']} s: {state['playing']}/{state['loudspeakers']} loa / loudspeakers, "
            f"trễ / delay {state['delay_ms']} ms"
        )


def _over(here: Here, order_id: str) -> dict[str, Any]:
    """The order once every box has said how it ended, or as it stands after some seconds."""
    deadline = time.monotonic() + END_S
    while True:
        order: dict[str, Any] = here.remote.call("GET", f"/orders/{order_id}")
        if order["over"] or time.monotonic() > deadline:
            return order
        time.sleep(0.2)
