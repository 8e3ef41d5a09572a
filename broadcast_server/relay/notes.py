"""What the station noted of relays: which sources were fit before air, which were heard, and why they were left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.local_time import local
from broadcast_server.relay.reason import Reason, Switch
from broadcast_server.schedule.relayed import Relayed
from broadcast_server.store.relays import RelayRow
from speaker_client.protocol.ids import StationId

FIRST_KEPT, MOST_KEPT = 50, 200
"""Of the switches of a relay that finds no source for hours the first and the newest are kept."""
MOST_TOLD = 3
"""Troubles told in the log's sentence; all of them are with the airing."""
_NO_TROUBLE = frozenset({Reason.STARTED, Reason.AGAIN, Reason.RETURNED})


WhyUnfit = Reason | Literal["input_not_allowed"]
"""Why a source is not fit, or there is none."""


class ProbeJson(TypedDict):
    """A look at a source by its id and name: whether it is fit, why not, and how loud it was (dBFS, root mean
    square)."""

    source: str
    name: str
    ok: bool
    reason: WhyUnfit | None
    vi: str
    en: str
    level_db: float | None
    at_us: int


class SwitchJson(TypedDict):
    """A change from a source to another, by their names; null is silence."""

    at_us: int
    reason: Reason
    old: str | None
    new: str | None
    vi: str
    en: str


@dataclass(frozen=True)
class Notes:
    """What was noted of one relayed occurrence; see RelayRow."""

    probes: tuple[ProbeJson, ...]
    switches: tuple[SwitchJson, ...]

    def newest_probes(self) -> list[ProbeJson]:
        """The last look at each source."""
        return list({one["source"]: one for one in self.probes}.values())

    @property
    def no_source(self) -> bool:
        """Whether none of its sources was fit when they were last looked at."""
        newest = self.newest_probes()
        return bool(newest) and not any(one["ok"] for one in newest)

    @property
    def troubled(self) -> bool:
        """Whether a source failed while it was on air, or none could be begun with."""
        return any(one["reason"] not in _NO_TROUBLE for one in self.switches)

    def trouble(self, zone: str) -> tuple[str, str]:
        """Its last troubles in a sentence each, by the clocks of the zone: those on air, and before it those that its
        sources have; empty if there was none."""
        bad: Sequence[ProbeJson | SwitchJson] = [one for one in self.switches if one["reason"] not in _NO_TROUBLE]
        if not self.switches:
            bad = [one for one in self.newest_probes() if not one["ok"]]
        told = [(f"{local(zone, one['at_us']):%H:%M:%S}", one) for one in bad[-MOST_TOLD:]]
        return " ".join(f"{at} {one['vi']}" for at, one in told), " ".join(f"{at} {one['en']}" for at, one in told)


async def relay_row(session: AsyncSession, station: StationId, relayed: Relayed) -> RelayRow:
    """The row of a relayed occurrence, new if there is none."""
    row = await session.get(RelayRow, relayed.occurrence)
    if row is None:
        row = RelayRow(occurrence_id=relayed.occurrence, station_id=station, probes=[], switches=[])
        session.add(row)
    row.programme_id, row.title = relayed.programme, relayed.title
    row.start_us, row.end_us = relayed.start_us, relayed.end_us
    return row


def note_switch(row: RelayRow, switch: Switch) -> bool:
    """Note a change of source; False if there have been too many to note them all."""
    old, new = (source.name if source else None for source in (switch.old, switch.new))
    told: SwitchJson = {
        "at_us": switch.at_us,
        "reason": switch.reason,
        "old": old,
        "new": new,
        "vi": switch.vi,
        "en": switch.en,
    }
    switches = [*row.switches, told]
    row.switches = switches[:FIRST_KEPT] + switches[FIRST_KEPT:][-(MOST_KEPT - FIRST_KEPT) :]
    return len(switches) <= MOST_KEPT


async def read_notes(session: AsyncSession, occurrences: Iterable[str]) -> dict[str, Notes]:
    """The notes of those of the occurrences that are relays and have any."""
    wanted: Sequence[str] = list(dict.fromkeys(occurrences))
    if not wanted:
        return {}
    rows = await session.scalars(select(RelayRow).where(RelayRow.occurrence_id.in_(wanted)))
    return {row.occurrence_id: notes_of(row) for row in rows}


def notes_of(row: RelayRow) -> Notes:
    """What a row says."""
    return Notes(tuple(row.probes), tuple(row.switches))
