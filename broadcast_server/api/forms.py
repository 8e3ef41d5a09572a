"""Notices with blanks: what every commune says now and then, to be filled in and then announced as any text."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from audio_library.speech.blanks import Kind
from audio_library.speech.notices import NOTICES, Notice, fill
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import ItemsJson, Router
from broadcast_server.local_time import local
from broadcast_server.problem import not_found

router = Router(prefix="/api/v1/forms", tags=["reading"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]


class Filling(BaseModel):
    """What stands in each blank, by its name, as somebody types it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    values: dict[str, Annotated[str, Field(max_length=20_000)]] = Field(max_length=30)


class BlankJson(TypedDict):
    """A blank: of which kind, and what it is called."""

    name: str
    kind: Kind
    vi: str
    en: str


class FormJson(TypedDict):
    """A notice: `{name}` in its text is a blank."""

    name: str
    vi: str
    en: str
    text: str
    blanks: list[BlankJson]


class BlankMisfitJson(TypedDict):
    """What does not fit in a blank, and why."""

    name: str
    code: str
    vi: str
    en: str


class FilledJson(TypedDict):
    """The finished text, to be announced; null while anything does not fit."""

    text: str | None
    misfits: list[BlankMisfitJson]


@router.get("")
async def list_forms(_user: Viewer) -> ItemsJson[FormJson]:
    """All of them."""
    return {"items": [_form_json(one) for one in NOTICES.values()]}


@router.post("/{notice}")
async def fill_form(notice: str, filling: Filling, _user: Announcer, station: StationDep) -> FilledJson:
    """The text with its blanks filled in: days with their weekdays, times and numbers made even. Nothing is kept."""
    found = NOTICES.get(notice)
    if found is None:
        raise not_found("mẫu thông báo này", "notice")
    text, misfits = fill(found, filling.values, local(station.zone, station.clock.now_us()).date())
    told: list[BlankMisfitJson] = [
        {"name": name, "code": one.code, "vi": one.vi, "en": one.en} for name, one in misfits.items()
    ]
    return {"text": text, "misfits": told}


def _form_json(notice: Notice) -> FormJson:
    return {
        "name": notice.name,
        "vi": notice.vi,
        "en": notice.en,
        "text": notice.text,
        "blanks": [{"name": one.name, "kind": one.kind, "vi": one.vi, "en": one.en} for one in notice.blanks],
    }
