"""How a text will be read aloud, with what each part of it was taken for, and in whose voice."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from audio_library.speech.important import proposed
from audio_library.speech.port import OWN_PACE, Pace, Voice
from audio_library.speech.reading import Region
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.formulae import Worded
from broadcast_server.api.router import Router
from broadcast_server.pronouncing import Accent, Pairs, checked
from broadcast_server.reading_view import ReadingJson, reading_json

router = Router(prefix="/api/v1/reading", tags=["reading"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]
Officer = Annotated[User, Depends(allow(Right.SCHEDULE))]


class Otherwise(BaseModel):
    """What is `written` in a text is `said` so in it, and in no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    written: str = Field(max_length=20_000)
    said: str = Field(max_length=20_000)


SaidAs = Annotated[tuple[Otherwise, ...] | None, Field(max_length=50)]


class NewReading(Worded):
    """A text, the voice that is to say it (the station's own if none is named) and how fast, and what of it is said
    otherwise than the dictionary has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=20_000)
    voice: Voice | None = None
    pace: Pace = OWN_PACE
    said_as: SaidAs = None


class ProposingJson(ReadingJson):
    """The same, with the sentences of the text, as they stand in it, that may be worth marking with `!`: they tell a
    day, an hour and a place. `given` is the text with all that is said beside it."""

    important: list[str]


class NewVoice(BaseModel):
    """Whose accent, and whose number words: `north` (nghìn, linh), `south` (ngàn, lẻ), null for those of the voice."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    voice: Voice
    numbers: Region | None = None


class VoiceJson(TypedDict):
    """The station's voice, and its number words if they are not those of the voice."""

    voice: Voice
    numbers: Region | None


@router.post("")
async def show_reading(new: NewReading, _user: Announcer, station: StationDep) -> ProposingJson:
    """What the voice would say, and which parts of the text it was made from; nothing is kept. Spans with a `doubt` are
    worth a look before the text goes on air."""
    reader = station.pronouncing.reader(pairs_of(new.said_as))
    voice = new.voice or station.pronouncing.voice()

    def read() -> ProposingJson:
        reading = reading_json(reader(new.given(new.text), voice), voice, new.pace)
        return {**reading, "important": proposed(new.text, lambda one: reader(one, voice).text)}

    return await asyncio.to_thread(read)


@router.get("/voice")
async def show_voice(_user: Viewer, station: StationDep) -> VoiceJson:
    """Who says what names no other voice, an emergency's text too."""
    return _voice_json(station.pronouncing.accent)


@router.put("/voice")
async def set_voice(new: NewVoice, user: Officer, station: StationDep) -> VoiceJson:
    """Set it, for every text that is spoken from now on; what was spoken before stays as it is, but for the emergency
    templates, which are made anew."""
    return _voice_json(await station.pronouncing.speak_as(new.voice, new.numbers, user.name))


def pairs_of(said_as: tuple[Otherwise, ...] | None) -> Pairs:
    """As entries of a dictionary. Problem 422."""
    return checked((one.written, one.said) for one in said_as or ())


def _voice_json(accent: Accent) -> VoiceJson:
    return {"voice": accent.voice, "numbers": accent.numbers}
