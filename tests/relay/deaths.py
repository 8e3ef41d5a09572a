"""The ways in which a source fails, and what comes of one: for the tests and for the bench."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from broadcast_server.relay.reason import Reason, Switch
from broadcast_server.relay.source import Source, SourceKind
from tests.relay.ear import Ear
from tests.relay.icecast import Icecast
from tests.relay.studio import HERE, Mood, Studio, Tapes

WITHIN_S = 10.0
LOADED_S = 3.0
"""What a machine with much else to do may add."""


@dataclass(frozen=True)
class Death:
    """A source that fails: while it is on air, or from the beginning."""

    mood: Mood
    reason: Reason
    kind: SourceKind = SourceKind.HTTP
    at_first: bool = False
    elsewhere: str = ""
    rebound: bool = False
    """Its name means a private address from then on."""

    @property
    def name(self) -> str:
        """For people."""
        what = "rebound" if self.rebound else f"{self.mood} {self.elsewhere}".strip()
        return f"{self.kind}: {what}{', from the beginning' if self.at_first else ''}"


DEATHS = [
    Death(Mood.END, Reason.DEAD),
    Death(Mood.RESET, Reason.DEAD),
    Death(Mood.SILENT, Reason.SILENT),
    Death(Mood.STALL, Reason.STALLED),
    Death(Mood.STALL, Reason.STALLED, at_first=True),
    Death(Mood.TRICKLE, Reason.STALLED, at_first=True),
    Death(Mood.HTML, Reason.NOT_AUDIO, at_first=True),
    Death(Mood.HTML_AS_SOUND, Reason.NOT_AUDIO, at_first=True),
    Death(Mood.GARBAGE, Reason.NOT_AUDIO, at_first=True),
    Death(Mood.EMPTY, Reason.DEAD, at_first=True),
    Death(Mood.MISSING, Reason.HTTP_ERROR, at_first=True),
    Death(Mood.BUSY, Reason.HTTP_ERROR, at_first=True),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, at_first=True, elsewhere="http://10.0.0.1/x"),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, at_first=True, elsewhere="http://169.254.169.254/latest"),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, at_first=True, elsewhere="file:///etc/passwd"),
    Death(Mood.REDIRECT, Reason.HTTP_ERROR, at_first=True, elsewhere="/first"),
    Death(Mood.SILENT, Reason.STALLED, SourceKind.HLS),
    Death(Mood.STALL, Reason.STALLED, SourceKind.HLS),
    Death(Mood.MISSING, Reason.HTTP_ERROR, SourceKind.HLS),
    Death(Mood.HTML, Reason.NOT_AUDIO, SourceKind.HLS),
    Death(Mood.HTML, Reason.NOT_AUDIO, SourceKind.HLS, at_first=True),
    Death(Mood.REDIRECT, Reason.REFUSED_ADDRESS, SourceKind.HLS, elsewhere="http://192.168.0.1/x"),
    Death(Mood.PLAY, Reason.REFUSED_ADDRESS, at_first=True, rebound=True),
    Death(Mood.PLAY, Reason.REFUSED_ADDRESS, SourceKind.HLS, rebound=True),
]


@dataclass(frozen=True)
class Loss:
    """A real Icecast that dies."""

    name: str
    reason: Reason
    kill: Callable[[Icecast], None]


LOSSES = [
    Loss("icecast: server killed", Reason.DEAD, Icecast.kill_server),
    Loss("icecast: source client killed", Reason.DEAD, Icecast.kill_player),
    Loss("icecast: source client frozen", Reason.STALLED, Icecast.freeze_player),
]


@dataclass
class Outcome:
    """Seconds from the failure until the first source was left and until the next was heard; how it was left."""

    name: str
    expected: Reason
    noticed_s: float
    fallback_s: float
    left: Switch

    @property
    def explained(self) -> bool:
        """Whether the log says what happened, to which source, and what comes now, in both languages."""
        named = all("“first”" in text and "“second”" in text for text in (self.left.vi, self.left.en))
        return named and self.left.reason is self.expected


class Names:
    """A resolver that can be made to lie."""

    def __init__(self) -> None:
        self.address = "127.0.0.1"

    async def __call__(self, host: str) -> Sequence[str]:
        return ["127.0.0.1" if host == "second.example" else self.address]


async def suffered(death: Death, tapes: Tapes) -> Outcome:
    """One death, from a healthy start or not, until the second source is heard."""
    names = Names()
    guard = replace(HERE, hosts=("first.example", "second.example"), resolver=names)

    def die() -> None:
        studio.moods["first"] = death.mood
        names.address = "10.0.0.1" if death.rebound else "127.0.0.1"

    async with Studio(tapes) as studio:
        studio.elsewhere = death.elsewhere
        if death.at_first:
            die()
        sources = [studio.source("first", death.kind, "first.example"), studio.source("second", host="second.example")]
        async with Ear.to(sources, guard) as ear:
            failed_s, failed_us = time.monotonic(), time.time_ns() // 1000
            if not death.at_first:
                await ear.hears("first")
                await asyncio.sleep(1.5)
                failed_s, failed_us = time.monotonic(), time.time_ns() // 1000
                die()
            heard_s = await ear.hears("second", 30)
    left = ear.switches[1]
    return Outcome(death.name, death.reason, (left.at_us - failed_us) / 1e6, heard_s - failed_s, left)


async def lost(loss: Loss, tapes: Tapes, folder: Path) -> Outcome:
    """One Icecast that dies while it is heard, until the second source is."""
    icecast = await asyncio.to_thread(Icecast, folder / loss.name.replace(" ", "-").replace(":", ""))
    try:
        async with Studio(tapes) as studio:
            first = Source("first", "first", SourceKind.HTTP, icecast.url)
            async with Ear.to([first, studio.source("second")]) as ear:
                await ear.hears("first")
                await asyncio.sleep(1)
                killed_s, killed_us = time.monotonic(), time.time_ns() // 1000
                loss.kill(icecast)
                heard_s = await ear.hears("second")
    finally:
        await asyncio.to_thread(icecast.end)
    left = ear.switches[1]
    return Outcome(loss.name, loss.reason, (left.at_us - killed_us) / 1e6, heard_s - killed_s, left)
