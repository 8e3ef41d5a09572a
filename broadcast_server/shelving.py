"""Makes the templates' sounds, and tells every box to hold them at all times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library import chimes
from audio_library.content import ContentId
from audio_library.sound import Kind
from audio_library.speech import Espeak, SpeechFailed
from audio_library.speech.hours import HOURS, MINUTES, Cut, say_all
from audio_library.speech.recording import wav
from broadcast_server.clock import Clock
from broadcast_server.emergency_templates import CHIME, CLOSING, EMERGENCY, rows
from broadcast_server.library.intakes import State
from broadcast_server.library.reception import Reception
from broadcast_server.library.recordings import STATION
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.problem import Problem
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import ClusterRow, StationRow
from speaker_client.protocol.ids import DAY, ClusterId, Micros
from speaker_client.protocol.plan import Item
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.statement import WHOLE_STATION

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
REST_S = 60.0
LONGEST_PAUSE_S = 3600.0
"""A sound that could not be made is tried again after 1, 2, 4 … seconds, at last after this."""
SHELF_LIFE = 10 * 365 * DAY
SOUNDS = {"siren": chimes.siren, CHIME: chimes.chime, CLOSING: chimes.closing}
CLOCK = {"hours": HOURS, "minutes": MINUTES}
"""Phrases that are joined to one sound, to be cut out of it; made when all else is ready."""

_SOUND = (RecordingRow.content, RecordingRow.size, RecordingRow.duration_us)
"""Without its picture, which is a hundred times longer and would be read at every press."""


class Shelving:
    """Keeps the shelf of emergency sounds complete."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}

    async def prepare_forever(self, reception: Reception) -> None:
        """Make what is missing and put it on the shelf, until cancelled."""
        await self.complete()
        while True:
            missing = await self.prepare(reception)
            await asyncio.sleep(LOOK_EVERY_S if missing else REST_S)

    async def complete(self) -> None:
        """A station that was founded earlier gets the templates that have come since."""
        async with self._database.transaction() as session:
            station = self._signing.station
            known = set(await session.scalars(select(TemplateRow.name).filter_by(station_id=station)))
            session.add_all(rows(station, known))

    async def prepare(self, reception: Reception) -> bool:
        """Take the next steps; whether anything is still missing."""
        async with self._database.reading() as session:
            missing = list(await session.scalars(self._templates().where(TemplateRow.recording_id.is_(None))))
        for row in self._due(missing):
            try:
                await self._order(row, reception)
            except (Problem, SpeechFailed, OSError) as problem:  # no room, or a text that cannot be spoken
                self._failed(row, problem)
        if any(row.intake_id for row in missing):
            await self._collect()
        return bool(missing)

    def _due(self, missing: Sequence[TemplateRow]) -> list[TemplateRow]:
        """What is to be made now. The clock's phrases, for which no alarm waits, come when all else is made."""
        now_s = _now_s()
        due = [row for row in missing if row.intake_id is None and now_s >= self._not_before_s.get(row.id, now_s)]
        first = [row for row in due if row.name not in CLOCK]
        if first or any(row.intake_id is not None for row in missing if row.name not in CLOCK):
            return first
        return due

    def _failed(self, template: TemplateRow, why: object) -> None:
        """Tried again later, each time twice as much later: nothing is made anew, or told, every second."""
        failures = self._failures.get(template.id, 0)
        pause_s = min(LONGEST_PAUSE_S, float(2 ** min(failures, 16)))
        log.error("template %s has no sound, the next try is in %.0f s: %s", template.name, pause_s, why)
        self._failures[template.id] = failures + 1
        self._not_before_s[template.id] = _now_s() + pause_s

    def _templates(self) -> Select[TemplateRow]:
        return select(TemplateRow).filter_by(station_id=self._signing.station).order_by(TemplateRow.position)

    async def _order(self, template: TemplateRow, reception: Reception) -> None:
        """Have its sound made. Should the power fail before the id is kept, it is made once more: nothing is lost."""
        cuts: list[Cut] = []
        if template.text is not None:
            intake = await reception.take_text(template.text, template.title, None, STATION)
        else:
            kind: Kind = "speech" if template.name in CLOCK else "music"
            data, cuts = await _sound(template.name)
            name = f"{template.name}.wav"
            intake = await reception.take_upload(name, template.title, kind, len(data), _once(data), STATION)
        async with self._database.transaction() as session:
            row = await session.get_one(TemplateRow, template.id)
            row.intake_id = intake.id
            row.cuts = [[cut.from_us, cut.duration_us] for cut in cuts] or None

    async def _collect(self) -> None:
        """Note the recordings that are ready; the shelf is signed anew when there is one more."""
        async with self._database.transaction() as session:
            waiting = TemplateRow.recording_id.is_(None) & TemplateRow.intake_id.is_not(None)
            fresh = 0
            for row in await session.scalars(self._templates().where(waiting)):
                intake = await session.get(IntakeRow, row.intake_id)
                if intake is None or intake.state in (State.REFUSED, State.FAILED):
                    self._failed(row, intake and intake.refusal)
                    row.intake_id = None
                elif intake.state == State.READY:
                    row.recording_id, fresh = intake.recording_id, fresh + 1
            if fresh:
                await session.flush()
                told = await self._sign(session, self._clock.now_us())
        if fresh:
            self._news.stir(told)

    async def _sign(self, session: AsyncSession, now: Micros) -> list[ClusterId]:
        alarms = (
            select(RecordingRow.content)
            .join(TemplateRow, TemplateRow.recording_id == RecordingRow.id)
            .where(TemplateRow.station_id == self._signing.station, TemplateRow.kind == EMERGENCY)
            .order_by(TemplateRow.position)
        )
        draft = Shelf(
            station=self._signing.station,
            audience=WHOLE_STATION,
            seq=DRAFT,
            not_before_us=now - DAY,
            expires_us=now + SHELF_LIFE,
            items=tuple((await shelf_items(session, self._signing.station)).values()),
            alarms=tuple(ContentId(one) for one in await session.scalars(alarms)),
        )
        sealed = await self._signing.seal(session, draft)
        station = await session.get_one(StationRow, self._signing.station)
        station.shelf = sealed.envelope.model_dump_json()
        there = select(ClusterRow.id).filter_by(station_id=station.id, deleted_us=None)
        clusters = [ClusterId(one) for one in await session.scalars(there)]
        await note_news(session, self._signing.station, clusters, now)
        return clusters


