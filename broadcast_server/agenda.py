"""Day by day what really aired, and from now on what will, what is taken off the air and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.airing_words import keeps_silent
from broadcast_server.broadcast_log import lines_of
from broadcast_server.fleet.ledger import State
from broadcast_server.forecast import ForecastJson, PlaysJson, RemovedJson, forecast_of
from broadcast_server.local_time import local, moment_of
from broadcast_server.programmes.timetable import Timetable, read_timetable
from broadcast_server.schedule.carving import plays_on
from broadcast_server.schedule.occurrence import Window
from broadcast_server.schedule.rule import Rule
from broadcast_server.schedule.slot import RemovalReason
from broadcast_server.schedule.timetable import Schedule
from broadcast_server.station import Station
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.station import ClusterRow
from broadcast_server.today import Broadcast, broadcasts, newest
from speaker_client.protocol.ids import DAY, Micros, ProgrammeId, StationId
from speaker_client.protocol.report import Reason


class Standing(StrEnum):
    """How something in the agenda stands, on all its clusters together."""

    COMING = "coming"
    DISTURBED = "disturbed"
    """It will be late, cut or silent on some of them."""
    RESTS = "rests"
    """Some of them, or all, are switched off for now; on the others nothing disturbs it."""
    TAKEN = "taken"
    """It will sound nowhere, because of something stronger."""
    SKIPPED = "skipped"
    """It was left out on this day."""
    ON_AIR = "on_air"
    PLAYED = "played"
    PARTLY = "partly"
    MISSED = "missed"
    GAVE_WAY = "gave_way"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """How it stands on one cluster. `sounds`: whether it is heard there whole; `vi`, `en`: what is to be said of it."""

    cluster: str
    name: str
    sounds: bool
    state: State
    reason: Reason | None
    vi: str
    en: str


@dataclass(frozen=True)
class Entry:
    """One line of the agenda. `rule`, if it still plays by one. `repeatable`: it was a programme and no alarm.
    `quiet`: it will be heard in the quiet hours."""

    occurrence: str
    programme: ProgrammeId
    rule: Rule | None
    title: str
    priority: int
    start_us: int
    end_us: int
    length_us: int
    past: bool
    standing: Standing
    places: tuple[Place, ...]
    repeatable: bool
    quiet: bool = False

    @property
    def why(self) -> Place | None:
        """The commonest of what went wrong, or will; None if nothing did."""
        said = Counter((one.vi, one.reason) for one in self.places if not one.sounds and one.vi)
        if not said or self.standing in (Standing.PLAYED, Standing.COMING):
            return None
        (vi, reason), _ = said.most_common(1)[0]
        return next(one for one in self.places if (one.vi, one.reason) == (vi, reason) and not one.sounds)


async def read_agenda(station: Station, first: date, days: int, now: Micros) -> list[tuple[date, list[Entry]]]:
    """So many days from the first, each with its entries by time."""
    zone = station.zone
    last = first + timedelta(days=days)
    window = Window(moment_of(zone, first), moment_of(zone, last))
    async with station.database.reading() as session:
        timetable = await read_timetable(session, station.station_id)
        aired = await _aired(session, station.station_id, window, now)
        names = await _names(session, station.station_id)
        programmes = await _known(session, {one.programme for one in aired})
    found = [_aired_entry(one, timetable.schedule, zone, programmes, now) for one in aired]
    if window.end_us > now:
        ahead = Window(max(window.start_us, now), window.end_us)
        coming = [_coming_entry(one, timetable, names) for one in forecast_of(timetable, ahead, None, zone)]
        found += coming + _skipped(timetable.schedule, coming, ahead, zone)
    found.sort(key=lambda one: (one.start_us, -one.priority, one.occurrence))
    each = [first + timedelta(days=n) for n in range(days)]
    return [(day, [one for one in found if local(zone, one.start_us).date() == day]) for day in each]


def standing(states: Sequence[State], over: bool) -> Standing:
    """Of what was due: how it stands where it was to be heard. `over`: its time has gone by."""
    if State.PLAYING in states:
        return Standing.ON_AIR
    if all(one is State.PLAYED for one in states):
        return Standing.PLAYED
    if State.PLAYED in states or State.PARTIAL in states:
        return Standing.PARTLY
    if State.UNKNOWN in states or State.PENDING in states:
        return Standing.UNKNOWN if over or State.UNKNOWN in states else Standing.COMING
    if all(one is State.SUPERSEDED for one in states):
        return Standing.GAVE_WAY
    return Standing.CANCELLED if all(one is State.CANCELLED for one in states) else Standing.MISSED


async def _aired(session: AsyncSession, station: StationId, window: Window, now: Micros) -> list[Broadcast]:
    """What was planned for the window up to now, as it went; without what was taken out before its time."""
    query = select(AiringRow).where(
        AiringRow.station_id == station,
        AiringRow.start_us.between(window.start_us, window.end_us + DAY),
        AiringRow.scheduled_us >= window.start_us,
        AiringRow.scheduled_us < min(window.end_us, now),
    )
    rows = [row for row in newest(await session.scalars(query)) if not _was_taken_out(row)]
    return list(broadcasts(await lines_of(session, station, rows)))


def _was_taken_out(row: AiringRow) -> bool:
    if keeps_silent(row):
        return False  # it is still in the timetable
    silent = row.state in (State.PENDING.value, State.CANCELLED.value) and row.started_us is None
    return silent and row.withdrawn_plan is not None and row.reason in (None, Reason.WITHDRAWN.value)


async def _known(session: AsyncSession, names: set[ProgrammeId]) -> set[str]:
    """Those that are programmes, deleted or not; what was ordered is none."""
    return set(await session.scalars(select(ProgrammeRow.id).where(ProgrammeRow.id.in_(names))))


async def _names(session: AsyncSession, station: StationId) -> dict[str, str]:
    query = select(ClusterRow.id, ClusterRow.name).filter_by(station_id=station)
    return dict((await session.execute(query)).all())


def _aired_entry(one: Broadcast, schedule: Schedule, zone: str, programmes: set[str], now: Micros) -> Entry:
    places = tuple(
        Place(each.cluster, each.cluster_name, each.state is State.PLAYED, each.state, each.reason, each.vi, each.en)
        for each in one.clusters
    )
    return Entry(
        occurrence=one.occurrence,
        programme=one.programme,
        rule=_rule_of(schedule, one, zone),
        title=one.title,
        priority=one.priority,
        start_us=one.scheduled_us,
        end_us=one.end_us,
        length_us=one.sounding_us,
        past=True,
        standing=standing([each.state for each in places], over=one.end_us <= now),
        places=places,
        repeatable=one.programme in programmes,
    )


def _rule_of(schedule: Schedule, one: Broadcast, zone: str) -> Rule | None:
    """The rule by which it was called, if that is still there."""
    at = local(zone, one.scheduled_us)
    return next(
        (
            rule
            for rule in schedule.rules
            if rule.programme == one.programme and plays_on(rule, at.date(), at.time().replace(microsecond=0))
        ),
        None,
    )


def _coming_entry(one: ForecastJson, timetable: Timetable, names: dict[str, str]) -> Entry:
    places = []
    lost = 0
    for each in one["clusters"]:
        sounds = each["plays"] and not each["vi"]
        lost += not each["plays"]
        name = names.get(each["cluster_id"], "")
        places.append(Place(each["cluster_id"], name, sounds, State.PENDING, None, each["vi"], each["en"]))
    disturbed = Standing.COMING if all(each.sounds for each in places) else Standing.DISTURBED
    if disturbed is Standing.DISTURBED and not any(_is_disturbed(each) for each in one["clusters"]):
        disturbed, lost = Standing.RESTS, 0
    return Entry(
        occurrence=one["occurrence_id"],
        programme=ProgrammeId(one["programme_id"]),
        rule=next((rule for rule in timetable.schedule.rules if rule.id == one["rule_id"]), None),
        title=one["title"],
        priority=int(one["priority"]),
        start_us=one["start_us"],
        end_us=one["end_us"],
        length_us=one["end_us"] - one["start_us"],
        past=False,
        standing=Standing.TAKEN if places and lost == len(places) else disturbed,
        places=tuple(places),
        repeatable=True,
        quiet=timetable.quiet.disturbed(one["start_us"], one["end_us"]) is not None,
    )


def _is_disturbed(one: PlaysJson | RemovedJson) -> bool:
    """Whether another programme is in its way there."""
    return bool(one["vi"]) if one["plays"] else one["reason"] is not RemovalReason.RESTS


def _skipped(schedule: Schedule, coming: Iterable[Entry], ahead: Window, zone: str) -> list[Entry]:
    """What the rules leave out on a day on which nothing of that name is played instead."""
    instead = {(one.title, local(zone, one.start_us).date()) for one in coming}
    found = []
    for rule in schedule.rules:
        programme = schedule.programmes.get(rule.programme)
        whole = replace(rule, exceptions=frozenset[date]())
        for day in rule.exceptions:
            for at in rule.times:
                start_us = moment_of(rule.zone, day, at)
                if programme is None or start_us not in ahead or not plays_on(whole, day, at):
                    continue
                if (programme.title, day) not in instead:
                    found.append(
                        Entry(
                            occurrence=f"{rule.id}-{start_us}",
                            programme=programme.id,
                            rule=rule,
                            title=programme.title,
                            priority=int(programme.priority),
                            start_us=start_us,
                            end_us=start_us + programme.duration_us,
                            length_us=programme.duration_us,
                            past=False,
                            standing=Standing.SKIPPED,
                            places=(),
                            repeatable=False,
                        )
                    )
    return found
