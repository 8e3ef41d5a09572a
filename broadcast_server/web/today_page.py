"""The page "Hôm nay": the station's day in words. Public, so it tells nothing that a passer-by may not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from broadcast_server.citizens.warning import Alarm
from broadcast_server.fleet.ledger import State
from broadcast_server.fleet.presence import Presence
from broadcast_server.local_time import local, local_text
from broadcast_server.today import Broadcast, ClusterAiring, ClusterNow, Today
from broadcast_server.web.words import Language, day_text, length_text, word
from speaker_client.protocol.ids import HOUR, MINUTE

_KINDS = {
    State.PENDING: "wait",
    State.PLAYING: "live",
    State.PLAYED: "good",
    State.PARTIAL: "warn",
    State.MISSED: "bad",
    State.SUPERSEDED: "wait",
    State.CANCELLED: "wait",
    State.UNKNOWN: "warn",
}
_PRESENCE_KINDS = {
    Presence.ONLINE: "good",
    Presence.LATE: "warn",
    Presence.LOST: "bad",
    Presence.NEVER: "wait",
}
_NATURES = {"drill": "drill", "emergency": "emergency", "live_emergency": "emergency"}
"""What was ordered is no programme: its colour and its word, by what stands in a programme's place."""
_QUIET_ENDS = (State.SUPERSEDED, State.CANCELLED)


@dataclass(frozen=True)
class Show:
    """Something on air; `permille` of it is over. `nature`: drill, emergency or nothing."""

    title: str
    about: str
    permille: int
    nature: str


@dataclass(frozen=True)
class Notice:
    """An alarm, over everything else. `where`: whom it is for."""

    title: str
    where: str
    text: str
    about: str


@dataclass(frozen=True)
class Coming:
    """What plays next."""

    time: str
    title: str
    about: str


@dataclass(frozen=True)
class Slot:
    """A line of the timetable. `kind`: good, live, warn, bad or wait. `nature`: drill, emergency or nothing."""

    time: str
    moment: str
    title: str
    about: str
    kind: str
    state: str
    past: bool
    nature: str


@dataclass(frozen=True)
class Place:
    """A cluster as the public sees it."""

    name: str
    about: str
    kind: str
    state: str


@dataclass(frozen=True)
class Standing:
    """What is known of a cluster beside what it plays."""

    village: str
    loudspeakers: int
    presence: Presence
    seen_us: int | None


@dataclass(frozen=True)
class Page:
    """All that the template shows, in words."""

    alarms: tuple[Notice, ...]
    day: str
    updated: str
    on_air: tuple[Show, ...]
    next: Coming | None
    slots: tuple[Slot, ...]
    clusters: tuple[Place, ...]
    fleet: str
    fleet_kind: str


def page_of(today: Today, standings: Mapping[str, Standing], language: Language, alarms: Sequence[Alarm] = ()) -> Page:
    """The day in words."""
    return _Writer(today, standings, language).page(alarms)


