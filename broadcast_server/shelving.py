"""Makes the templates' sounds, and tells every box to hold them at all times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library import chimes
from audio_library.content import ContentId
from audio_library.speech.recording import wav
from broadcast_server.clock import Clock
from broadcast_server.library.intakes import State
from broadcast_server.library.reception import Reception
from broadcast_server.library.recordings import STATION
from broadcast_server.news import News
from broadcast_server.outbox import note_news
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
SHELF_LIFE = 10 * 365 * DAY
SOUNDS = {"siren": chimes.siren, "chime": chimes.chime}


class Shelving:
    """Keeps the shelf of emergency sounds complete."""

    def __init__(self, database: Database, clock: Clock, signing: Signing, news: News) -> None:
        self._database, self._clock, self._signing, self._news = database, clock, signing, news

    async def prepare_forever(self, reception: Reception) -> None:
        """Make what is missing and put it on the shelf, until cancelled."""
        while True:
            missing = await self.prepare(reception)
            await asyncio.sleep(LOOK_EVERY_S if missing else REST_S)

    async def prepare(self, reception: Reception) -> bool:
        """Take the next steps; whether anything is still missing."""
        async with self._database.reading() as session:
            missing = list(await session.scalars(self._templates().where(TemplateRow.recording_id.is_(None))))
        for row in missing:
            if row.intake_id is None:
                await self._order(row, reception)
        if missing:
            await self._collect()
        return bool(missing)

    def _templates(self) -> Select[TemplateRow]:
        return select(TemplateRow).filter_by(station_id=self._signing.station).order_by(TemplateRow.position)

    async def _order(self, template: TemplateRow, reception: Reception) -> None:
        """Have its sound made. Should the power fail before the id is kept, it is made once more: nothing is lost."""
        if template.text is None:
            data = wav(await asyncio.to_thread(lambda: chimes.pcm(SOUNDS[template.name]())), chimes.RATE)
            name = f"{template.name}.wav"
            intake = await reception.take_upload(name, template.title, "music", len(data), _once(data), STATION)
        else:
            intake = await reception.take_text(template.text, template.title, None, STATION)
        async with self._database.transaction() as session:
            row = await session.get_one(TemplateRow, template.id)
            row.intake_id = intake.id

    async def _collect(self) -> None:
        """Note the recordings that are ready; the shelf is signed anew when there is one more."""
        async with self._database.transaction() as session:
            waiting = TemplateRow.recording_id.is_(None) & TemplateRow.intake_id.is_not(None)
            fresh = 0
            for row in await session.scalars(self._templates().where(waiting)):
                intake = await session.get(IntakeRow, row.intake_id)
                if intake is None or intake.state in (State.REFUSED, State.FAILED):
                    log.error("template %s has no sound: %s", row.name, intake and intake.refusal)
                    row.intake_id = None
                elif intake.state == State.READY:
                    row.recording_id, fresh = intake.recording_id, fresh + 1
            if fresh:
                await session.flush()
                told = await self._sign(session, self._clock.now_us())
        if fresh:
            self._news.stir(told)

    async def _sign(self, session: AsyncSession, now: Micros) -> list[ClusterId]:
        draft = Shelf(
            station=self._signing.station,
            audience=WHOLE_STATION,
            seq=DRAFT,
            not_before_us=now - DAY,
            expires_us=now + SHELF_LIFE,
            items=tuple((await shelf_items(session, self._signing.station)).values()),
        )
        sealed = await self._signing.seal(session, draft)
        station = await session.get_one(StationRow, self._signing.station)
        station.shelf = sealed.envelope.model_dump_json()
        clusters = [
            ClusterId(one) for one in await session.scalars(select(ClusterRow.id).filter_by(station_id=station.id))
        ]
        await note_news(session, self._signing.station, clusters, now)
        return clusters


async def shelf_items(session: AsyncSession, station: str) -> dict[str, Item]:
    """The sounds that are ready, by the name of their template."""
    query = (
        select(TemplateRow.name, RecordingRow)
        .join(RecordingRow, RecordingRow.id == TemplateRow.recording_id)
        .where(TemplateRow.station_id == station)
        .order_by(TemplateRow.position)
    )
    return {name: wire_item(row) for name, row in await session.execute(query)}


def wire_item(row: RecordingRow) -> Item:
    """A recording as boxes know it."""
    return Item(content=ContentId(row.content), size=row.size, duration_us=row.duration_us)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
