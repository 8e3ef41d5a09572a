"""The hours in which only an emergency may sound."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.hushing import Hours, Stays
from broadcast_server.local_time import local_text
from broadcast_server.schedule.quiet_hours import QuietHours

router = Router(prefix="/api/v1/schedule/quiet-hours", tags=["schedule"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]


class NewQuietHours(BaseModel):
    """From when to when, `HH:MM` on the station's clocks; both null for never."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: str | None = Field(max_length=20)
    end: str | None = Field(max_length=20)


class QuietSpanJson(TypedDict):
    """From when to when each day, `HH:MM`."""

    start: str
    end: str


class StaysJson(TypedDict):
    """What was scheduled before and is played in the quiet hours all the same: next at `start_us` (`start`: local ISO
    text), `count` times in the next six weeks."""

    programme_id: str
    rule_id: str
    title: str
    start_us: int
    start: str
    count: int
    vi: str
    en: str


class QuietHoursJson(TypedDict):
    """The quiet hours, null if there are none, and what the timetable has in them."""

    quiet: QuietSpanJson | None
    conflicts: list[StaysJson]


@router.get("")
async def show_quiet_hours(_user: Viewer, station: StationDep) -> QuietHoursJson:
    """When only an emergency may sound, and what is scheduled then all the same."""
    return _hours_json(await station.hushing.hours())


@router.put("")
async def set_quiet_hours(new: NewQuietHours, user: Officer, station: StationDep) -> QuietHoursJson:
    """Set them. What is scheduled already stays, and is named in `conflicts`."""
    return _hours_json(await station.hushing.set(new.start, new.end, user.name))


def span_json(quiet: QuietHours) -> QuietSpanJson | None:
    """From when to when; None for never."""
    return None if quiet.never else {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}


def _hours_json(hours: Hours) -> QuietHoursJson:
    return {"quiet": span_json(hours.quiet), "conflicts": [_stays_json(one, hours.quiet) for one in hours.stays]}


def _stays_json(one: Stays, quiet: QuietHours) -> StaysJson:
    occurrence = one.first.occurrence
    return {
        "programme_id": occurrence.programme.id,
        "rule_id": occurrence.rule,
        "title": occurrence.programme.title,
        "start_us": occurrence.start_us,
        "start": local_text(quiet.zone, occurrence.start_us),
        "count": one.count,
        "vi": one.vi(quiet),
        "en": one.en(quiet),
    }
