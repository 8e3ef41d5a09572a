"""The station's own dictionary: names, places and abbreviations, and how they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import TABLE, Router
from broadcast_server.lexicon_table import LARGEST, read_table, table_of
from broadcast_server.people.naming import full_names
from broadcast_server.station import Station
from broadcast_server.store.lexicon import LexiconRow

router = Router(prefix="/api/v1/lexicon", tags=["reading"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]
Side = Annotated[str, Field(max_length=20_000)]
FILE = "tu-dien-doc.csv"


class NewEntry(BaseModel):
    """What is `written`, and how it is `said`: in words, numbers are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    written: Side
    said: Side


class EntryChange(BaseModel):
    """What to change of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    written: Side | None = None
    said: Side | None = None


class SaidJson(TypedDict):
    """What is built in."""

    written: str
    said: str


class LexiconEntryJson(SaidJson):
    """An entry of the station; `by`: the full name of whoever made it last."""

    id: str
    made_by: str
    by: str
    made_us: int


class LexiconJson(TypedDict):
    """The station's entries, and what is built in and is read so where the station says nothing."""

    items: list[LexiconEntryJson]
    built_in: list[SaidJson]


class RemovedLexiconEntryJson(LexiconEntryJson):
    """An entry that was taken out."""

    deleted: bool


class TakenInJson(TypedDict):
    """How many entries of a table were new, said something else before, and were as they are."""

    added: int
    changed: int
    same: int


@router.get("")
async def list_entries(_user: Viewer, station: StationDep) -> LexiconJson:
    """All entries by what is written."""
    built_in: list[SaidJson] = [{"written": one, "said": said} for one, said in station.pronouncing.built_in.items()]
    return {"items": await _entries_json(station, await station.pronouncing.all()), "built_in": built_in}


@router.post("", status_code=201, responses={200: {}})
async def add_entry(new: NewEntry, user: Announcer, station: StationDep, response: Response) -> LexiconEntryJson:
    """Read it so from now on, in every text; an entry that was there is changed, and answered with 200. It is also
    known in capitals, with its tone marks on either letter, and before what is built in."""
    row, is_new = await station.pronouncing.learn(new.written, new.said, user.name)
    if not is_new:
        response.status_code = 200
    return await _entry_json(station, row)


@router.get("/table")
async def export_entries(_user: Viewer, station: StationDep) -> Annotated[Response, TABLE]:
    """The station's entries as CSV that Excel opens: what is written, what is said."""
    text = table_of((row.written, row.said) for row in await station.pronouncing.all())
    headers = {"Content-Disposition": f'attachment; filename="{FILE}"', "Cache-Control": "no-store"}
    return Response(text, media_type=TABLE, headers=headers)


@router.post("/table", max_body_size=LARGEST)
async def import_entries(request: Request, user: Announcer, station: StationDep) -> TakenInJson:
    """Take in a table as it was exported, sent as the raw body: all of it or nothing. What is not in it stays."""
    table = await asyncio.to_thread(read_table, await request.body())
    taken = await station.pronouncing.take_in(table, user.name)
    return {"added": taken.added, "changed": taken.changed, "same": taken.same}


@router.patch("/{entry_id}")
async def edit_entry(entry_id: str, change: EntryChange, user: Announcer, station: StationDep) -> LexiconEntryJson:
    """Change what is named."""
    return await _entry_json(station, await station.pronouncing.edit(entry_id, change.written, change.said, user.name))


@router.delete("/{entry_id}")
async def remove_entry(entry_id: str, user: Announcer, station: StationDep) -> RemovedLexiconEntryJson:
    """Take it out; what is built in holds again."""
    return {**await _entry_json(station, await station.pronouncing.forget(entry_id, user.name)), "deleted": True}


async def _entry_json(station: Station, row: LexiconRow) -> LexiconEntryJson:
    (entry,) = await _entries_json(station, [row])
    return entry


async def _entries_json(station: Station, rows: Sequence[LexiconRow]) -> list[LexiconEntryJson]:
    async with station.database.reading() as session:
        people = await full_names(session, station.station_id, {row.made_by for row in rows})
    return [
        {
            "id": row.id,
            "written": row.written,
            "said": row.said,
            "made_by": row.made_by,
            "by": people.get(row.made_by, row.made_by),
            "made_us": row.made_us,
        }
        for row in rows
    ]
