"""Announcements: a text to be spoken, or a recording, put on air soon or at a given moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends, Response
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from audio_library.speech.port import OWN_PACE, Manner, Pace, Voice
from broadcast_server.announcing import COUNTDOWN_US, LATEST_US, Announced, AnnouncementState
from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.clash_json import ClashesJson, clashes_json
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.formulae import Worded, called
from broadcast_server.api.reading import SaidAs, pairs_of
from broadcast_server.api.router import SOUND, Router
from broadcast_server.library.intakes import RefusalJson
from broadcast_server.library.reception import LONGEST_TITLE
from broadcast_server.problem import Problem
from broadcast_server.rehearsing import Rehearsal, Wish
from broadcast_server.station import Station
from speaker_client.protocol.ids import DAY, ClusterId, LoudspeakerNumber

router = Router(prefix="/api/v1/announcements", tags=["announcements"])
Announcer = Annotated[User, Depends(allow(Right.ANNOUNCE))]
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
FARTHEST_US = 366 * DAY
TEXT_TIMES = 2


class NewAnnouncement(Worded):
    """Either `text` or `recording` (an id); where; when in microseconds UTC, or as soon as is safe.

    `dry_run`: only say what would become of it; nothing is spoken or planned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str | None = Field(default=None, max_length=20_000)
    recording: str | None = Field(default=None, max_length=80)
    title: str = Field(default="", max_length=LONGEST_TITLE)
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    at_us: int | None = Field(default=None, ge=0, lt=1 << 52)
    times: int | None = Field(default=None, ge=1, le=5)
    """How often it is said; unless told a text twice, a recording once. Either between a chime and a closing bell."""
    voice: Voice | None = None
    """The station's own if none is named."""
    pace: Pace = OWN_PACE
    """Of the voice, in hundredths of its own."""
    said_as: SaidAs = None
    key: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    """What is sent again with the same key is the same announcement, and this is its id."""
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> NewAnnouncement:
        if (self.text is None) == (self.recording is None):
            raise ValueError("either text or recording")
        if self.recording is not None and (self.opening or self.closing):
            raise ValueError("opening and closing go with a text")
        return self

    def how_often(self) -> int:
        """As told, or as is usual."""
        return self.times or (TEXT_TIMES if self.recording is None else 1)


class NewPreview(Worded):
    """A text, and how it is to be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(max_length=20_000)
    voice: Voice | None = None
    pace: Pace = OWN_PACE
    said_as: SaidAs = None


class AnnouncementJson(ClashesJson):
    """How an announcement stands: planned once it has a `programme_id` and a `start_us`."""

    id: str
    state: AnnouncementState
    title: str
    programme_id: str | None
    start_us: int | None
    recording_id: str | None
    refusal: RefusalJson | None


class AnnouncedJson(AnnouncementJson):
    """An announcement that was just made: it can be called off for at least `countdown_us`."""

    countdown_us: int


class ReachedJson(TypedDict):
    """The loudspeakers of a cluster that would be reached, by number."""

    id: str
    loudspeakers: list[int]


class RehearsalJson(ClashesJson):
    """What would become of it: it would begin at about `start_us`; of a text `duration_us` is estimated."""

    dry_run: Literal[True]
    title: str
    start_us: int
    duration_us: int
    clusters: list[ReachedJson]


@router.post("", status_code=202, responses={200: {}, 201: {}})
async def announce(
    new: NewAnnouncement, user: Announcer, station: StationDep, response: Response
) -> AnnouncedJson | RehearsalJson:
    """Put it on air. A text is answered with 202 and planned once its sound is finished; a recording with 201.

    Until it is on air it can be cancelled by its `id`; what is put on air now, for at least `countdown_us`.
    """
    _check_moment(new.at_us, station.clock.now_us())
    text = None if new.text is None else new.given(new.text)
    title = new.title if new.text is None else called(new.title, new.text)
    if new.dry_run:
        response.status_code = 200
        wish = Wish(text, new.recording, title, new.targets, new.at_us, new.how_often(), _manner(new, station))
        return _rehearsed(await station.rehearsing.rehearse(wish, station.reception), station.zone)
    if new.recording is not None:
        response.status_code = 201
        made = await station.announcing.announce_recording(
            new.recording, new.title, new.targets, new.at_us, user.name, new.key, new.how_often()
        )
    else:
        made = await station.announcing.announce_text(
            station.reception, text or "", title, new.targets, new.at_us, new.how_often(), user.name,
            _manner(new, station), new.key,
        )  # fmt: skip
    return {**_shown(made, station.zone), "countdown_us": COUNTDOWN_US if new.at_us is None else 0}


@router.post("/preview")
async def preview(new: NewPreview, _user: Announcer, station: StationDep) -> Annotated[Response, SOUND]:
    """Hear how a text would be said, once and without chimes, Ogg Opus; nothing of it is kept or put on air. The header
    `X-Voice` names the engine that spoke."""
    text = station.reception.check_text(new.given(new.text))
    made = await station.previewing.speak(text, _manner(new, station))
    return Response(made.sound, media_type=SOUND, headers={"Cache-Control": "no-store", "X-Voice": made.engine})


@router.delete("/{announcement_id}")
async def cancel(announcement_id: str, user: Announcer, station: StationDep) -> AnnouncementJson:
    """Call it off before it is on air: it is withdrawn from every box's plan. Afterwards only stop helps."""
    return _shown(await station.recalling.recall(announcement_id, user.name), station.zone)


@router.get("/{announcement_id}")
async def follow(announcement_id: str, _user: Viewer, station: StationDep) -> AnnouncementJson:
    """How it stands; planned, with its `conflicts`, once it has a `programme_id` and a `start_us`."""
    return _shown(await station.announcing.follow(announcement_id), station.zone)


def _manner(new: NewAnnouncement | NewPreview, station: Station) -> Manner:
    return Manner(new.voice or station.pronouncing.voice(), new.pace, pairs_of(new.said_as))


def _shown(one: Announced, zone: str) -> AnnouncementJson:
    return {
        "id": one.id,
        "state": one.state,
        "title": one.title,
        "programme_id": one.programme_id,
        "start_us": one.start_us,
        "recording_id": one.recording_id,
        "refusal": one.refusal,
        **clashes_json(one.clashes, zone),
    }


def _rehearsed(one: Rehearsal, zone: str) -> RehearsalJson:
    return {
        "dry_run": True,
        "title": one.title,
        "start_us": one.start_us,
        "duration_us": one.duration_us,
        "clusters": [_reached(cluster, numbers) for cluster, numbers in one.reach.items()],
        **clashes_json(one.clashes, zone),
    }


def _reached(cluster: ClusterId, numbers: Sequence[LoudspeakerNumber]) -> ReachedJson:
    return {"id": cluster, "loudspeakers": list(numbers)}


def _check_moment(at_us: int | None, now_us: int) -> None:
    if at_us is not None and not now_us - LATEST_US <= at_us <= now_us + FARTHEST_US:
        vi, en = "Giờ phát đã qua hoặc quá xa.", "This moment has passed or is too far away."
        raise Problem(422, "moment_out_of_range", vi, en)
