"""How a text will be read aloud, with what each part of it was taken for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from audio_library.speech.port import Voice
from audio_library.speech.reading import read
from audio_library.speech.regions import region_of
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.router import Router
from broadcast_server.reading_view import ReadingJson, reading_json

router = Router(prefix="/api/v1/reading", tags=["reading"])
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]


class NewReading(BaseModel):
    """A text, and the voice that is to say it: the south has its own number words."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=20_000)
    voice: Voice = "vi"


@router.post("")
async def show_reading(new: NewReading, _user: Announcer) -> ReadingJson:
    """What the voice would say, and which parts of the text it was made from; nothing is kept. Spans with a `doubt` are
    worth a look before the text goes on air."""
    return reading_json(read(new.text, region=region_of(new.voice)))
