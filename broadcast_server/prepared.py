"""What lies ready to be ordered: every template with its sound, read by one question at each press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.content import ContentId
from broadcast_server.store.base import past_mapper
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.plan import Item

SOUND = (RecordingRow.content, RecordingRow.size, RecordingRow.duration_us)
"""Without its picture, which is a hundred times longer."""
_PREPARED = (
    select(
        TemplateRow.name,
        TemplateRow.kind,
        TemplateRow.title,
        TemplateRow.text,
        TemplateRow.lead,
        TemplateRow.rounds,
        TemplateRow.cuts,
        *SOUND,
    )
    .outerjoin(RecordingRow, RecordingRow.id == TemplateRow.recording_id)
    .where(TemplateRow.station_id == bindparam("station"))
    .order_by(TemplateRow.position)
)
"""Put together once: an alarm waits for it."""


@dataclass(frozen=True)
class Prepared:
    """A template, and its `sound` once that is made. `cuts`: of each phrase in it from when and how long, in µs."""

    kind: str
    title: str
    text: str | None
    lead: str | None
    rounds: int
    cuts: list[list[int]] | None
    sound: Item | None


async def read_prepared(session: AsyncSession, station: str) -> dict[str, Prepared]:
    """All of them by name, in their order on screens."""
    rows = await past_mapper(session, _PREPARED, {"station": station})
    return {
        name: Prepared(kind, title, text, lead, rounds, cuts, sound_item(*sound) if sound[0] else None)
        for name, kind, title, text, lead, rounds, cuts, *sound in rows
    }


def sounds(prepared: Mapping[str, Prepared]) -> dict[str, Item]:
    """Those that are ready, by the name of their template."""
    return {name: one.sound for name, one in prepared.items() if one.sound}


def time_items(prepared: Mapping[str, Prepared], at: datetime) -> tuple[Item, ...]:
    """“Thông báo phát lúc … giờ … phút” for this local time; nothing while it is not ready."""
    told = []
    for name, number in (("hours", at.hour), ("minutes", at.minute)):
        phrases = prepared.get(name)
        if phrases is None or phrases.sound is None or phrases.cuts is None:
            return ()
        from_us, duration_us = phrases.cuts[number]
        told.append(phrases.sound.model_copy(update={"from_us": from_us, "duration_us": duration_us}))
    return tuple(told)


def sound_item(content: str, size: int, duration_us: int) -> Item:
    """A recording as a box is told of it."""
    return Item(content=ContentId(content), size=size, duration_us=duration_us)
