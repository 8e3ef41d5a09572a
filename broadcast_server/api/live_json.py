"""What is said to whoever speaks live, one object a message; see live."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from broadcast_server.api.problems import ProblemMoreJson, RefusalMessageJson
from broadcast_server.live.speech import StandingJson
from broadcast_server.speaking import ComesInJson


class LiveOpenJson(StandingJson):
    """The floor is theirs."""

    type: Literal["open"]
    order: str


class HeardJson(ComesInJson):
    """How it comes in, and on how many of its `loudspeakers` it is `acknowledged`, and `playing` now."""

    loudspeakers: int
    acknowledged: int
    playing: int


class LiveStateJson(StandingJson, HeardJson):
    """How it fares, every second."""

    type: Literal["state"]


class LiveExtendedJson(TypedDict):
    """It may last so many `seconds` in all."""

    type: Literal["extended"]
    seconds: int


class LiveJoinedJson(TypedDict):
    """On a line beside the first."""

    type: Literal["joined"]
    order: str


class LiveClosedJson(StandingJson):
    """Why it is over, in a stable code and a sentence, and how it stood."""

    type: Literal["closed"]
    order: str
    ending: Literal["closed", "gone"]
    code: str
    vi: str
    en: str


class LiveRefusedJson(ProblemMoreJson):
    """Why not, before the server hangs up with 4000 + `status`."""

    type: Literal["refused"]
    status: int
    code: str
    vi: str
    en: str


LiveMessage = LiveOpenJson | LiveStateJson | LiveExtendedJson | LiveJoinedJson | LiveClosedJson | LiveRefusedJson
LiveSays = LiveMessage | RefusalMessageJson