class _Writer:
    """One page in one language."""

    def __init__(self, today: Today, standings: Mapping[str, Standing], language: Language) -> None:
        self._today, self._standings, self._language = today, standings, language

    def page(self, alarms: Sequence[Alarm]) -> Page:
        places = tuple(self._place(cluster.cluster, cluster.name) for cluster in self._today.clusters)
        fleet, fleet_kind = self._fleet()
        return Page(
            alarms=tuple(map(self._notice, alarms)),
            day=day_text(self._today.day, self._language),
            updated=self._say("updated", time=self._clock(self._today.now_us)),
            on_air=tuple(self._show(one) for one in self._today.on_air),
            next=self._coming(self._today.next) if self._today.next else None,
            slots=tuple(self._slot(one) for one in self._today.timetable),
            clusters=places,
            fleet=fleet,
            fleet_kind=fleet_kind,
        )

    def _say(self, key: str, **values: object) -> str:
        return word(key, self._language, **values)

    def _notice(self, alarm: Alarm) -> Notice:
        about = self._say("warning_sounds" if alarm.sounds else "warning_given", time=self._clock(alarm.given_us))
        places = self._named(alarm.clusters)
        where = self._say("warning_where", places=places) if places else ""
        return Notice(alarm.title, where, alarm.text or self._say("warning_listen"), about)

    def _named(self, clusters: Set[str]) -> str:
        """The places by their villages; what has not all of a village names its clusters too."""
        villages: dict[str, list[ClusterNow]] = {}
        for one in self._today.clusters:
            villages.setdefault(self._standings[one.cluster].village, []).append(one)
        named = []
        for village, every in villages.items():
            if here := [one.name for one in every if one.cluster in clusters]:
                named.append(village if len(here) == len(every) else f"{village} ({', '.join(here)})")
        if named and clusters >= {one.cluster for one in self._today.clusters}:
            return self._say("all_clusters", count=len(self._today.clusters))
        return ", ".join(named)

    def _clock(self, at_us: int) -> str:
        return f"{local(self._today.zone, at_us):%H:%M}"

    def _show(self, one: Broadcast) -> Show:
        now, length_us = self._today.now_us, max(one.end_us - one.start_us, 1)
        permille = min(1000, max(0, 1000 * (now - one.start_us) // length_us))
        minutes = (one.end_us - now) // MINUTE
        left = self._say("left", minutes=minutes) if minutes > 0 else self._say("left_seconds")
        playing = [airing for airing in one.clusters if airing.state is State.PLAYING]
        began = self._say("started", time=self._clock(one.start_us))
        return Show(one.title, " · ".join((began, left, self._where(playing))), permille, _nature(one))

    def _coming(self, one: Broadcast) -> Coming:
        about = (self._away(one.start_us), self._where(one.clusters), self._length(one))
        return Coming(self._clock(one.start_us), one.title, " · ".join(about))

    def _away(self, start_us: int) -> str:
        if local(self._today.zone, start_us).date() != self._today.day:
            return day_text(local(self._today.zone, start_us).date(), self._language)
        hours, rest = divmod(start_us - self._today.now_us, HOUR)
        if hours and rest < MINUTE:
            return self._say("in_whole_hours", hours=hours)
        if hours:
            return self._say("in_hours", hours=hours, minutes=rest // MINUTE)
        return self._say("in_minutes", minutes=rest // MINUTE) if rest >= MINUTE else self._say("very_soon")

    def _where(self, airings: Sequence[ClusterAiring]) -> str:
        every = len(self._today.clusters)
        if len(airings) == 1:
            return airings[0].cluster_name
        return self._say("all_clusters" if len(airings) == every else "some_clusters", count=len(airings))

    def _length(self, one: Broadcast) -> str:
        return length_text(one.sounding_us, self._language)

    def _slot(self, one: Broadcast) -> Slot:
        kind, state = self._outcome(one)
        if one.no_source and one.start_us > self._today.now_us:
            kind, state = "warn", f"{state} · {self._say('no_source')}"
        return Slot(
            time=self._clock(one.start_us),
            moment=local_text(self._today.zone, one.start_us),
            title=one.title,
            about=" · ".join((self._where(one.clusters), self._length(one))),
            kind=kind,
            state=state,
            past=one.end_us < self._today.now_us and not one.on_air,
            nature=_nature(one),
        )

    def _outcome(self, one: Broadcast) -> tuple[str, str]:
        """How it stands on all its clusters together: on air if anywhere, mixed where the ends differ."""
        due, states = one.start_us <= self._today.now_us, [airing.state for airing in one.clusters]
        states = [State.UNKNOWN if due and known is State.PENDING else known for known in states]
        if State.PLAYING in states:
            return "live", self._say("airing.PLAYING")
        if len(set(states)) == 1:
            return _KINDS[states[0]], self._say(f"airing.{states[0].value}")
        told = [state for state in states if state not in _QUIET_ENDS]
        if State.UNKNOWN in told or State.PENDING in told or State.PLAYED not in states:
            worst = max(told or states, key=list(_KINDS).index)
            return _KINDS[worst], self._say(f"airing.{worst.value}")
        return "warn", self._say("airing.MIXED", played=one.count(State.PLAYED), all=len(states))

    def _place(self, cluster: str, name: str) -> Place:
        standing = self._standings[cluster]
        about = " · ".join((standing.village, self._say("horns", count=standing.loudspeakers)))
        if any(one.cluster == cluster and one.on_air for one in self._today.clusters):
            return Place(name, about, "live", self._say("cluster.playing"))
        state = self._say(f"cluster.{standing.presence.value}")
        if standing.presence is Presence.LOST and standing.seen_us is not None:
            state += " " + self._say("since", time=self._seen(standing.seen_us))
        return Place(name, about, _PRESENCE_KINDS[standing.presence], state)

    def _seen(self, seen_us: int) -> str:
        seen = local(self._today.zone, seen_us)
        return f"{seen:%H:%M}" if seen.date() == self._today.day else f"{seen:%d/%m}"

    def _fleet(self) -> tuple[str, str]:
        there = (Presence.ONLINE, Presence.LATE)
        ready = sum(self._standings[one.cluster].presence in there for one in self._today.clusters)
        every = len(self._today.clusters)
        kind = "good" if ready == every else "warn" if ready else "bad"
        return self._say("ready_count", ready=ready, all=every), kind


def _nature(one: Broadcast) -> str:
    return _NATURES.get(one.programme, "")
