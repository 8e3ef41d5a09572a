"""The broadcast log as people read it: every airing, how it ended, why, and how late it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.airing_words import Sentence, keeps_silent, sentence_of
from broadcast_server.fleet.ledger import State
from broadcast_server.logbook import find_airing
from broadcast_server.people.naming import full_names
from broadcast_server.relay.notes import Notes, read_notes
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow, StationRow
from speaker_client.protocol.ids import StationId

MOST_LINES = 1000


@dataclass(frozen=True)
class Wish:
    """Which airings: due from `from_us` up to `to_us`; on a cluster, of a programme, in one of the states, if given.

    `after` = (due, id) of the last line of the page before.
    """

    from_us: int
    to_us: int
    cluster: str | None = None
    programme: str | None = None
    states: frozenset[State] = frozenset()
    after: tuple[int, str] | None = None
    limit: int = MOST_LINES


@dataclass(frozen=True)
class Line:
    """One airing; `by` is the name of whoever or whatever ended it, if anyone did; the others are titles."""

    row: AiringRow
    cluster_name: str
    by: str | None
    delayed_by: str | None
    interrupted_by: str | None
    sentence: Sentence
    notes: Notes | None = None
    """What the station noted of it, if it is a relay."""


@dataclass(frozen=True)
class Page:
    """Lines by due time; `more` if there are further ones. `counts`: all that was wished for, by state."""

    lines: tuple[Line, ...]
    more: bool
    counts: Mapping[State, int]


async def read_log(session: AsyncSession, station: StationId, wish: Wish) -> Page:
    """A page of the log."""
    here = _matching(station, wish)
    counted = await session.execute(select(AiringRow.state, func.count()).where(here).group_by(AiringRow.state))
    counts = {State(state): count for state, count in counted}
    query = _sorted(select(AiringRow).where(here, _beyond(wish)), wish.limit + 1)
    rows = list(await session.scalars(query))
    return Page(await lines_of(session, station, rows[: wish.limit]), len(rows) > wish.limit, counts)


async def read_line(session: AsyncSession, station: StationId, airing: str) -> Line:
    """One airing; Problem 404."""
    row = await find_airing(session, station, airing)
    (line,) = await lines_of(session, station, [row])
    return line


async def lines_of(session: AsyncSession, station: StationId, rows: Iterable[AiringRow]) -> tuple[Line, ...]:
    """The rows as lines, with the names of clusters and of those who ended them."""
    found = list(rows)
    clusters = await session.execute(select(ClusterRow.id, ClusterRow.name).filter_by(station_id=station))
    names: dict[str, str] = dict(clusters.all())
    others = {name for row in found for name in (row.by, row.withdrawn_by, row.delayed_by, row.interrupted_by) if name}
    titles = await full_names(session, station, others) | await _titles(session, station, others)
    notes = await read_notes(session, (row.occurrence_id for row in found if (row.planned or {}).get("relay")))
    zone = await _zone(session, station) if notes else ""
    return tuple(_line(row, names.get(row.cluster_id, ""), titles, notes.get(row.occurrence_id), zone) for row in found)


async def _zone(session: AsyncSession, station: StationId) -> str:
    return (await session.get_one(StationRow, station)).zone


def _line(row: AiringRow, cluster_name: str, titles: Mapping[str, str], notes: Notes | None, zone: str) -> Line:
    by = titles.get(row.by, row.by) if row.by else None
    if keeps_silent(row):
        by = None
    elif by is None and row.withdrawn_plan is not None and row.state in (State.CANCELLED, State.PENDING):
        by = titles.get(row.withdrawn_by, row.withdrawn_by) if row.withdrawn_by else None
    delayed_by = titles.get(row.delayed_by) if row.delayed_by else None
    interrupted_by = titles.get(row.interrupted_by) if row.interrupted_by else None
    sentence = sentence_of(row, by, delayed_by, interrupted_by)
    if notes is not None:
        sentence = sentence.followed(*notes.trouble(zone))
    return Line(row, cluster_name, by, delayed_by, interrupted_by, sentence, notes)


async def _titles(session: AsyncSession, station: StationId, names: set[str]) -> dict[str, str]:
    """The titles of airings and occurrences among the names."""
    if not names:
        return {}
    wanted = list(names)
    query = select(AiringRow.id, AiringRow.occurrence_id, AiringRow.title).where(
        AiringRow.station_id == station, or_(AiringRow.id.in_(wanted), AiringRow.occurrence_id.in_(wanted))
    )
    titles: dict[str, str] = {}
    for airing, occurrence, title in await session.execute(query):
        titles |= {airing: title, occurrence: title}
    return titles


def _matching(station: StationId, wish: Wish) -> ColumnElement[bool]:
    conditions = [AiringRow.station_id == station, AiringRow.start_us >= wish.from_us, AiringRow.start_us < wish.to_us]
    if wish.cluster is not None:
        conditions.append(AiringRow.cluster_id == wish.cluster)
    if wish.programme is not None:
        conditions.append(AiringRow.programme_id == wish.programme)
    if wish.states:
        conditions.append(AiringRow.state.in_([state.value for state in wish.states]))
    return and_(*conditions)


def _beyond(wish: Wish) -> ColumnElement[bool]:
    if wish.after is None:
        return true()
    start, name = wish.after
    return or_(AiringRow.start_us > start, and_(AiringRow.start_us == start, AiringRow.id > name))


def _sorted(query: Select[AiringRow], limit: int) -> Select[AiringRow]:
    return query.order_by(AiringRow.start_us, AiringRow.id).limit(limit)
