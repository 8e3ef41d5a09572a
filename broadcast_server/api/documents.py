"""A notice as it was written, from a file or pasted, in the parts that are read and those that are not."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from audio_library.extraction.extract import LARGEST
from audio_library.refusal import MAX_DOCUMENT, MAX_TEXT
from audio_library.speech.documents import LONGEST_S, READ, Kind
from audio_library.speech.port import Voice
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.document_view import DocumentJson, Wish

router = Router(prefix="/api/v1/documents", tags=["documents"])
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]
SHORTEST_S, SESSION_S = 10, 7_200
FEWEST = 200

LongestS = Annotated[int, Query(ge=SHORTEST_S, le=SESSION_S)]
MostCharacters = Annotated[int, Query(ge=FEWEST, le=MAX_DOCUMENT)]


class NewDocument(BaseModel):
    """A text that was pasted, and what is to be read of it: which kinds of parts, in bulletins of so many seconds and
    characters at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=MAX_DOCUMENT)
    read: list[Kind] = Field(default=sorted(READ), max_length=50)
    longest_s: int = Field(default=int(LONGEST_S), ge=SHORTEST_S, le=SESSION_S)
    most_characters: int = Field(default=MAX_TEXT, ge=FEWEST, le=MAX_DOCUMENT)
    voice: Voice | None = None
    """Who is to say it; the station's own if none is named."""


@router.post("", max_body_size=LARGEST)
async def open_document(
    request: Request,
    _user: Announcer,
    station: StationDep,
    read: Annotated[list[Kind] | None, Query(max_length=50)] = None,
    longest_s: LongestS = int(LONGEST_S),
    most_characters: MostCharacters = MAX_TEXT,
    voice: Voice | None = None,
) -> DocumentJson:
    """Send a .docx, .pdf or .txt file as the raw body, of 10 MB at most. Nothing of it is kept.

    By default title and body are `read`, in bulletins that one announcement takes, and 10 minutes at most."""
    by, reader = voice or station.pronouncing.voice(), station.pronouncing.reader()
    wish = Wish(READ if read is None else read, longest_s, most_characters, by, reader)
    return await station.dissecting.file(await request.body(), wish)


@router.post("/text")
async def dissect_text(new: NewDocument, _user: Announcer, station: StationDep) -> DocumentJson:
    """The same of a text; `given` of an earlier answer does as well, with another wish."""
    by, reader = new.voice or station.pronouncing.voice(), station.pronouncing.reader()
    wish = Wish(new.read, new.longest_s, new.most_characters, by, reader)
    return await station.dissecting.text(new.text, wish)
