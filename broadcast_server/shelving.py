"""Makes the templates' sounds, and tells every box to hold them at all times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, false, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library import chimes
from audio_library.content import ContentId
from audio_library.sound import Kind
from audio_library.speech import Espeak, Manner, SpeechFailed, Voice
from audio_library.speech.hours import Cut, say_all
from audio_library.speech.recording import wav
from broadcast_server.clock import Clock
from broadcast_server.emergency_templates import CHIME, CLOSING, EMERGENCY, rows
from broadcast_server.library.intakes import State
from broadcast_server.library.reception import Reception
from broadcast_server.library.recordings import STATION
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.prepared import SOUND, read_prepared, sound_item, sounds
from broadcast_server.problem import Problem
from broadcast_server.pronouncing import Pronouncing
from broadcast_server.regaining import Regaining
from broadcast_server.signing import DRAFT, Signing
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow
from broadcast_server.store.library import IntakeRow, RecordingRow
from broadcast_server.store.orders import TemplateRow
from broadcast_server.store.station import ClusterRow, StationRow
from broadcast_server.template_voice import CLOCK, TemplateVoice
from speaker_client.protocol.ids import DAY, MINUTE, ClusterId, Micros
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.statement import WHOLE_STATION

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
REST_S = 60.0
LONGEST_PAUSE_S = 3600.0
"""A sound that could not be made is tried again after 1, 2, 4 … seconds, at last after this."""
SHELF_LIFE = 10 * 365 * DAY
FETCHED_US = 5 * MINUTE
"""So long, at least, what is to replace a sound lies beside it on the shelf: orders name the old until every box has
both …"""
AWAY_US = DAY
"""… but for a box that is away, which is waited for no longer than this."""
SOUNDS = {"siren": chimes.siren, CHIME: chimes.chime, CLOSING: chimes.closing}

MISSING, MISSING_CLOCK, OTHERWISE = range(3)
"""In this order it is made: what is not there; the clock's phrases, for which no alarm waits; what is said otherwise
than the station says it now."""


class Shelving:
    """Keeps the shelf of emergency sounds complete, and said as the station says them."""

    def __init__(
        self, database: Database, clock: Clock, signing: Signing, news: News, pronouncing: Pronouncing,
        voice: TemplateVoice,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._signing, self._news = database, clock, signing, news
        self._pronouncing, self._voice = pronouncing, voice
        self._regaining = Regaining(voice)
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}

    async def prepare_forever(self, reception: Reception) -> None:
        """Make what is missing or said otherwise and put it on the shelf, until cancelled."""
        await self.complete()
        while True:
            unready = await self.prepare(reception)
            await asyncio.sleep(LOOK_EVERY_S if unready else REST_S)

    async def complete(self) -> None:
        """A station that was founded earlier gets the templates that have come since."""
        async with self._database.transaction() as session:
            station = self._signing.station
            known = set(await session.scalars(select(TemplateRow.name).filter_by(station_id=station)))
            session.add_all(rows(station, known))

    async def prepare(self, reception: Reception) -> bool:
        """Take the next steps; whether anything is still to be made, or to take its place."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            told = [(row, engine) for row, engine in await session.execute(self._templates())]
            unready = [row for row, _ in told if not self._is_ready(row)]
            coming = [row for row in unready if row.coming]
            to_collect = any([await self._may_be_taken(session, row, now) for row in coming])
        due = self._due(unready)
        if not due and not to_collect:
            due = await self._regained(told)
        for row in due:
            try:
                await self._order(row, reception)
            except (Problem, SpeechFailed, OSError) as problem:  # no room, or a text that cannot be spoken
                self._failed(row, problem)
        if to_collect:
            await self._collect(now)
        return bool(unready or due)

    def _due(self, unready: Sequence[TemplateRow]) -> list[TemplateRow]:
        """What is to be made now, one rank after the other. What is only to sound otherwise is made one at a time: an
        announcement waits for one of them at most."""
        now_s = _now_s()
        due = [row for row in unready if not row.coming and now_s >= self._not_before_s.get(row.id, now_s)]
        made = [row for row in unready if row.coming and "recording" not in row.coming]
        rank = min(map(_rank, (*due, *made)), default=MISSING)
        chosen = [row for row in due if _rank(row) == rank]
        if rank < OTHERWISE:
            return chosen
        return [] if made else chosen[:1]

    async def _regained(self, told: Sequence[tuple[TemplateRow, str | None]]) -> list[TemplateRow]:
        """What is to be made anew only because a better voice speaks again; one at a time."""
        now_s = _now_s()
        ready = [one for one in told if self._is_ready(one[0]) and now_s >= self._not_before_s.get(one[0].id, now_s)]
        row = await self._regaining.next(ready, now_s)
        return [row] if row else []

    def _failed(self, template: TemplateRow, why: object) -> None:
        """Tried again later, each time twice as much later: nothing is made anew, or told, every second."""
        failures = self._failures.get(template.id, 0)
        pause_s = min(LONGEST_PAUSE_S, float(2 ** min(failures, 16)))
        log.error("template %s has no new sound, the next try is in %.0f s: %s", template.name, pause_s, why)
        self._failures[template.id] = failures + 1
        self._not_before_s[template.id] = _now_s() + pause_s

    def _templates(self) -> Select[TemplateRow, str | None]:
        """In their order, each with the engine that spoke what sounds."""
        return (
            select(TemplateRow, RecordingRow.voice)
            .outerjoin(RecordingRow, RecordingRow.id == TemplateRow.recording_id)
            .where(TemplateRow.station_id == self._signing.station)
            .order_by(TemplateRow.position)
        )

    async def _order(self, template: TemplateRow, reception: Reception) -> None:
        """Have its sound made, in the words as they are read now, which is what it is known by: the dictionary may be
        another one when they are said. Should the power fail before the id is kept, it is made once more: nothing is
        lost."""
        said, voice, cuts = self._manner(template), self._pronouncing.voice(), list[Cut]()
        if template.text is not None:
            manner = Manner(voice, words=self._voice.words(template.text))
            intake = await reception.take_text(template.text, template.title, None, STATION, manner=manner)
        else:
            kind: Kind = "speech" if template.name in CLOCK else "music"
            data, cuts = await _sound(template.name, self._voice.espeak(), voice)
            name = f"{template.name}.wav"
            intake = await reception.take_upload(name, template.title, kind, len(data), _once(data), STATION)
        async with self._database.transaction() as session:
            row = await session.get_one(TemplateRow, template.id)
            row.intake_id = intake.id
            row.coming = {"accent": said, "cuts": [[cut.from_us, cut.duration_us] for cut in cuts] or None}

    def _manner(self, template: TemplateRow) -> list[str | None] | None:
        return self._voice.manner(template.name, template.text)

    def _is_ready(self, template: TemplateRow) -> bool:
        """Whether it sounds as it is to, and nothing is to take its place."""
        there = template.recording_id is not None and template.coming is None
        return there and self._manner(template) in (None, template.accent)

    async def _collect(self, now: Micros) -> None:
        """Take what is ready; the shelf is signed anew when another sound lies on it."""
        async with self._database.transaction() as session:
            rows = list(await session.scalars(self._templates().where(TemplateRow.coming.is_not(None))))
            fresh = [row for row in rows if await self._is_taken(session, row, now)]
            if fresh:
                await session.flush()
                told = await self._sign(session, now)
        if fresh:
            self._news.stir(told)

    async def _is_taken(self, session: AsyncSession, row: TemplateRow, now: Micros) -> bool:
        """Whether another sound lies on the shelf for it than before."""
        coming: dict[str, Any] = row.coming or {}
        if is_new := "recording" not in coming:
            made = await self._made(session, row)
            if made is None:
                return False
            coming = {**coming, "recording": made, "from_us": now + FETCHED_US}
            self._failures.pop(row.id, None)
        if self._is_overtaken(row) or (is_new and not await self._is_gain(session, row, coming["recording"])):
            row.coming = None
            return not is_new
        row.coming = coming
        if coming["from_us"] > now + FETCHED_US:
            row.coming = {**coming, "from_us": now + FETCHED_US}
            return is_new
        if not await self._may_be_taken(session, row, now):
            return is_new
        row.recording_id, row.accent, row.cuts = coming["recording"], coming["accent"], coming["cuts"]
        row.coming = None
        return True

    async def _made(self, session: AsyncSession, row: TemplateRow) -> str | None:
        """The recording that was made for it; None while it is being made, or if it could not be."""
        intake = await session.get(IntakeRow, row.intake_id)
        if intake is None or intake.state in (State.REFUSED, State.FAILED):
            self._failed(row, intake and intake.refusal)
            row.coming = None
            return None
        return intake.recording_id

    async def _is_gain(self, session: AsyncSession, row: TemplateRow, made: str) -> bool:
        """Whether it is said otherwise than what is there, in other words or in a better voice: boxes fetch nothing
        twice."""
        if row.recording_id is None or (row.coming or {}).get("accent") != row.accent:
            return True
        voices = select(RecordingRow.id, RecordingRow.voice).where(RecordingRow.id.in_((made, row.recording_id)))
        by: dict[str, str | None] = dict((await session.execute(voices)).all())
        if self._voice.is_better(by[made], by[row.recording_id]):
            self._regaining.has_spoken()
            return True
        self._regaining.was_in_vain(row.name, _now_s())
        return False

    def _is_overtaken(self, row: TemplateRow) -> bool:
        """Whether what is coming is not said as the station says it now either, a slip that was mended meanwhile: it
        takes nothing's place, where it might stay for the days for which boxes are away."""
        return row.recording_id is not None and (row.coming or {}).get("accent") != self._manner(row)

    async def _may_be_taken(self, session: AsyncSession, row: TemplateRow, now: Micros) -> bool:
        """Whether there is something to be done for what is coming: it is still being made, nothing is there yet that
        it would replace, it was overtaken, or each box that is not away has said late enough that it lacks nothing."""
        from_us = (row.coming or {}).get("from_us")
        if from_us is None or row.recording_id is None or from_us > now + FETCHED_US:  # the clock was set back
            return True
        if self._is_overtaken(row):
            return True
        if now < from_us:
            return False
        holds = holds_all_since(from_us)
        away = BoxRow.seen_us < from_us if now >= from_us + AWAY_US else false()
        lacks = not_(or_(func.coalesce(holds, false()), func.coalesce(away, true())))
        there = select(BoxRow.id).join(ClusterRow, ClusterRow.id == BoxRow.cluster_id)
        query = there.where(BoxRow.station_id == self._signing.station, BoxRow.revoked_us.is_(None), lacks)
        return await session.scalar(query.where(ClusterRow.deleted_us.is_(None)).limit(1)) is None

    async def _sign(self, session: AsyncSession, now: Micros) -> list[ClusterId]:
        station = self._signing.station
        theirs = and_(RecordingRow.station_id == station, RecordingRow.made_by == STATION)
        replaced = and_(theirs, RecordingRow.text == TemplateRow.text)
        alarms = (
            select(RecordingRow.content)
            .join(TemplateRow, or_(TemplateRow.recording_id == RecordingRow.id, replaced))
            .where(TemplateRow.station_id == station, TemplateRow.kind == EMERGENCY)
            .order_by(TemplateRow.position)
        )
        coming = (
            select(*SOUND)
            .join(TemplateRow, TemplateRow.coming["recording"].as_string() == RecordingRow.id)
            .where(TemplateRow.station_id == station)
            .order_by(TemplateRow.position)
        )
        beside = [sound_item(*told) for told in await session.execute(coming)]
        draft = Shelf(
            station=station,
            audience=WHOLE_STATION,
            seq=DRAFT,
            not_before_us=now - DAY,
            expires_us=now + SHELF_LIFE,
            items=(*sounds(await read_prepared(session, station)).values(), *beside),
            alarms=tuple(ContentId(one) for one in await session.scalars(alarms)),
        )
        sealed = await self._signing.seal(session, draft)
        (await session.get_one(StationRow, station)).shelf = sealed.envelope.model_dump_json()
        there = select(ClusterRow.id).filter_by(station_id=station, deleted_us=None)
        clusters = [ClusterId(one) for one in await session.scalars(there)]
        await note_news(session, station, clusters, now)
        return clusters


def holds_all_since(moment_us: Micros) -> ColumnElement[bool]:
    """Whether a box has said at that time or later, by its clock and by ours, that it lacks nothing; NULL of one that
    never said a word."""
    beat = BoxRow.heartbeat
    said_us = cast(beat["not_before_us"].as_string(), BigInteger)  # PostgreSQL's INTEGER ends long before
    return and_(BoxRow.seen_us >= moment_us, said_us >= moment_us, beat["missing"].as_integer() == 0)


def _rank(template: TemplateRow) -> int:
    if template.recording_id is not None:
        return OTHERWISE
    return MISSING_CLOCK if template.name in CLOCK else MISSING


async def _sound(name: str, espeak: Espeak, voice: Voice) -> tuple[bytes, list[Cut]]:
    """One of our own sounds as WAV; SpeechFailed if it needs the voice and that does not speak."""
    if name in CLOCK:
        return await say_all(espeak, CLOCK[name], voice)
    return wav(await asyncio.to_thread(lambda: chimes.pcm(SOUNDS[name]())), chimes.RATE), []


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _now_s() -> float:
    return asyncio.get_running_loop().time()
