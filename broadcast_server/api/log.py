"""The broadcast log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.broadcast_log import MOST_LINES, Line, Wish, read_line, read_log
from broadcast_server.evidence import (
    SoundingJson,
    StepsJson,
    level_of,
    sounding_json,
    soundings_of,
    steps_json,
    words_of,
)
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import day_window, local, local_text, read_moment
from broadcast_server.problem import Problem
from broadcast_server.relay.view import RelayNotesJson, notes_json
from broadcast_server.schedule.occurrence import Window
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.report import Evidence, Reason

router = Router(prefix="/api/v1/log", tags=["log"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]


class AiringJson(TypedDict):
    """One occurrence on one cluster. What is without `_us` beside it is the same moment in local ISO text.

    `scheduled_us`: where the timetable set it; `start_us`: when it is due after all; `until_us`: the last moment at
    which it may sound. `by`: who or what ended it; `delayed_by`, `interrupted_by`: titles. `error_us`: how late it
    began, below zero early; `sounded_us`: how much of it was emitted; `segments`: what, `[from, to)` in microseconds of
    the programme. `evidence`: the highest step that is known. `published`, `withdrawn`: whether it was ever in a plan,
    and is no longer. `decided_us`: when its end was known here.
    """

    id: str
    occurrence_id: str
    revision: int
    programme_id: str
    title: str
    priority: Priority
    cluster_id: str
    cluster: str
    scheduled_us: int
    scheduled: str
    start_us: int
    start: str
    end_us: int
    end: str
    until_us: int
    state: State
    reason: Reason | None
    by: str | None
    delayed_by: str | None
    interrupted_by: str | None
    vi: str
    en: str
    started_us: int | None
    started: str | None
    error_us: int | None
    sounded_us: int | None
    segments: list[tuple[int, int]]
    evidence: Evidence | None
    evidence_vi: str | None
    evidence_en: str | None
    soundings: list[SoundingJson]
    published: bool
    withdrawn: bool
    withdrawn_by: str | None
    relay: RelayNotesJson | None
    decided_us: int | None


class WholeAiringJson(AiringJson, StepsJson):
    """One airing with its ladder of evidence."""


class LogJson(TypedDict):
    """A page of the log. `counts`: of all pages, by state; `next`, if not null, is the `after` of the next page."""

    items: list[AiringJson]
    counts: dict[State, int]
    next: str | None


@router.get("")
async def show_log(
    _user: Viewer,
    station: StationDep,
    from_: Annotated[str, Query(alias="from", max_length=60)] = "",
    to: Annotated[str, Query(max_length=60)] = "",
    cluster: str | None = None,
    programme: str | None = None,
    state: Annotated[tuple[State, ...], Query()] = (),
    after: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 500,
) -> LogJson:
    """Airings due from `from` to `to` (local days, ISO times or microseconds; today when left out) by time.

    `counts` counts all of them by state; `next`, if not null, is the `after` of the next page.
    """
    window = asked_window(station.zone, station.clock.now_us(), from_, to)
    wish = Wish(
        from_us=window.start_us,
        to_us=window.end_us,
        cluster=cluster,
        programme=programme,
        states=frozenset(state),
        after=read_place(after) if after else None,
        limit=limit,
    )
    async with station.database.reading() as session:
        page = await read_log(session, station.station_id, wish)
    last = page.lines[-1].row if page.more else None
    return {
        "items": [line_json(line, station.zone) for line in page.lines],
        "counts": {one: page.counts.get(one, 0) for one in State},
        "next": None if last is None else place_of(last.start_us, last.id),
    }


@router.get("/{airing_id}")
async def show_airing(airing_id: str, _user: Viewer, station: StationDep) -> WholeAiringJson:
    """One airing with its ladder of evidence: sent, acknowledged, playing, sounded, each with its time, of the cluster
    and of each of its `loudspeakers`. `sounded` only if it was measured, with level and confidence.
    """
    async with station.database.reading() as session:
        line = await read_line(session, station.station_id, airing_id)
    return whole_airing_json(line, station.zone)


def whole_airing_json(line: Line, zone: str) -> WholeAiringJson:
    """An airing with its ladder."""
    return {**line_json(line, zone), **steps_json(line.row)}


def line_json(line: Line, zone: str) -> AiringJson:
    """An airing as the API shows it."""
    row, measured = line.row, words_of(line.row)
    return {
        "id": row.id,
        "occurrence_id": row.occurrence_id,
        "revision": row.revision,
        "programme_id": row.programme_id,
        "title": row.title,
        "priority": Priority(row.priority),
        "cluster_id": row.cluster_id,
        "cluster": line.cluster_name,
        "scheduled_us": row.scheduled_us,
        "scheduled": local_text(zone, row.scheduled_us),
        "start_us": row.start_us,
        "start": local_text(zone, row.start_us),
        "end_us": row.end_us,
        "end": local_text(zone, row.end_us),
        "until_us": row.until_us,
        "state": State(row.state),
        "reason": None if row.reason is None else Reason(row.reason),
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
        "evidence_vi": None if measured is None else measured.vi,
        "evidence_en": None if measured is None else measured.en,
        "soundings": [sounding_json(one) for one in soundings_of(row)],
        "published": row.first_plan is not None,
        "withdrawn": row.withdrawn_plan is not None,
        "withdrawn_by": row.withdrawn_by,
        "relay": None if line.notes is None else notes_json(line.notes),
        "decided_us": row.decided_us,
    }


def asked_window(zone: str, now_us: int, from_: str, to: str) -> Window:
    """From one moment to another, as `read_moment` reads them; what is empty is that of today. Problem 422."""
    today = day_window(zone, local(zone, now_us).date())
    return Window(
        read_moment(zone, from_) if from_ else today.start_us, read_moment(zone, to, end=True) if to else today.end_us
    )


def place_of(start_us: int, name: str) -> str:
    """Where the next page begins, as `read_place` reads it: behind this line."""
    return f"{start_us}-{name}"


def read_place(text: str) -> tuple[int, str]:
    """The last line of the page before, as `next` named it; Problem 422 `place_unreadable`."""
    start, _, name = text.partition("-")
    if not (start.isascii() and start.isdigit() and len(start) <= 16):
        raise Problem(422, "place_unreadable", "Không hiểu trang tiếp theo.", "The next page is not understood.")
    return int(start), name
