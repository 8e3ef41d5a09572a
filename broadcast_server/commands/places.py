"""Where something is to be heard, as people say it, made into the API's targets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here
from broadcast_server.commands.naming import pick

Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="Nơi phát / where: all | village:TÊN | cluster:TÊN | loudspeaker:TÊN:SỐ; lặp lại được / repeatable.",
    ),
]
_NOUNS = {"village": ("/villages", "thôn", "village"), "cluster": ("/clusters", "cụm", "cluster")}


def targets_of(here: Here, asked: list[str] | None) -> list[str]:
    """The targets with ids in place of names; all if none was asked for."""
    return [_target(here, text) for text in asked or ["all"]]


def _target(here: Here, text: str) -> str:
    kind, _, name = text.partition(":")
    if kind == "loudspeaker":
        cluster, _, number = name.rpartition(":")
        return f"loudspeaker:{_id(here, 'cluster', cluster)}:{number}"
    return f"{kind}:{_id(here, kind, name)}" if kind in _NOUNS and name else text


def _id(here: Here, kind: str, name: str) -> str:
    path, noun_vi, noun_en = _NOUNS[kind]
    found: dict[str, Any] = pick(here.remote.call("GET", path)["items"], name, noun_vi, noun_en)
    return str(found["id"])
