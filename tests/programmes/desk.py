"""The log of a few clusters in memory, and boxes that play exactly what they were told, or are never heard of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from broadcast_server.fleet.ledger import State
from broadcast_server.schedule.airings import AiringKey, airing_id
from broadcast_server.schedule.outlook import Outlook, outlook
from broadcast_server.schedule.programme import Programme
from broadcast_server.schedule.promise import UNDISTURBED, Disturbance, Logged
from broadcast_server.schedule.publication import InForce, Publication, Wanted, publication
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.station import Station
from broadcast_server.schedule.timetable import Schedule
from speaker_client.protocol.ids import AiringId, ClusterId, ProgrammeId, RuleId
from speaker_client.protocol.plan import PlannedAiring


@dataclass(frozen=True)
class Row:
    """An airing of the log."""

    key: AiringKey
    start_us: int
    until_us: int
    planned: PlannedAiring | None = None
    overruled_by: str | None = None
    withdrawn: bool = False
    state: State = State.PENDING
    disturbance: Disturbance = UNDISTURBED

    @property
    def ended(self) -> bool:
        return self.state not in (State.PENDING, State.PLAYING)

    def logged(self) -> Logged:
        """As re-planning sees it."""
        return Logged(
            key=self.key,
            start_us=self.start_us,
            until_us=self.until_us,
            planned=self.planned,
            overruled_by=None if self.overruled_by is None else self.overruled_by,
            withdrawn=self.withdrawn,
            playing=self.state is State.PLAYING,
            ended=self.ended,
            disturbance=self.disturbance,
        )


@dataclass
class Desk:
    """The timetable, the log and the plans of a station without a database."""

    station: Station
    now_us: int
    programmes: dict[ProgrammeId, Programme] = field(default_factory=dict)
    rules: dict[RuleId, Rule] = field(default_factory=dict)
    rows: dict[AiringId, Row] = field(default_factory=dict)
    plans: dict[ClusterId, tuple[PlannedAiring, ...]] = field(default_factory=dict)
    in_force: dict[ClusterId, InForce] = field(default_factory=dict)
    silent: frozenset[ClusterId] = frozenset()
    """Clusters whose box does not report."""

    @property
    def ahead(self) -> Outlook:
        """What the timetable asks for."""
        return outlook(self.station, Schedule(self.programmes, tuple(self.rules.values())), self.now_us)

    def replan(self) -> dict[ClusterId, Publication]:
        """Work all plans out anew and enter what it comes to."""
        ahead = self.ahead
        found = {site.id: self._publication(ahead, site.id) for site in self.station.clusters}
        for cluster, one in found.items():
            self._enter(cluster, one)
        return found

    def _publication(self, ahead: Outlook, cluster: ClusterId) -> Publication:
        rows = [row.logged() for row in self.rows.values() if row.key.cluster == cluster]
        return publication(ahead, cluster, rows, self.in_force.get(cluster))

    def _enter(self, cluster: ClusterId, one: Publication) -> None:
        self._change(one.superseded, state=State.SUPERSEDED)
        for key in one.forgotten:
            del self.rows[airing_id(key)]
        for lost in one.overruled:
            until = lost.occurrence.latest_us
            self.rows[airing_id(lost.key)] = Row(lost.key, lost.occurrence.start_us, until, overruled_by=lost.by)
        if one.airings is None:
            return
        self.plans[cluster], self.in_force[cluster] = one.airings, InForce(self.now_us, one.until_us)
        for wanted in (*one.added, *one.changed):
            self.rows[wanted.planned.id] = self._row(wanted)
        self._change((gone.key for gone in one.withdrawn), withdrawn=True)

    def _change(self, keys: Iterable[AiringKey], **what: object) -> None:
        for key in keys:
            name = airing_id(key)
            self.rows[name] = replace(self.rows[name], **what)

    def _row(self, wanted: Wanted) -> Row:
        until = wanted.planned.until_us
        fresh = Row(wanted.key, wanted.due_us, until, wanted.planned, disturbance=wanted.disturbance)
        known = self.rows.get(wanted.planned.id)
        return fresh if known is None else replace(fresh, state=known.state)

    def play(self, to_us: int) -> None:
        """Time goes by; boxes play what they were told and report at once."""
        self.now_us = to_us
        for name, row in self.rows.items():
            if (
                row.planned is None
                or row.withdrawn
                or row.ended
                or row.planned.start_us > to_us
                or row.key.cluster in self.silent
            ):
                continue
            over = row.planned.end_us <= to_us
            self.rows[name] = replace(row, state=State.PLAYED if over else State.PLAYING)

    def live(self, cluster: ClusterId) -> dict[AiringId, Row]:
        """What the log says the plan in force carries and may still sound."""
        return {
            name: row
            for name, row in self.rows.items()
            if row.key.cluster == cluster and row.logged().live(self.now_us)
        }
