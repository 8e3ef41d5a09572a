"""Protocol version handshake: both sides say what they speak, and who must upgrade is said in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

OLDEST = 1
NEWEST = 1
HEADER = "TiengLang-Protocol"


class VersionMismatch(Exception):
    """No version in common; the message says which side to upgrade."""


@dataclass(frozen=True)
class Spoken:
    """The versions one side speaks, both ends included."""

    oldest: int = OLDEST
    newest: int = NEWEST

    def __str__(self) -> str:
        return f"{self.oldest}-{self.newest}"


def parse_spoken(text: str) -> Spoken:
    """`"1-3"` as a header carries it; VersionMismatch for anything else."""
    oldest, dash, newest = text.partition("-")
    if not (dash and oldest.isascii() and oldest.isdigit() and newest.isascii() and newest.isdigit()):
        raise VersionMismatch(f"not a protocol version range: {text[:40]!r}")
    return Spoken(int(oldest), int(newest))


def agree(station: Spoken, box: Spoken) -> int:
    """The newest version both speak; VersionMismatch names the side to upgrade."""
    newest = min(station.newest, box.newest)
    if newest >= max(station.oldest, box.oldest):
        return newest
    behind = "box" if box.newest < station.oldest else "station"
    raise VersionMismatch(f"upgrade the {behind}: the station speaks {station}, the box {box}")