async def shelf_items(session: AsyncSession, station: str) -> dict[str, Item]:
    """The sounds that are ready, by the name of their template."""
    query = (
        select(TemplateRow.name, *_SOUND)
        .join(RecordingRow, RecordingRow.id == TemplateRow.recording_id)
        .where(TemplateRow.station_id == station)
        .order_by(TemplateRow.position)
    )
    return {
        name: Item(content=ContentId(content), size=size, duration_us=duration_us)
        for name, content, size, duration_us in await session.execute(query)
    }


async def time_items(session: AsyncSession, station: str, at: datetime) -> tuple[Item, ...]:
    """“Thông báo phát lúc … giờ … phút” for this local time; nothing while it is not on the shelf."""
    query = (
        select(TemplateRow.name, TemplateRow.cuts, *_SOUND)
        .join(RecordingRow, RecordingRow.id == TemplateRow.recording_id)
        .where(TemplateRow.station_id == station, TemplateRow.name.in_(CLOCK), TemplateRow.cuts.is_not(None))
    )
    found = {name: told for name, *told in await session.execute(query)}
    if found.keys() != CLOCK.keys():
        return ()
    return tuple(_cut(number, *found[name]) for name, number in (("hours", at.hour), ("minutes", at.minute)))


def _cut(number: int, cuts: list[list[int]], content: str, size: int, _whole_us: int) -> Item:
    from_us, duration_us = cuts[number]
    return Item(content=ContentId(content), size=size, duration_us=duration_us, from_us=from_us)


async def _sound(name: str) -> tuple[bytes, list[Cut]]:
    """One of our own sounds as WAV; SpeechFailed if it needs the voice and that does not speak."""
    if name in CLOCK:
        return await say_all(Espeak(), CLOCK[name])
    return wav(await asyncio.to_thread(lambda: chimes.pcm(SOUNDS[name]())), chimes.RATE), []


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _now_s() -> float:
    return asyncio.get_running_loop().time()
