"""What the station has on disk: values only, so that a transaction is a copy that is put in place or thrown away."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from broadcast_server.fleet.chain import Head
from broadcast_server.fleet.ledger import Airing
from broadcast_server.schedule.airings import AiringKey
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import AiringId, BoxId, ClusterId, OccurrenceId
from speaker_client.protocol.plan import PlannedAiring
from speaker_client.protocol.report import GENESIS

Stream = tuple[str, str, str]


@dataclass(frozen=True)
class Entry:
    """One row of the airings table. `due_us`: where it was planned, before any delay; `planned` as last published."""

    key: AiringKey
    due_us: int
    planned: PlannedAiring | None
    airing: Airing
    overruled_by: OccurrenceId | None = None
    order_expires_us: int | None = None
    """For an emergency or a drill: until when it may begin; None for the timetable's."""
    accepted: bool = False
    """The box is known to have obeyed the order."""


@dataclass(frozen=True)
class PlanInForce:
    """The plan of a cluster: when it was made and up to when it plans."""

    seq: int
    made_us: int
    until_us: int
    envelope: Envelope


@dataclass(frozen=True)
class Command:
    """An order in the inbox of a cluster until it expires."""

    cluster: ClusterId
    expires_us: int
    envelope: Envelope


EMPTY = Head(0, GENESIS)


@dataclass
class Journal:
    """A box's journal as received."""

    texts: list[str] = field(default_factory=list)
    head: Head = EMPTY
    plan_acked: int = 0


@dataclass
class Books:
    """Every table that the simulation needs."""

    schedule: Schedule
    entries: dict[AiringId, Entry] = field(default_factory=dict)
    plans: dict[ClusterId, PlanInForce] = field(default_factory=dict)
    streams: dict[Stream, int] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    journals: dict[BoxId, Journal] = field(default_factory=dict)
    mishaps: list[str] = field(default_factory=list)

    def draft(self) -> Books:
        """A copy to work in; nobody sees it until it is put in place."""
        found = copy.copy(self)
        found.entries, found.plans, found.streams = dict(self.entries), dict(self.plans), dict(self.streams)
        found.commands, found.mishaps = list(self.commands), list(self.mishaps)
        found.journals = {box: Journal(list(one.texts), one.head, one.plan_acked) for box, one in self.journals.items()}
        return found
