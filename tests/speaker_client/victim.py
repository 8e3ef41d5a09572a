"""The box that is attacked: it remembers whatever it was made to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from speaker_client.deck import Cue
from speaker_client.journal import SqliteJournal
from speaker_client.memory import Change
from speaker_client.protocol.ids import AiringId
from tests.speaker_client.orders import Box, ObedientDeck


class RecordingJournal(SqliteJournal):
    """The box's real journal; `taken` is everything it was given to keep."""

    def __init__(self, path: Path) -> None:
        self.taken: list[Change] = []
        super().__init__(path)

    def commit(self, changes: Iterable[Change]) -> None:
        listed = list(changes)
        self.taken.extend(listed)
        super().commit(listed)


class RecordingDeck(ObedientDeck):
    """Counts its orders."""

    def __init__(self) -> None:
        super().__init__()
        self.words = 0

    def arm(self, cue: Cue) -> None:
        self.words += 1
        super().arm(cue)

    def release(self, airing: AiringId) -> None:
        self.words += 1
        super().release(airing)

    def cut(self, airing: AiringId) -> None:
        self.words += 1
        super().cut(airing)


class Victim(Box):
    """A box with all its real parts, whose deck and journal remember what they were told."""

    journal: RecordingJournal
    deck: RecordingDeck

    make_deck = RecordingDeck

    make_journal = RecordingJournal

    @property
    def told(self) -> tuple[int, int]:
        """How much the deck was told and the journal was given."""
        return self.deck.words, len(self.journal.taken)


@dataclass
class Tally:
    """What came of it."""

    attacks: Counter[str] = field(default_factory=Counter)
    obeyed: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    good_sent: Counter[str] = field(default_factory=Counter)
    good_obeyed: Counter[str] = field(default_factory=Counter)
