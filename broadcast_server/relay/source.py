"""A relay source: what it is called, of which kind it is, and where it is. Pure; nothing is looked up here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from broadcast_server.problem import Problem
from broadcast_server.relay.guard import Guard, Refused
from broadcast_server.wording import clean_line

LONGEST_NAME = 80
LONGEST_ADDRESS = 500
_DEVICE = re.compile(
    r"(?:(?:hw|plughw|dsnoop|sysdefault|front):(?:CARD=)?)?\w{1,32}(?:,(?:DEV=)?\d{1,2}){0,2}", re.ASCII
)
"""No quotes, braces or paths: ALSA would take them as configuration, and can be told to write files by it."""


class SourceKind(StrEnum):
    """How a source is pulled."""

    HTTP = "http"
    """A stream that does not end: Icecast, Shoutcast, or any other over HTTP."""
    HLS = "hls"
    """A playlist of segments; `address` is the playlist's."""
    INPUT = "input"
    """A sound input of the server; `address` is its ALSA name, such as `default` or `hw:1,0`."""
    FOLDER = "folder"
    """A watched folder below the configured root; `address` is its path from there."""


@dataclass(frozen=True)
class Source:
    """One source, fit to be pulled once `read_source` has made it."""

    id: str
    name: str
    kind: SourceKind
    address: str


def read_source(source_id: str, name: str, kind: str, address: str, guard: Guard) -> Source:
    """The source that was typed in.

    Problem 422: `name_missing`, `bad_source_kind`, `bad_input_name`, `bad_folder`, or the code of the guard's Refused.
    """
    title, place = clean_line(name, LONGEST_NAME), address.strip()
    if not title:
        raise Problem(422, "name_missing", "Cần có tên.", "A name is needed.")
    if kind not in set(SourceKind):
        kinds = ", ".join(SourceKind)
        vi, en = f"Nguồn tiếp sóng là một trong: {kinds}.", f"A relay source is one of: {kinds}."
        raise Problem(422, "bad_source_kind", vi, en)
    source = Source(source_id, title, SourceKind(kind), place)
    _CHECKS[source.kind](place, guard)
    return source


def _check_url(address: str, guard: Guard) -> None:
    try:
        guard.check_url(address)
    except Refused as refused:
        raise Problem(422, refused.code, refused.vi, refused.en) from refused


def _check_input(address: str, _: Guard) -> None:
    if not _DEVICE.fullmatch(address):
        vi = "Tên ngõ vào âm thanh như “default” hoặc “hw:1,0”."
        raise Problem(422, "bad_input_name", vi, "A sound input is named like “default” or “hw:1,0”.")


def _check_folder(address: str, _: Guard) -> None:
    parts = address.split("/")
    if not address or len(address) > LONGEST_ADDRESS or "\0" in address or {"", ".", ".."} & set(parts):
        vi = "Thư mục được ghi từ thư mục gốc của tiếp sóng, không có “..” và không bắt đầu bằng “/”."
        en = "A folder is told from the relays' root, without “..” and without “/” at its beginning."
        raise Problem(422, "bad_folder", vi, en)


_CHECKS = {
    SourceKind.HTTP: _check_url,
    SourceKind.HLS: _check_url,
    SourceKind.INPUT: _check_input,
    SourceKind.FOLDER: _check_folder,
}
