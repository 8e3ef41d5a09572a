"""The judge: P1 to P7 on what was really emitted, what the boxes wrote down, and what the station's log says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from speaker_client.memory import Memory
from speaker_client.protocol.ids import SECOND, AiringId, BoxId, ClusterId
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.report import AiringEnded, Report
from tests.simulation.books import Books, Entry
from tests.simulation.witness import BoxRecord, Given, Order, Sound, Witness


@dataclass(frozen=True)
class Violation:
    """A broken promise: `code` for machines, the rest for whoever replays the seed."""

    code: str
    box: BoxId
    airing: AiringId | None
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.box} {(self.airing or '-')[:6]} {self.text}"


@dataclass
class Case:
    """Everything about one box after all is over."""

    box: BoxId
    cluster: ClusterId
    record: BoxRecord
    memory: Memory
    sounds: dict[AiringId, list[Sound]]
    orders: list[Order]
    published: dict[int, dict[AiringId, PlannedAiring]]
    books: Books
    given: dict[AiringId, Given]
    start_us: int
    found: list[Violation] = field(default_factory=list)

    @cached_property
    def entries(self) -> dict[AiringId, Entry]:
        """The station's rows for this box's cluster."""
        return {one: entry for one, entry in self.books.entries.items() if entry.key.cluster == self.cluster}

    @cached_property
    def reports(self) -> list[Report]:
        """The box's own journal."""
        return [Report.model_validate_json(self.memory.reports[n]) for n in sorted(self.memory.reports)]

    @cached_property
    def ends(self) -> dict[AiringId, list[AiringEnded]]:
        """What the box says of its airings' ends."""
        found: dict[AiringId, list[AiringEnded]] = defaultdict(list)
        for report in self.reports:
            if isinstance(report.body, AiringEnded):
                found[report.body.airing].append(report.body)
        return found

    def end_moment(self, airing: AiringId) -> int:
        """The true moment at which the box wrote its end."""
        return self.record.ended[airing][0]

    def version(self, airing: AiringId, moment_us: int) -> tuple[int, PlannedAiring] | None:
        """The newest version that the box knew by a moment, and since when."""
        known = [one for one in self.record.knew.get(airing, []) if one[0] <= moment_us]
        return known[-1] if known else None

    def others(self, airing: AiringId, low_us: int, high_us: int) -> list[Sound]:
        """What else sounded in between."""
        return [
            sound
            for other, sounds in self.sounds.items()
            if other != airing
            for sound in sounds
            if sound.began_us < high_us and sound.ended_us > low_us
        ]

    def blame(self, code: str, airing: AiringId | None, *text: object) -> None:
        """Something is wrong."""
        self.found.append(Violation(code, self.box, airing, " ".join(map(str, text))))

    def second(self, moment_us: int) -> str:
        """A moment as the trace shows it."""
        return f"{(moment_us - self.start_us) / SECOND:.3f}"


def sounds_of(witness: Witness, box: BoxId) -> dict[AiringId, list[Sound]]:
    """The history of one box by airing, in time."""
    found: dict[AiringId, list[Sound]] = defaultdict(list)
    for sound in sorted(witness.sounds, key=lambda one: one.began_us):
        if sound.box == box:
            found[sound.cue.airing].append(sound)
    return found
