"""The schedule as it will really play, and what a draft would clash with."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import ConfigDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import ClashesJson, clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.forecast import ForecastJson, read_forecast
from broadcast_server.local_time import read_moment
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import NewProgramme
from broadcast_server.schedule.occurrence import Window
from speaker_client.protocol.ids import DAY, ProgrammeId, RuleId

router = Router(prefix="/api/v1/schedule", tags=["schedule"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]
LONGEST_US = 92 * DAY


class Draft(NewProgramme):
    """A programme to be tried. `programme_id`: the one it would replace, whose other rules stay;
    `rule_id`: the one that the rules given here would replace."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    programme_id: ProgrammeId | None = None
    rule_id: RuleId | None = None


@router.post("/check")
async def check(draft: Draft, _user: Officer, station: StationDep) -> ClashesJson:
    """What it would clash with in the next six weeks, and around its next days if they are further off. Nothing is
    saved."""
    found = await station.scheduling.check(draft, draft.programme_id, draft.rule_id)
    return clashes_json(found, station.zone)


@router.get("")
async def show(
    _user: Viewer,
    station: StationDep,
    from_: Annotated[str, Query(alias="from", max_length=60)] = "",
    to: Annotated[str, Query(max_length=60)] = "",
    cluster: str | None = None,
) -> ItemsJson[ForecastJson]:
    """What will play from `from` to `to` (local days or times; a week from now when left out), at most 92 days.

    Each occurrence once, with what becomes of it on its clusters.
    """
    now = station.clock.now_us()
    start = read_moment(station.zone, from_) if from_ else now
    end = read_moment(station.zone, to, end=True) if to else start + 7 * DAY
    if not 0 < end - start <= LONGEST_US:
        vi, en = "Khoảng thời gian phải từ trước đến sau, nhiều nhất 92 ngày.", "The span must be 92 days at most."
        raise Problem(422, "span_wrong", vi, en)
    return {"items": await read_forecast(station, Window(start, end), cluster)}
