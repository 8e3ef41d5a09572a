"""What an order says: its first round, and the later ones, which tell when it was given."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_client.protocol.plan import Item


@dataclass(frozen=True)
class Script:
    """The sounds of one order. `meanwhile`: what stands in for what a box has not fetched yet."""

    first: tuple[Item, ...]
    again: tuple[Item, ...]
    meanwhile: Item | None


def script(lead: Item | None, words: tuple[Item, ...], time: tuple[Item, ...], rounds: int) -> Script:
    """Lead and words, and from the second round on the time of issue between them; `words` may be a mere sound."""
    before = (lead,) if lead else ()
    again = (*before, *time, *words) if time and rounds > 1 else ()
    return Script((*before, *words), again, lead)
