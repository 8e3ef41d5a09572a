"""A person's own voice: the phrases that are recorded once, and which texts they cover."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from audio_library.speech import Voice
from audio_library.speech.taking import LARGEST, Taken
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.library.intakes import RefusalJson
from broadcast_server.voicing import Kind

router = Router(prefix="/api/v1/voice", tags=["voice"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Librarian = Annotated[User, Depends(allow(Right.LIBRARY))]
WAV = "audio/wav"


class NewCoverage(BaseModel):
    """A text as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=20_000)


class PhraseJson(TypedDict):
    """A phrase: `words` in small letters, `ends`: said as at the end of a clause, where a voice goes down; `held`:
    there is a take of it. `key`: its words with hyphens, and `.end`. `kind` `own`: somebody added it to the list."""

    key: str
    words: str
    kind: Kind
    ends: bool
    held: bool


class PhrasesJson(TypedDict):
    """All phrases in the order in which they are recorded; `region`: whose accent they have."""

    region: Voice
    items: list[PhraseJson]


class TakenJson(TypedDict):
    """What a take is like: dBFS of the voice and of the room, how long it speaks, how high it is (null where no voice
    is heard). `faults`: reasons to record it again. `kept`: it is what the station says from now on. `usable`: it can
    be kept in spite of its faults."""

    kept: bool
    usable: bool
    level_db: float
    floor_db: float
    spoken_us: int
    pitch_hz: float | None
    faults: list[RefusalJson]


class CoverageJson(TypedDict):
    """Whether the takes say the text wholly, and what of it would still have to be recorded. `asked`: whether texts
    that name no voice are given to this one at all, by the order and the region of the station's voices."""

    covered: bool
    missing: list[str]
    asked: bool


@router.get("/phrases")
async def list_phrases(_user: Viewer, station: StationDep) -> PhrasesJson:
    """What is to be recorded, and what has been."""
    items: list[PhraseJson] = [
        {
            "key": one.phrase.key,
            "words": one.phrase.words,
            "kind": one.kind,
            "ends": one.phrase.ends,
            "held": one.held,
        }
        for one in await station.voicing.all()
    ]
    return {"region": station.voicing.region, "items": items}


@router.put("/phrases/{key}", max_body_size=LARGEST)
async def put_take(key: str, request: Request, user: Librarian, station: StationDep, anyway: bool = False) -> TakenJson:
    """Send what was recorded of this phrase as the raw body, of 2 MB at most. It is kept if it has no faults, or
    `anyway`; any words may be recorded, those of the list or others that texts need."""
    return taken_json(await station.voicing.take(key, await request.body(), anyway, user.name))


@router.delete("/phrases/{key}", status_code=204)
async def remove_take(key: str, user: Librarian, station: StationDep) -> None:
    """Take it out: what needs this phrase is said by another voice."""
    await station.voicing.forget(key, user.name)


@router.get("/phrases/{key}/sound")
async def hear_take(key: str, _user: Viewer, station: StationDep) -> Annotated[FileResponse, WAV]:
    """The take as it was recorded, WAV."""
    return FileResponse(await station.voicing.sound(key), media_type=WAV, headers={"Cache-Control": "no-store"})


@router.post("/coverage")
async def show_coverage(new: NewCoverage, _user: Viewer, station: StationDep) -> CoverageJson:
    """Whether a text would be said in this voice; nothing is kept."""
    missing = await station.voicing.missing(new.text)
    return {"covered": not missing, "missing": missing, "asked": station.voicing.is_asked()}


def taken_json(taken: Taken) -> TakenJson:
    """What became of what was recorded."""
    found = taken.examined
    return {
        "kept": taken.kept,
        "usable": found.usable,
        "level_db": round(found.level_db, 1),
        "floor_db": round(found.floor_db, 1),
        "spoken_us": found.spoken_us,
        "pitch_hz": found.pitch_hz,
        "faults": [{"code": one.code, "vi": one.vi, "en": one.en} for one in found.faults],
    }
