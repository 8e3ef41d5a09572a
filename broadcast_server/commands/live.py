"""`tienglang live`: a file goes out as if it were spoken now, in real time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.places import Targets, targets_of
from broadcast_server.problem import Problem, not_allowed

FRAME_S = 0.02
SOON_S = 30
"""With so little time left, more is asked for."""
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
    extend: Annotated[bool, typer.Option("--extend", help="Quá 10 phút thì xin thêm / past 10 minutes too.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ thử, không phát / only check, nothing sounds.")
    ] = False,
) -> None:
    """Phát trực tiếp một tệp như đang nói / send a file live, as if it were spoken."""
    opening = {"type": "open", "targets": targets_of(here, target), "title": title or file.stem, "emergency": emergency}
    from audio_library.playing import pieces_of
    from audio_library.probe import probe
    from audio_library.refusal import Refusal

    try:
        if dry_run:
            _check_rights(here, ("live", "emergency") if emergency else ("live",))
            probe(file)
            here.show(opening, f"Thử: sẽ phát trực tiếp / dry run: would go live: {opening['title']}")
            return
        pieces = pieces_of(file)
        first = list(islice(pieces, 1))  # the floor is not taken before there is something to say
        closed = here.remote.speak(opening, _in_time(chain(first, pieces)), lambda state: _tell(here, state, extend))
    except Refusal as refusal:
        raise Problem(422, refusal.code, refusal.vi, refusal.en) from refusal
    order = _over(here, closed["order"])
    line = f"{order['title']}: {order['playing']}/{order['loudspeakers']} loa đã phát / loudspeakers played it"
    here.show({**closed, **order}, line)
    for cluster in order["clusters"] if not here.as_json else ():
        here.say(f"  {cluster['cluster']}: {cluster['vi']} / {cluster['en']}")
    if closed["code"] != "closed":
        raise Problem(409, closed["code"], closed["vi"], closed["en"])


def _check_rights(here: Here, rights: tuple[str, ...]) -> None:
    """Problem if the server does not answer, or would not let this account speak."""
    own = here.remote.call("GET", "/me")["rights"]
    for right in rights:
        if right not in own:
            raise not_allowed(right)


def _in_time(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Each piece at the moment at which a microphone would have it whole."""
    began = time.monotonic()
    for number, piece in enumerate(pieces, 1):
        time.sleep(max(0.0, began + number * FRAME_S - time.monotonic()))
        yield piece


def _tell(here: Here, state: dict[str, Any], extend: bool) -> bool:
    """Show how it fares; whether more time is to be asked for."""
    here.say(
        f"  {state['seconds']} s: {state['playing']}/{state['loudspeakers']} loa / loudspeakers, "
        f"trễ / delay {state['delay_ms']} ms"
    )
    return extend and bool(state["left_s"] < SOON_S)


def _over(here: Here, order_id: str) -> dict[str, Any]:
    """The order once every box has said how it ended, or as it stands after some seconds."""
    deadline = time.monotonic() + END_S
    while True:
        order: dict[str, Any] = here.remote.call("GET", f"/orders/{order_id}")
        if order["over"] or time.monotonic() > deadline:
            return order
        time.sleep(0.2)
