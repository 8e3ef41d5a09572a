"""The reception desk of the library: takes uploads and texts, answers only when they are durable, runs the lanes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library import scratch
from audio_library.content import ContentId, FolderStore
from audio_library.cutting import Cut
from audio_library.refusal import Refusal
from audio_library.sound import Kind
from audio_library.speech.port import Manner
from broadcast_server.clock import Clock
from broadcast_server.library import cuts, intakes, recordings
from broadcast_server.library.incoming import Incoming, refused
from broadcast_server.library.lane import AfterReady, Lane, Workshop, kind_said
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow, UploadRow
from broadcast_server.wording import beginning_of, clean_line
from speaker_client.protocol.ids import DAY, SECOND, Micros

log = logging.getLogger(__name__)

LONGEST_TITLE = 200
BEGINNING = 60


async def _nothing_more(_intake_id: str) -> None:
    """A recording that is only kept."""


class Reception:
    """What comes into one station's library."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station_id: str,
        content: FolderStore,
        incoming: Incoming,
        workshop: Workshop,
        after_ready: AfterReady = _nothing_more,
    ) -> None:
        self._database, self._clock, self._station_id, self._content = database, clock, station_id, content
        self._incoming, self._after_ready = incoming, after_ready
        shared = (database, clock, station_id, incoming, workshop)
        self._uploads = Lane(*shared, texts=False, after_ready=after_ready)
        self._texts = Lane(*shared, texts=True, after_ready=after_ready)

    async def take_upload(
        self, name: str, title: str, kind: Kind | None, size: int | None, chunks: AsyncIterator[bytes], made_by: str
    ) -> IntakeRow:
        """The upload is on disk and will be worked on, whatever happens to this process; Problem otherwise."""
        self._incoming.check(size or 0)
        intake = self._new_upload(name, title, kind, made_by)
        try:
            intake.size = await self._incoming.receive(intake.id, chunks)
            await self._write(intake, "upload.receive")
        except BaseException:
            self._incoming.remove(intake.id)
            raise
        self._uploads.bell.set()
        return intake

    def adopt(self, session: AsyncSession, upload: UploadRow, name: str, title: str, kind: Kind | None) -> IntakeRow:
        """The upload, whole in the folder of what came in, becomes the intake of the same id, in the caller's
        transaction; `ring` after it."""
        intake = self._new_upload(name, title, kind, upload.made_by)
        intake.id, intake.size = upload.id, upload.size
        self._enter(session, intake, "upload.receive")
        return intake

    async def take_cut(self, recording_id: str, cut: Cut, title: str, made_by: str) -> IntakeRow:
        """A stretch of a recording will become a recording of its own, made from the kept original.

        Problem 404, 409 `original_gone`, 422 or 507.
        """
        async with self._database.reading() as session:
            source = await recordings.find(session, self._station_id, recording_id)
            taken = await intakes.titles(session, self._station_id)
        cuts.check(cut, source.duration_us, len(source.cuts or ()))
        self._incoming.check(0)
        title = clean_line(title, LONGEST_TITLE) or cuts.title_after(source.title, taken, LONGEST_TITLE)
        intake = self._new_upload(source.original_name, title, kind_said(source.kind), made_by)
        intake.size, intake.source_id = source.original_size, source.id
        intake.cuts = [*(source.cuts or ()), cut.to_wire()]
        try:
            place = self._incoming.path(intake.id)
            await asyncio.to_thread(self._content.lend, ContentId(source.original), place)
            await self._write(intake, "recording.cut")
        except FileNotFoundError as error:
            vi, en = "Tệp gốc của bản ghi này không còn.", "The original of this recording is gone."
            raise Problem(409, "original_gone", vi, en) from error
        except BaseException:
            self._incoming.remove(intake.id)
            raise
        self._uploads.bell.set()
        return intake

    def ring(self) -> None:
        """There is an upload to work on."""
        self._uploads.bell.set()

    async def take_text(
        self,
        text: str,
        title: str,
        announce: dict[str, Any] | None,
        made_by: str,
        key: str | None = None,
        manner: Manner | None = None,
    ) -> IntakeRow:
        """The text is kept and will be spoken; Problem 422 if there is nothing or too much to speak, 507 if no room.

        `key`: 32 hexadecimal digits, its id; sent again it is the same intake, or Problem 422 `key_used`. `manner`: of
        what is only kept; without one as the station speaks.
        """
        text = self.check_text(text)
        intake = intakes.new_intake(self._station_id, title_of(title, text), made_by, self._clock.now_us())
        intake.text, intake.kind, intake.announce = text, "speech", announce
        if manner is not None:
            intake.manner = {"voice": manner.voice, "pace": manner.pace}
            if manner.words is not None:
                intake.manner["words"] = manner.words
        if key is not None:
            intake.id = key
        async with self._database.transaction() as session:
            if key is not None and (known := await session.get(IntakeRow, key)):
                return _the_same(known, intake)
            self._enter(session, intake, "text.receive")
        self._texts.bell.set()
        return intake

    def check_text(self, text: str) -> str:
        """The text as it is kept, to be read. Problem 422 if there is nothing or too much to speak, 507 if no room."""
        from audio_library.speech.text import speakable

        try:
            text = speakable(text, lines=True)
        except Refusal as refusal:
            raise refused(refusal) from refusal
        self._incoming.check(0)
        return text

    async def run(self) -> None:
        """The background task: clear up after the last run, then work until cancelled."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._uploads.run())
            group.create_task(self._texts.run())
            group.create_task(self._tidy_daily())

    def _new_upload(self, name: str, title: str, kind: Kind | None, made_by: str) -> IntakeRow:
        name = clean_line(name, LONGEST_TITLE)
        shown = clean_line(title, LONGEST_TITLE) or clean_line(PurePath(name).stem, LONGEST_TITLE) or "Bản ghi"
        intake = intakes.new_intake(self._station_id, shown, made_by, self._clock.now_us())
        intake.original_name, intake.kind = name, kind
        return intake

    async def _write(self, intake: IntakeRow, action: str) -> None:
        async with self._database.transaction() as session:
            self._enter(session, intake, action)

    def _enter(self, session: AsyncSession, intake: IntakeRow, action: str) -> None:
        session.add(intake)
        record(
            session, self._station_id, Micros(intake.made_us), intake.made_by, action, intake.id,
            title=intake.title, name=intake.original_name,
        )  # fmt: skip

    async def _recover(self) -> None:
        async with self._database.transaction() as session:
            kept = await intakes.recover(session, self._station_id, lambda one: self._incoming.path(one).exists())
            unfinished = list((await session.scalars(intakes.unannounced(self._station_id))).all())
            whole = (await session.scalars(select(UploadRow.id))).all()  # what came in parts may stand here already
        swept = self._incoming.sweep([*kept, *whole])
        swept_scratch = await asyncio.to_thread(scratch.sweep, self._content.root)
        if kept or swept or swept_scratch:
            log.info("%d intakes go on, %d remains swept", len(kept), len(swept) + swept_scratch)
        for intake_id in unfinished:
            await self._after_ready(intake_id)

    async def tidy(self) -> None:
        """Remove the sounds that nobody asks for any more; another day while one is being made, which may be the
        same."""
        async with self._database.reading() as session:
            if await session.scalar(intakes.unfinished(self._station_id).limit(1)):
                return
            forgotten = await recordings.forgotten(session, self._clock.now_us())
        try:
            for content in forgotten:
                await asyncio.to_thread(self._content.remove, content)
        except OSError as error:  # a disk that lets nothing go keeps no alarm from sounding
            log.warning("%d sounds that nobody needs stay: %s", len(forgotten), error)

    async def _tidy_daily(self) -> None:
        while True:
            await self.tidy()
            await asyncio.sleep(DAY / SECOND)


def _the_same(known: IntakeRow, again: IntakeRow) -> IntakeRow:
    """The one that was taken under this key. Problem 422 if it was another. What it has become since does not count."""
    wish = {} if known.announce is None else again.announce or {}
    same = {name: (known.announce or {}).get(name) for name in wish} == wish
    if not same or (known.station_id, known.text, known.made_by) != (again.station_id, again.text, again.made_by):
        raise key_used(known.title)
    return known


def key_used(title: str) -> Problem:
    """The key of an announcement that is another one."""
    vi = f"Khóa này đã dùng cho “{title}”; thông báo khác phải có khóa khác."
    en = f"This key was used for “{title}”; another announcement needs another key."
    return Problem(422, "key_used", vi, en)


def title_of(title: str, text: str) -> str:
    """What a text is called: as wished, or by how it begins."""
    return clean_line(title, LONGEST_TITLE) or beginning_of(text, BEGINNING)
