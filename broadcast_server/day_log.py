"""The log broadcast by broadcast: what was due within a stretch of time, each on all its clusters, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.airing_words import Sentence
from broadcast_server.broadcast_log import Line, lines_of
from broadcast_server.fleet.ledger import State
from broadcast_server.logbook import find_airing
from broadcast_server.people.naming import full_names
from broadcast_server.relay.notes import read_notes
from broadcast_server.schedule.occurrence import Window
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import OrderRow, TemplateRow
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.today import newest
from speaker_client.protocol.ids import StationId

MOST_BROADCASTS = 100
NOT_WELL = (State.UNKNOWN, State.PARTIAL, State.MISSED, State.SUPERSEDED)
"""What nobody chose. What was called off or stopped by a person went as they wished."""


class Only(StrEnum):
    """Which broadcasts of the log."""

    ALL = "all"
    TROUBLE = "trouble"
    """What did not go well on every cluster."""
    EMERGENCY = "emergency"
    DRILL = "drill"


_KINDS = {"emergency": Only.EMERGENCY, "live_emergency": Only.EMERGENCY, "drill": Only.DRILL}


@dataclass(frozen=True)
class Head:
    """A broadcast as far as it must be known to be chosen. `kind`: of the order that it carries out, if it does."""

    occurrence: str
    start_us: int
    trouble: bool
    kind: str | None

    def is_of(self, only: Only) -> bool:
        """Whether it is wished for."""
        if only is Only.TROUBLE:
            return self.trouble
        return only is Only.ALL or _KINDS.get(self.kind or "") is only


@dataclass(frozen=True)
class Entry:
    """A broadcast in the log: of each cluster the line that counts, by the clusters' names."""

    head: Head
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class DayPage:
    """Broadcasts, the newest first; `more` if there are further ones. `counts`: how many there are in all."""

    entries: tuple[Entry, ...]
    more: bool
    counts: Mapping[Only, int]


@dataclass(frozen=True)
class Ordered:
    """By whom and when a broadcast was ordered, or its programme made. `kind`: of an order; `text`: what it says."""

    by: str
    at_us: int
    kind: str | None = None
    text: str | None = None
    announcement: bool = False


@dataclass(frozen=True)
class Sound:
    """A piece of what was aired: the hash of its file, and what it is called."""

    content: str
    duration_us: int
    title: str


async def read_day(
    session: AsyncSession, station: StationId, window: Window, only: Only, before: tuple[int, str] | None, limit: int
) -> DayPage:
    """A page of what was due within the window. `before` = (due, id) of the last broadcast of the page before."""
    heads = await _heads(session, station, window)
    chosen = sorted((one for one in heads if one.is_of(only)), key=_place, reverse=True)
    beyond = [one for one in chosen if before is None or _place(one) < before]
    wanted = beyond[:limit]
    lines = await _lines(session, station, [one.occurrence for one in wanted])
    entries = tuple(Entry(one, lines[one.occurrence]) for one in wanted)
    return DayPage(entries, len(beyond) > limit, {one: sum(head.is_of(one) for head in heads) for one in Only})


async def read_entry(session: AsyncSession, station: StationId, airing: str) -> tuple[Line, Entry]:
    """One airing and the broadcast that it belongs to; Problem 404."""
    row = await find_airing(session, station, airing)
    lines = (await _lines(session, station, [row.occurrence_id]))[row.occurrence_id]
    asked = next((line for line in lines if line.row.id == airing), None)
    if asked is None:  # it was withdrawn, and came back under another name
        (asked,) = await lines_of(session, station, [row])
        lines = (*lines, asked)
    order = await session.get(OrderRow, row.order_id) if row.order_id else None
    trouble = any(is_trouble(line) for line in lines)
    start_us = min(line.row.start_us for line in lines)
    return asked, Entry(Head(row.occurrence_id, start_us, trouble, order.kind if order else None), lines)


