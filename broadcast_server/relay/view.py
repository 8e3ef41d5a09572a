"""Relay sources and relays as people see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.fleet.ledger import ENDS
from broadcast_server.local_time import local_text
from broadcast_server.relay.notes import Notes, ProbeJson, SwitchJson, notes_of
from broadcast_server.relay.source import SourceKind
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow
from broadcast_server.store.relays import RelayRow, RelaySourceRow
from speaker_client.protocol.ids import DAY, Micros, StationId

SHOWN_BACK_US = DAY
SHOWN_AHEAD_US = DAY


class SourceDraftJson(TypedDict):
    """Where sound can be relayed from: a URL, an ALSA name, or a folder below the relays' root.

    `probed`: how it was when it was last looked at, null before the first time.
    """

    name: str
    kind: SourceKind
    address: str
    probed: ProbeJson | None
    made_by: str
    made_us: int


class SourceJson(SourceDraftJson):
    """A source on the list."""

    id: str


class RelayNotesJson(TypedDict):
    """What was noted of a relay: looks at its sources, and changes between them, the earliest first."""

    probes: Sequence[ProbeJson]
    switches: Sequence[SwitchJson]


class RelayJson(RelayNotesJson):
    """A relay: when (`start`, `end` in local ISO text), from where, and what happened. `sounding`: the name of the
    source that is heard now. `no_source`: none was fit when they were last looked at. `vi`, `en`: its last troubles in
    a sentence each, empty if there was none. `sources`: their names, in the order in which they are taken;
    `meanwhile`: the titles of what is played while none sounds. `airings`: those that are not over, by which it can be
    stopped."""

    occurrence_id: str
    programme_id: str
    title: str
    start_us: int
    start: str
    end_us: int
    end: str
    on_air: bool
    sounding: str | None
    no_source: bool
    vi: str
    en: str
    sources: list[str]
    meanwhile: list[str]
    airings: list[str]


@dataclass(frozen=True)
class RelayLine:
    """What is noted of a relay, its sources and what stands in for them, and its airings that are not over."""

    row: RelayRow
    sources: tuple[str, ...]
    meanwhile: tuple[str, ...]
    airings: tuple[str, ...]


def source_draft_json(row: RelaySourceRow) -> SourceDraftJson:
    """A source that is not on the list yet."""
    return {
        "name": row.name,
        "kind": SourceKind(row.kind),
        "address": row.address,
        "probed": cast(ProbeJson | None, row.probed),
        "made_by": row.made_by,
        "made_us": row.made_us,
    }


def source_json(row: RelaySourceRow) -> SourceJson:
    """A source, and how it was when it was last looked at."""
    return {"id": row.id, **source_draft_json(row)}


def notes_json(notes: Notes) -> RelayNotesJson:
    """What was noted of a relay, beside its airing in the log."""
    return {"probes": notes.probes, "switches": notes.switches}


def relay_json(line: RelayLine, zone: str, now: Micros, sounding: str | None) -> RelayJson:
    """A relay: when, from where, and what happened. `sounding`: the name of the source that is heard now."""
    row, notes = line.row, notes_of(line.row)
    vi, en = notes.trouble(zone)
    return {
        "occurrence_id": row.occurrence_id,
        "programme_id": row.programme_id,
        "title": row.title,
        "start_us": row.start_us,
        "start": local_text(zone, row.start_us),
        "end_us": row.end_us,
        "end": local_text(zone, row.end_us),
        "on_air": row.start_us <= now < row.end_us and bool(line.airings),
        "sounding": sounding,
        "no_source": notes.no_source,
        "vi": vi,
        "en": en,
        "sources": list(line.sources),
        "meanwhile": list(line.meanwhile),
        "airings": list(line.airings),
        **notes_json(notes),
    }


async def read_relays(session: AsyncSession, station: StationId, now: Micros) -> list[RelayLine]:
    """The relays of the last day and those to come of which anything is known, by time."""
    near = RelayRow.start_us.between(now - SHOWN_BACK_US, now + SHOWN_AHEAD_US)
    query = select(RelayRow).where(RelayRow.station_id == station, near)
    rows = list(await session.scalars(query.order_by(RelayRow.start_us, RelayRow.occurrence_id)))
    programmes = {row.programme_id for row in rows}
    sources = await sources_of(session, programmes)
    meanwhile = await meanwhile_of(session, programmes)
    airings = await _open_airings(session, {row.occurrence_id for row in rows if row.end_us > now})
    return [
        RelayLine(
            row,
            tuple(one.name for one in sources.get(row.programme_id, ())),
            tuple(meanwhile[row.programme_id]),
            tuple(airings[row.occurrence_id]),
        )
        for row in rows
    ]


async def sources_of(session: AsyncSession, programmes: set[str]) -> dict[str, list[RelaySourceRow]]:
    """The sources of these programmes, in the order in which they are taken."""
    rows = await session.scalars(select(ProgrammeRow).where(ProgrammeRow.id.in_(list(programmes))))
    names = {row.id: row.relay["sources"] for row in rows if row.relay}
    wanted = {name for each in names.values() for name in each}
    query = select(RelaySourceRow).where(RelaySourceRow.id.in_(wanted))
    found = {row.id: row for row in await session.scalars(query)}
    return {programme: [found[one] for one in each if one in found] for programme, each in names.items()}


async def meanwhile_of(session: AsyncSession, programmes: set[str]) -> dict[str, list[str]]:
    """The titles of what is played on these programmes while none of their sources sounds."""
    query = (
        select(ProgrammeItemRow.programme_id, RecordingRow.title)
        .join(RecordingRow, RecordingRow.id == ProgrammeItemRow.recording_id)
        .where(ProgrammeItemRow.programme_id.in_(list(programmes)))
    )
    return _gathered(await session.execute(query.order_by(ProgrammeItemRow.programme_id, ProgrammeItemRow.position)))


async def _open_airings(session: AsyncSession, occurrences: set[str]) -> dict[str, list[str]]:
    query = select(AiringRow.occurrence_id, AiringRow.id).where(
        AiringRow.occurrence_id.in_(list(occurrences)),
        AiringRow.first_plan.is_not(None),
        AiringRow.withdrawn_plan.is_(None),
        AiringRow.state.not_in([end.value for end in ENDS]),
    )
    return _gathered(await session.execute(query.order_by(AiringRow.occurrence_id, AiringRow.id)))


def _gathered(pairs: Iterable[Row[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, one in pairs:
        found[name].append(one)
    return found
