"""Announcements: a text to be spoken, or a recording, put on air soon or at a given moment."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from broadcast_server.announcing import COUNTDOWN_US, LATEST_US, Announced
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.library.reception import LONGEST_TITLE
from broadcast_server.problem import Problem
from broadcast_server.rehearsing import Rehearsal, Wish
from speaker_client.protocol.ids import DAY

router = APIRouter(prefix="/api/v1/announcements", tags=["announcements"])
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
FARTHEST_US = 366 * DAY


class NewAnnouncement(BaseModel):
    """Either `text` or `recording` (an id); where; when in microseconds UTC, or as soon as is safe.

    `dry_run`: only say what would become of it; nothing is spoken or planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str | None = Field(default=None, max_length=20_000)
    recording: str | None = Field(default=None, max_length=80)
    title: str = Field(default="", max_length=LONGEST_TITLE)
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    at_us: int | None = Field(default=None, ge=0, lt=1 << 52)
    times: int = Field(default=2, ge=1, le=5)
    """How often a text is said."""
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> NewAnnouncement:
        if (self.text is None) == (self.recording is None):
            raise ValueError("either text or recording")
        return self


@router.post("", status_code=202)
async def announce(new: NewAnnouncement, user: Announcer, station: StationDep, response: Response) -> dict[str, Any]:
    """Put it on air. A text is answered with 202 and planned once its sound is finished; a recording with 201.

    Until it is on air it can be cancelled by its `id`; what is put on air now, for at least `countdown_us`.
    """
    _check_moment(new.at_us, station.clock.now_us())
    if new.dry_run:
        response.status_code = 200
        wish = Wish(new.text, new.recording, new.title, new.targets, new.at_us, new.times)
        return _rehearsed(await station.rehearsing.rehearse(wish, station.reception), station.zone)
    if new.recording is not None:
        response.status_code = 201
        made = await station.announcing.announce_recording(new.recording, new.title, new.targets, new.at_us, user.name)
    else:
        made = await station.announcing.announce_text(
            station.reception, new.text or "", new.title, new.targets, new.at_us, new.times, user.name
        )
    return _shown(made, station.zone) | {"countdown_us": COUNTDOWN_US if new.at_us is None else 0}


@router.delete("/{announcement_id}")
async def cancel(announcement_id: str, user: Announcer, station: StationDep) -> dict[str, Any]:
    """Call it off before it is on air: it is withdrawn from every box's plan. Afterwards only stop helps."""
    return _shown(await station.recalling.recall(announcement_id, user.name), station.zone)


@router.get("/{announcement_id}")
async def follow(announcement_id: str, _user: Viewer, station: StationDep) -> dict[str, Any]:
    """How it stands; planned, with its `conflicts`, once it has a `programme_id` and a `start_us`."""
    return _shown(await station.announcing.follow(announcement_id), station.zone)


def _shown(one: Announced, zone: str) -> dict[str, Any]:
    names = ("id", "state", "title", "programme_id", "start_us", "recording_id", "refusal")
    return {name: getattr(one, name) for name in names} | clashes_json(one.clashes, zone)


def _rehearsed(one: Rehearsal, zone: str) -> dict[str, Any]:
    return {
        "dry_run": True,
        "title": one.title,
        "start_us": one.start_us,
        "duration_us": one.duration_us,
        "clusters": [{"id": cluster, "loudspeakers": list(numbers)} for cluster, numbers in one.reach.items()],
        **clashes_json(one.clashes, zone),
    }


def _check_moment(at_us: int | None, now_us: int) -> None:
    if at_us is not None and not now_us - LATEST_US <= at_us <= now_us + FARTHEST_US:
        vi, en = "Giờ phát đã qua hoặc quá xa.", "This moment has passed or is too far away."
        raise Problem(422, "moment_out_of_range", vi, en)
