"""Notices of which a person says all but the blanks: their parts are recorded one by one, and then chosen or not."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from audio_library.speech.taking import LARGEST
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import SOUND, Router
from broadcast_server.api.voice import WAV, TakenJson, taken_json
from broadcast_server.reciting import Recital

router = Router(prefix="/api/v1/forms/{notice}/recital", tags=["voice"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Librarian = Annotated[User, Depends(allow(Right.LIBRARY))]


class NewChoice(BaseModel):
    """Whether the notice is to be heard with what was recorded of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    chosen: bool


class RecitalPartJson(TypedDict):
    """A part of a notice: its `text`, what is filled in `before` and `after` it within the sentence, in Vietnamese and
    empty where nothing is; `held`: there is a take of it."""

    number: int
    text: str
    before: str
    after: str
    held: bool


class RecitalJson(TypedDict):
    """The parts of a notice in their order. `complete`: there is a take of each. `chosen`: while it is complete, a
    person is heard in this notice, and a machine in its blanks alone."""

    complete: bool
    chosen: bool
    items: list[RecitalPartJson]


@router.get("")
async def show_recital(notice: str, _user: Viewer, station: StationDep) -> RecitalJson:
    """What is to be recorded, and what has been."""
    return _recital_json(await station.reciting.show(notice))


@router.put("")
async def choose_recital(notice: str, new: NewChoice, user: Librarian, station: StationDep) -> RecitalJson:
    """Have it recited from now on, or read by a machine as before. What is spoken already stays as it is."""
    return _recital_json(await station.reciting.choose(notice, new.chosen, user.name))


@router.get("/sample")
async def hear_recital(notice: str, _user: Librarian, station: StationDep) -> Annotated[Response, SOUND]:
    """How the notice would be heard, filled in with something; chosen or not. `X-Voice` names who is heard."""
    made = await station.reciting.sample(notice)
    return Response(made.sound, media_type=SOUND, headers={"Cache-Control": "no-store", "X-Voice": made.engine})


@router.put("/parts/{number}", max_body_size=LARGEST)
async def put_part(
    notice: str, number: int, request: Request, user: Librarian, station: StationDep, anyway: bool = False
) -> TakenJson:
    """Send what was recorded of this part as the raw body, of 2 MB at most. It is kept if it has no faults, or
    `anyway`."""
    return taken_json(await station.reciting.take(notice, number, await request.body(), anyway, user.name))


@router.delete("/parts/{number}", status_code=204)
async def remove_part(notice: str, number: int, user: Librarian, station: StationDep) -> None:
    """Take it out: a machine reads the whole notice, until reciting it is chosen anew."""
    await station.reciting.forget(notice, number, user.name)


@router.get("/parts/{number}/sound")
async def hear_part(notice: str, number: int, _user: Viewer, station: StationDep) -> Annotated[FileResponse, WAV]:
    """The take as it was recorded, WAV."""
    place = await station.reciting.sound(notice, number)
    return FileResponse(place, media_type=WAV, headers={"Cache-Control": "no-store"})


def _recital_json(recital: Recital) -> RecitalJson:
    return {
        "complete": all(held for _, held in recital.parts),
        "chosen": recital.chosen,
        "items": [
            {"number": one.number, "text": one.text, "before": one.before, "after": one.after, "held": held}
            for one, held in recital.parts
        ],
    }
