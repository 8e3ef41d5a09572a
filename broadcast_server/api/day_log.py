"""The broadcast log as a person goes through it: a day broadcast by broadcast, one of them opened, a table to keep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Query
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from typing_extensions import TypedDict

from audio_library.content import ContentId
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.byte_range import PlayerDep
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.log import WholeAiringJson, asked_window, place_of, read_place, whole_airing_json
from broadcast_server.api.router import SOUND, TABLE, Router
from broadcast_server.broadcast_log import Wish, read_line, read_log
from broadcast_server.day_log import (
    MOST_BROADCASTS,
    Entry,
    Only,
    Ordered,
    is_trouble,
    read_day,
    read_entry,
    read_ordered,
    read_sounds,
    told_together,
)
from broadcast_server.emergency_templates import DRILL
from broadcast_server.evidence import soundings_of
from broadcast_server.fleet.ledger import State
from broadcast_server.fleet.soundings import of_cluster
from broadcast_server.local_time import day_window, local, read_moment
from broadcast_server.log_table import Language, head, rows
from broadcast_server.order_view import OrderKind
from broadcast_server.problem import Problem, not_found
from broadcast_server.remarking import LONGEST_REMARK, Remark, add_remark, read_remarks
from broadcast_server.schedule.occurrence import Window
from broadcast_server.station import Station
from broadcast_server.store.airings import RemarkRow
from broadcast_server.store.orders import OrderRow
from speaker_client.protocol.ids import DAY
from speaker_client.protocol.priority import Priority

router = Router(prefix="/api/v1/log", tags=["log"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Witness = Annotated[User, Depends(allow(Right.STOP))]
"""Officers, the chairman and the technician: whoever was there. Who only looks on adds nothing."""
LONGEST_TABLE_US = 93 * DAY
LINES_AT_ONCE = 200
"""So few that an emergency does not wait for a table."""


class ToldJson(TypedDict):
    """How it stands on these `clusters` (names), in a sentence. `trouble`: it did not go well."""

    vi: str
    en: str
    trouble: bool
    clusters: list[str]


class EntryJson(TypedDict):
    """A broadcast in the log. `airing_id`: the one to be opened; `order_kind` null: of the timetable. `states`: on how
    many of the `clusters` it stands so; `measured`: on how many a sensor heard it."""

    occurrence_id: str
    airing_id: str
    title: str
    priority: Priority
    order_kind: OrderKind | None
    start_us: int
    end_us: int
    trouble: bool
    clusters: int
    measured: int
    states: dict[State, int]
    told: list[ToldJson]


class DayLogJson(TypedDict):
    """A page of a day's broadcasts up to now, the newest first. `counts`: of all pages; `next`, if not null, is the
    `before` of the next page."""

    day: str
    items: list[EntryJson]
    counts: dict[Only, int]
    next: str | None


class OrderedJson(TypedDict):
    """Who ordered it, or made its programme (`order_kind` null; `announcement`: for this one time), and when; `text`:
    what an order says."""

    by: str
    at_us: int
    order_kind: OrderKind | None
    announcement: bool
    text: str | None


class SoundPieceJson(TypedDict):
    """A piece of what was aired that can still be heard, by its number."""

    number: int
    title: str
    duration_us: int


class RemarkJson(TypedDict):
    """What somebody added, and when. `by`: what they were called then."""

    id: str
    text: str
    by: str
    at_us: int


class NewRemark(BaseModel):
    """A sentence to be added. `key`: what is sent again with the same one is added once."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=LONGEST_REMARK)
    key: str = Field(pattern=r"^[0-9a-f]{32}$")


class WholeEntryJson(EntryJson):
    """One broadcast opened: the `airings` with their ladders, the one that was asked for among them. `remarks`: what
    people added, the oldest first."""

    day: str
    ordered: OrderedJson | None
    remarks: list[RemarkJson]
    sounds: list[SoundPieceJson]
    airings: list[WholeAiringJson]


@router.get("/broadcasts")
async def show_day(
    _user: Viewer,
    station: StationDep,
    day: Annotated[str, Query(max_length=10)] = "",
    only: Only = Only.ALL,
    before: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_BROADCASTS)] = 50,
) -> DayLogJson:
    """What was due on a local day (today when left out) until now, each broadcast once, the newest first.

    `only`: `trouble` for what did not go well on every cluster, `emergency`, `drill`.
    """
    now = station.clock.now_us()
    start_us = read_moment(station.zone, day) if day else now
    shown = local(station.zone, start_us).date()
    whole = day_window(station.zone, shown)
    window = Window(whole.start_us, min(whole.end_us, now + 1))
    place = read_place(before) if before else None
    async with station.database.reading() as session:
        page = await read_day(session, station.station_id, window, only, place, limit)
    last = page.entries[-1].head if page.more else None
    return {
        "day": shown.isoformat(),
        "items": [entry_json(one) for one in page.entries],
        "counts": dict(page.counts),
        "next": None if last is None else place_of(last.start_us, last.occurrence),
    }


