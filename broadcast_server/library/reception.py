"""The reception desk of the library: takes uploads and texts, answers only when they are durable, runs the lanes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import PurePath
from typing import Any

from audio_library import scratch
from audio_library.content import FolderStore
from audio_library.refusal import Refusal
from audio_library.sound import Kind
from broadcast_server.clock import Clock
from broadcast_server.library import intakes, recordings
from broadcast_server.library.incoming import Incoming, refused
from broadcast_server.library.lane import AfterReady, Lane, Workshop
from broadcast_server.people.audit import record
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import DAY, SECOND, Micros

log = logging.getLogger(__name__)

LONGEST_TITLE = 200


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
        name = clean_line(name, LONGEST_TITLE)
        shown = clean_line(title, LONGEST_TITLE) or clean_line(PurePath(name).stem, LONGEST_TITLE) or "Bản ghi"
        intake = intakes.new_intake(self._station_id, shown, made_by, self._clock.now_us())
        intake.original_name, intake.kind = name, kind
        try:
            intake.size = await self._incoming.receive(intake.id, chunks)
            await self._write(intake, "upload.receive")
        except BaseException:
            self._incoming.remove(intake.id)
            raise
        self._uploads.bell.set()
        return intake

    async def take_text(self, text: str, title: str, announce: dict[str, Any] | None, made_by: str) -> IntakeRow:
        """The text is kept and will be spoken; Problem 422 if there is nothing or too much to speak, 507 if no room."""
        text = self.check_text(text)
        intake = intakes.new_intake(self._station_id, title_of(title, text), made_by, self._clock.now_us())
        intake.text, intake.kind, intake.announce = text, "speech", announce
        await self._write(intake, "text.receive")
        self._texts.bell.set()
        return intake

    def check_text(self, text: str) -> str:
        """The text as it would be spoken. Problem 422 if there is nothing or too much to speak, 507 if no room."""
        from audio_library.speech.text import speakable

        try:
            text = speakable(text)
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

    async def _write(self, intake: IntakeRow, action: str) -> None:
        async with self._database.transaction() as session:
            session.add(intake)
            record(
                session, self._station_id, Micros(intake.made_us), intake.made_by, action, intake.id,
                title=intake.title, name=intake.original_name,
            )  # fmt: skip

    async def _recover(self) -> None:
        async with self._database.transaction() as session:
            kept = await intakes.recover(session, self._station_id, lambda one: self._incoming.path(one).exists())
            unfinished = list((await session.scalars(intakes.unannounced(self._station_id))).all())
        swept = self._incoming.sweep(kept)
        swept_scratch = await asyncio.to_thread(scratch.sweep, self._content.root)
        if kept or swept or swept_scratch:
            log.info("%d intakes go on, %d remains swept", len(kept), len(swept) + swept_scratch)
        for intake_id in unfinished:
            await self._after_ready(intake_id)

    async def _tidy_daily(self) -> None:
        while True:
            async with self._database.reading() as session:
                forgotten = await recordings.forgotten(session, self._clock.now_us())
            for content in forgotten:
                self._content.remove(content)
            await asyncio.sleep(DAY / SECOND)


def title_of(title: str, text: str) -> str:
    """What a text is called: as wished, or by how it begins."""
    return clean_line(title, LONGEST_TITLE) or clean_line(text, 60)