async def read_ordered(session: AsyncSession, row: AiringRow) -> Ordered | None:
    """Who is behind it; None if that is not known any more."""
    if row.order_id is None:
        programme = await session.get(ProgrammeRow, row.programme_id)
        if programme is None:
            return None
        by = await _full_name(session, row, programme.made_by)
        return Ordered(by, programme.made_us, announcement=programme.announcement)
    order = await session.get(OrderRow, row.order_id)
    if order is None:
        return None
    text = order.text
    if text is None and order.template:
        named = select(TemplateRow.text).filter_by(station_id=row.station_id, name=order.template)
        text = await session.scalar(named)
    return Ordered(await _full_name(session, row, order.made_by), order.made_us, order.kind, text)


async def _full_name(session: AsyncSession, row: AiringRow, name: str) -> str:
    return (await full_names(session, row.station_id, [name])).get(name, name)


async def read_sounds(session: AsyncSession, row: AiringRow) -> list[Sound]:
    """What was aired, each piece once; a live voice is what the library keeps of it. Whether a file is still there is
    for the caller to see."""
    items = {item["content"]: item["duration_us"] for item in (row.planned or {}).get("items") or ()}
    if not items and row.order_id is not None:
        items = await _kept_voice(session, row.order_id)
    named = select(RecordingRow.content, RecordingRow.title).where(
        RecordingRow.station_id == row.station_id, RecordingRow.content.in_(list(items))
    )
    titles: dict[str, str] = dict((await session.execute(named)).all()) if items else {}
    return [Sound(content, length_us, titles.get(content, row.title)) for content, length_us in items.items()]


def is_trouble(line: Line) -> bool:
    """Whether a line tells of something that did not go well."""
    return State(line.row.state) in NOT_WELL or bool(line.notes and line.notes.troubled)


def told_together(lines: Iterable[Line]) -> list[tuple[Sentence, list[Line]]]:
    """The lines gathered by what is to be said of them, those that tell of trouble first."""
    gathered: dict[Sentence, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: not is_trouble(line)):
        gathered[line.sentence].append(line)
    return list(gathered.items())


def heads_of(station: StationId, window: Window) -> Select[str, int, int, str]:
    """Of each occurrence that was due within the window: its id, when, whether it is in trouble, the order's kind."""
    trouble = case((AiringRow.state.in_([state.value for state in NOT_WELL]), 1), else_=0)
    return (
        select(AiringRow.occurrence_id, func.min(AiringRow.start_us), func.max(trouble), func.max(OrderRow.kind))
        .outerjoin(OrderRow, OrderRow.id == AiringRow.order_id)
        .where(AiringRow.station_id == station)
        .where(AiringRow.start_us >= window.start_us, AiringRow.start_us < window.end_us)
        .group_by(AiringRow.occurrence_id)
    )


async def _heads(session: AsyncSession, station: StationId, window: Window) -> list[Head]:
    found = (await session.execute(heads_of(station, window))).all()
    notes = await read_notes(session, (name for name, _, _, kind in found if kind is None))
    relays = {name for name, one in notes.items() if one.troubled}
    return [Head(name, start_us, bool(bad) or name in relays, kind) for name, start_us, bad, kind in found]


async def _lines(session: AsyncSession, station: StationId, names: Sequence[str]) -> dict[str, tuple[Line, ...]]:
    rows = await session.scalars(select(AiringRow).where(AiringRow.occurrence_id.in_(list(names))))
    gathered: dict[str, list[Line]] = defaultdict(list)
    for line in await lines_of(session, station, newest(rows)):
        gathered[line.row.occurrence_id].append(line)
    return {name: tuple(sorted(group, key=lambda line: line.cluster_name)) for name, group in gathered.items()}


async def _kept_voice(session: AsyncSession, order: str) -> dict[str, int]:
    query = (
        select(RecordingRow.content, RecordingRow.duration_us)
        .join(IntakeRow, IntakeRow.recording_id == RecordingRow.id)
        .join(OrderRow, OrderRow.intake_id == IntakeRow.id)
        .where(OrderRow.id == order)
    )
    return dict((await session.execute(query)).all())


def _place(head: Head) -> tuple[int, str]:
    return head.start_us, head.occurrence
