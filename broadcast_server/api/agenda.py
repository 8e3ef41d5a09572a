"""The agenda, and the timetable changed from it: tried, done, taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from typing_extensions import TypedDict

from broadcast_server.agenda import Entry, Place, Standing, read_agenda
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import ClashesJson, clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.quiet_hours import QuietSpanJson, span_json
from broadcast_server.api.router import Router
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import local, local_text
from broadcast_server.programmes.changes import ScheduleChange
from broadcast_server.programmes.priorities import PriorityName, priority_name
from broadcast_server.programmes.reading import read_day
from broadcast_server.programmes.rows import RecurrenceJson, recurrence_json
from broadcast_server.programmes.timetable import read_quiet
from speaker_client.protocol.report import Reason

router = Router(prefix="/api/v1/schedule", tags=["schedule"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]


class AgendaPlaceJson(TypedDict):
    """How it stands on one cluster. `sounds`: whether it is, or will be, heard there whole."""

    cluster_id: str
    cluster: str
    sounds: bool
    state: State
    reason: Reason | None
    vi: str
    en: str


class AgendaWhyJson(TypedDict):
    """The commonest of what went wrong, or will."""

    reason: Reason | None
    vi: str
    en: str


class AgendaEntryJson(TypedDict):
    """A line of the agenda. `time`: where the timetable set it; `rule_id`, `repeats`, `last_day`: of the rule that it
    plays by, null if there is none any more. `sounding`: on how many of its clusters it is heard whole. `repeatable`:
    it can be put into the timetable again. `quiet`: it will be heard in the quiet hours, being older than they are."""

    occurrence_id: str
    programme_id: str
    rule_id: str | None
    repeats: RecurrenceJson | None
    last_day: str | None
    title: str
    priority_name: PriorityName
    day: str
    time: str
    start_us: int
    start: str
    end_us: int
    length_us: int
    past: bool
    standing: Standing
    sounding: int
    clusters: list[AgendaPlaceJson]
    why: AgendaWhyJson | None
    repeatable: bool
    quiet: bool


class AgendaDayJson(TypedDict):
    """A local day `YYYY-MM-DD` and what is in it, by time."""

    day: str
    entries: list[AgendaEntryJson]


class AgendaJson(TypedDict):
    """Days in their order. What was planned before `now_us` is as it went, the rest as it will. `quiet`: from when to
    when only an emergency may sound, null if there are no such hours."""

    zone: str
    now_us: int
    quiet: QuietSpanJson | None
    days: list[AgendaDayJson]


class ChangedJson(ClashesJson):
    """What a change came to. `id`: by which it can be taken back; the others name what was put in and when that plays
    next, null if nothing was."""

    id: str
    programme_id: str | None
    rule_id: str | None
    next_us: int | None


class TriedJson(ClashesJson):
    """What a change would clash with. `programme_id`: what is put in is called so in them, null if nothing is."""

    programme_id: str | None


class UndoneJson(TypedDict):
    """A change that was taken back."""

    id: str
    undone: bool


@router.get("/agenda")
async def show_agenda(
    _user: Viewer,
    station: StationDep,
    from_: Annotated[str, Query(alias="from", max_length=20)] = "",
    days: Annotated[int, Query(ge=1, le=14)] = 7,
) -> AgendaJson:
    """So many days from `from` (`YYYY-MM-DD`, today when left out): what really aired, and what will."""
    now = station.clock.now_us()
    first = read_day(from_) if from_ else local(station.zone, now).date()
    found = await read_agenda(station, first, days, now)
    async with station.database.reading() as session:
        quiet = await read_quiet(session, station.station_id)
    return {
        "zone": station.zone,
        "now_us": now,
        "quiet": span_json(quiet),
        "days": [
            {"day": day.isoformat(), "entries": [_entry_json(one, station.zone) for one in entries]}
            for day, entries in found
        ],
    }


@router.post("/changes")
async def change(asked: ScheduleChange, user: Officer, station: StationDep) -> ChangedJson:
    """Take something out of the timetable, put something in, or both at once."""
    done = await station.rescheduling.change(asked, user.name)
    return {
        "id": done.id,
        "programme_id": done.programme,
        "rule_id": done.rule,
        "next_us": done.next_us,
        **clashes_json(done.clashes, station.zone),
    }


@router.post("/changes/check")
async def check_change(asked: ScheduleChange, user: Officer, station: StationDep) -> TriedJson:
    """What the change would clash with; it is refused as it would be, and nothing is saved."""
    programme, found = await station.rescheduling.check(asked, user.name)
    return {"programme_id": programme, **clashes_json(found, station.zone)}


@router.post("/changes/{name}/undo")
async def undo(name: str, user: Officer, station: StationDep) -> UndoneJson:
    """Take a change back, as long as nobody has changed the same since and the server has not been started anew."""
    await station.rescheduling.undo(name, user.name)
    return {"id": name, "undone": True}


def _entry_json(one: Entry, zone: str) -> AgendaEntryJson:
    at, why, rule = local(zone, one.start_us), one.why, one.rule
    return {
        "occurrence_id": one.occurrence,
        "programme_id": one.programme,
        "rule_id": None if rule is None else rule.id,
        "repeats": None if rule is None else recurrence_json(rule.recurrence),
        "last_day": None if rule is None or rule.last_day is None else rule.last_day.isoformat(),
        "title": one.title,
        "priority_name": priority_name(one.priority),
        "day": at.date().isoformat(),
        "time": f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}",
        "start_us": one.start_us,
        "start": local_text(zone, one.start_us),
        "end_us": one.end_us,
        "length_us": one.length_us,
        "past": one.past,
        "standing": one.standing,
        "sounding": sum(place.sounds for place in one.places),
        "clusters": [_place_json(place) for place in one.places],
        "why": None if why is None else {"reason": why.reason, "vi": why.vi, "en": why.en},
        "repeatable": one.repeatable,
        "quiet": one.quiet,
    }


def _place_json(place: Place) -> AgendaPlaceJson:
    return {
        "cluster_id": place.cluster,
        "cluster": place.name,
        "sounds": place.sounds,
        "state": place.state,
        "reason": place.reason,
        "vi": place.vi,
        "en": place.en,
    }
