"""Documents in the style of communes, each with what is read of it, and what is told apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Paper:
    """A document as it was pasted."""

    name: str
    text: str
    read: str
    """What is read if nobody wishes otherwise."""


def papers() -> list[Paper]:
    """All of them."""
    files = sorted(FOLDER.glob("*.txt"))
    return [_paper(file) for file in files if not file.name.endswith(".read.txt")]


def paper(name: str) -> Paper:
    """One of them."""
    return _paper(FOLDER / f"{name}.txt")


def _paper(file: Path) -> Paper:
    read = file.with_suffix(".read.txt")
    return Paper(file.stem, file.read_text(), read.read_text().rstrip("\n"))
