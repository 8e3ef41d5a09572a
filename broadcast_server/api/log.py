"""The broadcast log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.broadcast_log import MOST_LINES, Line, Wish, read_log
from broadcast_server.evidence import level_of, sounding_json, soundings_of, words_of
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import day_window, local, local_text, read_moment
from broadcast_server.problem import Problem

router = APIRouter(prefix="/api/v1/log", tags=["log"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


@router.get("")
async def show_log(
    _user: Viewer,
    station: StationDep,
    from_: Annotated[str, Query(alias="from", max_length=60)] = "",
    to: Annotated[str, Query(max_length=60)] = "",
    cluster: str | None = None,
    programme: str | None = None,
    state: Annotated[list[State], Query()] = [],  # noqa: B006  FastAPI copies defaults
    after: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 500,
) -> dict[str, Any]:
    """Airings due from `from` to `to` (local days, ISO times or microseconds; today when left out) by time.

    `counts` counts all of them by state; `next`, if not null, is the `after` of the next page.
    """
    whole_day = day_window(station.zone, local(station.zone, station.clock.now_us()).date())
    wish = Wish(
        from_us=read_moment(station.zone, from_) if from_ else whole_day.start_us,
        to_us=read_moment(station.zone, to, end=True) if to else whole_day.end_us,
        cluster=cluster,
        programme=programme,
        states=frozenset(state),
        after=_read_place(after) if after else None,
        limit=limit,
    )
    async with station.database.reading() as session:
        page = await read_log(session, station.station_id, wish)
    last = page.lines[-1].row if page.more else None
    return {
        "items": [line_json(line, station.zone) for line in page.lines],
        "counts": {one.value: page.counts.get(one, 0) for one in State},
        "next": None if last is None else f"{last.start_us}-{last.id}",
    }


def line_json(line: Line, zone: str) -> dict[str, Any]:
    """An airing as the API shows it."""
    row, measured = line.row, words_of(line.row)
    return {
        "id": row.id,
        "occurrence_id": row.occurrence_id,
        "revision": row.revision,
        "programme_id": row.programme_id,
        "title": row.title,
        "priority": row.priority,
        "cluster_id": row.cluster_id,
        "cluster": line.cluster_name,
        "scheduled_us": row.scheduled_us,
        "scheduled": local_text(zone, row.scheduled_us),
        "start_us": row.start_us,
        "start": local_text(zone, row.start_us),
        "end_us": row.end_us,
        "end": local_text(zone, row.end_us),
        "until_us": row.until_us,
        "state": row.state,
        "reason": row.reason,
        "by": line.by,
        "delayed_by": line.delayed_by,
        "interrupted_by": line.interrupted_by,
        "vi": line.sentence.vi,
        "en": line.sentence.en,
        "started_us": row.started_us,
        "started": None if row.started_us is None else local_text(zone, row.started_us),
        "error_us": row.error_us,
        "sounded_us": row.sounded_us,
        "segments": (row.report or {}).get("segments", []),
        "evidence": level_of(row),
        "evidence_vi": measured and measured.vi,
        "evidence_en": measured and measured.en,
        "soundings": [sounding_json(one) for one in soundings_of(row)],
        "published": row.first_plan is not None,
        "withdrawn": row.withdrawn_plan is not None,
        "withdrawn_by": row.withdrawn_by,
        "decided_us": row.decided_us,
    }


def _read_place(text: str) -> tuple[int, str]:
    start, _, name = text.partition("-")
    if not (start.isascii() and start.isdigit() and len(start) <= 16):
        raise Problem(422, "place_unreadable", "Không hiểu trang tiếp theo.", "The next page is not understood.")
    return int(start), name
