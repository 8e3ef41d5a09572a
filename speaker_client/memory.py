"""Everything a box must not forget, as plain values, and the changes that one durable write can make to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from speaker_client.playout import Standing
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.report import GENESIS

Stream = tuple[str, str, str]
"""Key id, kind and audience: one ordered stream of statements."""

_UNTIL = " until "


def passing_course(name: str, until_us: int) -> str:
    """The third part of a stream that need not be remembered after `until_us`."""
    return f"{name}{_UNTIL}{until_us}"


@dataclass(frozen=True)
class Anchor:
    """A trusted time: UTC = monotonic + offset, good to `error_us` at `mono_us` of this boot of the machine."""

    offset_us: int
    error_us: int
    mono_us: int
    machine_boot: str


@dataclass(frozen=True)
class Stood:
    """An airing is planned or has moved on."""

    standing: Standing


@dataclass(frozen=True)
class Ended:
    """An airing has its end; its id is remembered until `until_us` so that it never starts again."""

    airing: AiringId
    until_us: int


@dataclass(frozen=True)
class Tombstone:
    """A stop that came before its airing."""

    airing: AiringId
    by: str
    until_us: int


@dataclass(frozen=True)
class Wrote:
    """A line of the report journal."""

    n: int
    text: str
    head: str


@dataclass(frozen=True)
class Acknowledged:
    """The station has every report up to `n`."""

    n: int


@dataclass(frozen=True)
class Reopened:
    """The station has lost what it acknowledged after `n`: it is sent again."""

    n: int


@dataclass(frozen=True)
class Unwrote:
    """The lines after `n` leave their numbers; what they said is written anew under others."""

    n: int


@dataclass(frozen=True)
class Ratcheted:
    """A statement of this stream was accepted."""

    stream: Stream
    seq: int


@dataclass(frozen=True)
class Kept:
    """The document (`keyring`, `config`, `plan`) in force, as its envelope's JSON."""

    kind: str
    envelope: str


@dataclass(frozen=True)
class Anchored:
    """A trusted time to stand on after a restart."""

    anchor: Anchor


@dataclass(frozen=True)
class Born:
    """The daemon that began this journal had begun at that moment, as its first trusted clock told."""

    at_us: int


@dataclass(frozen=True)
class Forgot:
    """Ended airings, tombstones, passing streams and acknowledged reports older than this are let go."""

    before_us: int
    reports_to: int


Change = (
    Stood | Ended | Tombstone | Wrote | Acknowledged | Reopened | Unwrote | Ratcheted | Kept | Anchored | Born | Forgot
)


@dataclass
class Memory:
    """The state that the changes add up to."""

    standings: dict[AiringId, Standing] = field(default_factory=dict)
    ended: dict[AiringId, int] = field(default_factory=dict)
    tombstones: dict[AiringId, tuple[str, int]] = field(default_factory=dict)
    reports: dict[int, str] = field(default_factory=dict)
    n: int = 0
    head: str = GENESIS
    acknowledged: int = 0
    streams: dict[Stream, int] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    anchor: Anchor | None = None
    born_us: int | None = None
    """What sounded before that is not known here: another journal may have held it. None before the first clock."""

    def apply(self, change: Change) -> None:
        """Make one change."""
        match change:
            case Stood(standing):
                self.standings[standing.id] = standing
            case Ended(airing, until):
                self.standings.pop(airing, None)
                self.ended[airing] = until
            case Tombstone(airing, by, until):
                self.tombstones[airing] = (by, until)
            case Wrote(n, text, head):
                self.reports[n] = text
                self.n, self.head = n, head
            case Acknowledged(n):
                self.acknowledged = max(self.acknowledged, n)
            case Reopened(n):
                self.acknowledged = n
            case Unwrote(n):
                self.reports = {number: text for number, text in self.reports.items() if number <= n}
            case Ratcheted(stream, seq):
                self.streams[stream] = seq
            case Kept(kind, envelope):
                self.documents[kind] = envelope
            case Anchored(anchor):
                self.anchor = anchor
            case Born(at):
                self.born_us = at
            case Forgot(before, reports_to):
                self._forget(before, reports_to)

    def outdated(self, before_us: int, reports_to: int) -> bool:
        """Whether `Forgot` with these would let anything go."""
        stones = (until for _, until in self.tombstones.values())
        past = any(until < before_us for until in (*self.ended.values(), *stones))
        return past or bool(self.lapsed(before_us)) or min(self.reports, default=reports_to + 1) <= reports_to

    def lapsed(self, before_us: int) -> list[Stream]:
        """The passing streams that ended before that."""
        ends = ((stream, stream[2].rpartition(_UNTIL)) for stream in self.streams)
        return [stream for stream, (_, passing, until) in ends if passing and int(until) < before_us]

    def _forget(self, before_us: int, reports_to: int) -> None:
        for stream in self.lapsed(before_us):
            del self.streams[stream]
        self.ended = {airing: until for airing, until in self.ended.items() if until >= before_us}
        self.tombstones = {airing: stone for airing, stone in self.tombstones.items() if stone[1] >= before_us}
        self.reports = {n: text for n, text in self.reports.items() if n > reports_to}


class Journal(Protocol):
    """The box's durable memory."""

    memory: Memory

    def commit(self, changes: Iterable[Change]) -> None:
        """All of the changes, durably, or none. On a disk that fails in memory alone: what is held is played on."""