@router.get("/table")
async def show_table(
    _user: Viewer,
    station: StationDep,
    from_: Annotated[str, Query(alias="from", max_length=60)] = "",
    to: Annotated[str, Query(max_length=60)] = "",
    language: Language = "vi",
) -> Annotated[StreamingResponse, TABLE]:
    """The airings due from `from` to `to` (local days, ISO times or microseconds; today when left out), at most three
    months and none that is still to come, as CSV that Excel opens."""
    now = station.clock.now_us()
    window = asked_window(station.zone, now, from_, to)
    if not 0 < window.end_us - window.start_us <= LONGEST_TABLE_US:
        vi, en = "Chọn từ ngày tới ngày, nhiều nhất ba tháng.", "Choose from a day to a day, at most three months."
        raise Problem(422, "table_too_long", vi, en)
    days = [f"{local(station.zone, moment):%Y-%m-%d}" for moment in (window.start_us, window.end_us - 1)]
    name = f"nhat-ky-phat-song-{'-den-'.join(dict.fromkeys(days))}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    aired = Window(window.start_us, min(window.end_us, now + 1))
    return StreamingResponse(_table(station, aired, language), media_type=TABLE, headers=headers)


@router.get("/{airing_id}/broadcast")
async def show_broadcast(airing_id: str, _user: Viewer, station: StationDep) -> WholeEntryJson:
    """The whole broadcast of one airing: on every cluster with its ladder of evidence, who ordered it, its sounds."""
    async with station.database.reading() as session:
        asked, entry = await read_entry(session, station.station_id, airing_id)
        ordered = await read_ordered(session, asked.row)
        sounds = await read_sounds(session, asked.row)
        remarks = (await read_remarks(session, [entry.head.occurrence])).get(entry.head.occurrence, [])
    held = [(number, one) for number, one in enumerate(sounds) if station.content.holds(ContentId(one.content))]
    return {
        **entry_json(entry),
        "day": f"{local(station.zone, entry.head.start_us):%Y-%m-%d}",
        "ordered": None if ordered is None else _ordered_json(ordered),
        "remarks": [_remark_json(one) for one in remarks],
        "sounds": [{"number": number, "title": one.title, "duration_us": one.duration_us} for number, one in held],
        "airings": [whole_airing_json(line, station.zone) for line in entry.lines],
    }


@router.post("/{airing_id}/remarks", status_code=201)
async def add_to_the_log(airing_id: str, new: NewRemark, user: Witness, station: StationDep) -> RemarkJson:
    """Add a sentence to a broadcast, for good: nothing in the log is changed or removed. Problem 404, 409
    `remarks_full`, 422 `remark_empty`, `key_used`."""
    async with station.database.transaction() as session:
        remark = Remark(airing_id, new.text, new.key)
        row = await add_remark(session, station.station_id, remark, user, station.clock.now_us())
    return _remark_json(row)


@router.get("/{airing_id}/sounds/{number}")
async def listen_again(
    airing_id: str, number: int, _user: Viewer, station: StationDep, player: PlayerDep
) -> Annotated[FileResponse, SOUND]:
    """A piece of what was aired, Ogg Opus; one range is served, so that it can be played from anywhere."""
    async with station.database.reading() as session:
        line = await read_line(session, station.station_id, airing_id)
        sounds = await read_sounds(session, line.row)
    if not 0 <= number < len(sounds) or not station.content.holds(ContentId(sounds[number].content)):
        raise not_found("âm thanh này", "sound")
    return player.serve(station, ContentId(sounds[number].content), f"{airing_id}-{number}")


def entry_json(entry: Entry) -> EntryJson:
    """A broadcast as a line of the log."""
    told = told_together(entry.lines)
    row = told[0][1][0].row
    states = [State(line.row.state) for line in entry.lines]
    heard = [of_cluster(soundings_of(line.row)) for line in entry.lines]
    return {
        "occurrence_id": entry.head.occurrence,
        "airing_id": row.id,
        "title": row.title,
        "priority": Priority(row.priority),
        "order_kind": cast(OrderKind | None, entry.head.kind),
        "start_us": entry.head.start_us,
        "end_us": max(line.row.end_us for line in entry.lines),
        "trouble": any(is_trouble(line) for line in entry.lines),
        "clusters": len(entry.lines),
        "measured": sum(one is not None and one.sounded for one in heard),
        "states": {state: states.count(state) for state in dict.fromkeys(states)},
        "told": [
            {
                "vi": said.vi,
                "en": said.en,
                "trouble": is_trouble(lines[0]),
                "clusters": [line.cluster_name for line in lines],
            }
            for said, lines in told
        ],
    }


def _remark_json(row: RemarkRow) -> RemarkJson:
    return {"id": row.id, "text": row.text, "by": row.by_name, "at_us": row.made_us}


def _ordered_json(ordered: Ordered) -> OrderedJson:
    return {
        "by": ordered.by,
        "at_us": ordered.at_us,
        "order_kind": cast(OrderKind | None, ordered.kind),
        "announcement": ordered.announcement,
        "text": ordered.text,
    }


async def _table(station: Station, window: Window, language: Language) -> AsyncIterator[str]:
    """Line by line, a few at a time: each in a view of the log of its own."""
    yield head(language)
    place: tuple[int, str] | None = None
    while True:
        wish = Wish(window.start_us, window.end_us, after=place, limit=LINES_AT_ONCE)
        async with station.database.reading() as session:
            page = await read_log(session, station.station_id, wish)
            orders = {line.row.order_id for line in page.lines if line.row.order_id}
            of_drills = select(OrderRow.id).where(OrderRow.id.in_(list(orders)), OrderRow.kind == DRILL)
            drills = frozenset(await session.scalars(of_drills)) if orders else frozenset()
            remarks = await read_remarks(session, (line.row.occurrence_id for line in page.lines))
        yield rows(page.lines, drills, remarks, station.zone, language)
        if not page.more:
            return
        place = page.lines[-1].row.start_us, page.lines[-1].row.id
