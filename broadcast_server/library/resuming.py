"""Uploads that come in parts, over lines that break: kept to the byte, handed to the reception once when whole."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.refusal import Refusal
from broadcast_server.clock import Clock
from broadcast_server.library import tus
from broadcast_server.library.incoming import Incoming, refused
from broadcast_server.library.lane import kind_said
from broadcast_server.library.receiver import Keep, Receiver
from broadcast_server.library.reception import Reception
from broadcast_server.library.turns import Turns
from broadcast_server.library.unfinished import Unfinished
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.base import Database
from broadcast_server.store.library import IntakeRow, UploadRow
from speaker_client.protocol.ids import DAY, Micros

log = logging.getLogger(__name__)
T = TypeVar("T")

KEPT_US = 7 * DAY
"""How long an upload to which nothing is added is kept."""
MOST_EACH = 5
"""Unfinished uploads of one person."""
MOST_WHOLE = 10
"""All unfinished uploads may come to so many times the largest."""
SWEEP_EVERY_S = 3_600.0


@dataclass(frozen=True)
class Standing:
    """How far an upload has come; `intake` once it is whole and in the hands of the reception."""

    id: str
    size: int
    held: int
    described: str
    expires_us: int | None
    intake: IntakeRow | None = None

    @classmethod
    def of(cls, row: UploadRow | IntakeRow) -> Standing:
        """The standing of what is kept."""
        if isinstance(row, UploadRow):
            return cls(row.id, row.size, row.held, row.described, row.touched_us + KEPT_US)
        described = tus.metadata_header({"filename": row.original_name, "title": row.title})
        return cls(row.id, row.size, row.size, described, None, row)


class Resuming:
    """The uploads of one station that come in parts. Each belongs to who began it: for others there is none."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station_id: str,
        folder: Unfinished,
        incoming: Incoming,
        reception: Reception,
    ) -> None:
        self._database, self._clock, self._station_id = database, clock, station_id
        self._folder, self._incoming, self._reception = folder, incoming, reception
        self._turns = Turns()
        self._disk = ThreadPoolExecutor(1, "uploads")
        """A slow disk keeps uploads waiting, and nothing else that needs a thread."""

    async def begin(self, size: int, described: str, by: str) -> Standing:
        """A new upload of so many bytes; Problem 400, 409, 413, 422 or 507."""
        tus.metadata(described)
        if not size:
            raise refused(Refusal("empty"))
        now = self._clock.now_us()
        row = UploadRow(id=uuid.uuid4().hex, station_id=self._station_id, size=size, held=0, described=described)
        row.made_by, row.made_us, row.touched_us = by, now, now
        await self._at_disk(self._folder.begin, row.id)
        try:
            async with self._database.transaction() as session:
                self._check_room(await self._open(session), size, by)
                session.add(row)
        except BaseException:
            self._folder.remove(row.id)
            raise
        return Standing.of(row)

    async def mine(self, by: str) -> list[Standing]:
        """What somebody has begun and not finished, oldest first."""
        async with self._database.reading() as session:
            return [Standing.of(row) for row in await self._open(session) if row.made_by == by]

    async def look(self, upload_id: str, by: str) -> Standing:
        """How far it has come, whoever sends. Problem 404 or 410."""
        row = await self._row(upload_id)
        if row is None or (row.station_id, row.made_by) != (self._station_id, by):
            raise not_found("tệp tải lên này", "upload")
        standing = Standing.of(row)
        if standing.expires_us is not None and standing.expires_us <= self._clock.now_us():
            raise _expired()
        return standing

    async def rejoin(self, upload_id: str, by: str) -> Standing:
        """Where its sender is to go on; whoever was sending is cut off."""
        await self.look(upload_id, by)
        async with self._turns.take(upload_id):
            return await self._finished(await self.look(upload_id, by))

    async def append(
        self, upload_id: str, by: str, offset: int, chunks: AsyncIterator[bytes], checksum: tus.Checksum | None = None
    ) -> Standing:
        """Add what comes. What the answer counts is durable; after a break so is all that had come, unless a
        `checksum` was to say whether it is right. Problem 404, 409, 410, 413, 460 or 507."""
        await self.look(upload_id, by)
        async with self._turns.take(upload_id) as turn:
            standing = await self.look(upload_id, by)
            if offset != standing.held:
                raise _conflict(standing.held)
            if standing.intake is None:
                receiver = Receiver(turn, standing.held, standing.size, checksum, self._keep(upload_id))
                standing = replace(standing, held=await receiver.receive(chunks))
            standing = await self._finished(standing)
            return standing if standing.intake else await self.look(upload_id, by)

    async def drop(self, upload_id: str, by: str) -> None:
        """Forget it; Problem 409 for one that is whole: the library has it."""
        await self.look(upload_id, by)
        async with self._turns.take(upload_id):
            if (await self.look(upload_id, by)).intake is not None:
                vi, en = "Tệp đã tải xong và đang ở trong kho.", "This upload is complete and in the library."
                raise Problem(409, "upload_complete", vi, en)
            await self._forget(upload_id)

    async def run(self) -> None:
        """Clear up after the last run, then sweep what has expired; until cancelled."""
        await self.clear_up()
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_EVERY_S)

    async def clear_up(self) -> None:
        """Hand over what an earlier server had whole, and forget what is not there any more."""
        async with self._database.reading() as session:
            query = select(UploadRow).where(UploadRow.station_id == self._station_id)
            rows = (await session.scalars(query)).all()
        self._folder.sweep(row.id for row in rows)
        for row in rows:
            try:
                async with self._turns.take(row.id):
                    now = await self._row(row.id)
                    if now is None:
                        continue
                    standing = Standing.of(now)
                    if standing.held < standing.size and not self._folder.holds(row.id, standing.held):
                        await self._forget(row.id)  # restored from a backup, which holds whole files only
                    await self._finished(standing)
            except (Problem, OSError) as error:  # its sender will hear of it; the others go on
                log.warning("upload %s is not handed over: %s", row.id, error)

    async def sweep(self) -> None:
        """Remove what has expired before it was whole."""
        overdue = UploadRow.touched_us <= Micros(self._clock.now_us() - KEPT_US)
        query = select(UploadRow.id).where(overdue, UploadRow.held < UploadRow.size)
        async with self._database.reading() as session:
            old = (await session.scalars(query)).all()
        for upload_id in old:
            try:
                async with self._turns.take(upload_id):
                    row = await self._row(upload_id)
                    if isinstance(row, UploadRow) and row.held < row.size and self._is_overdue(row):
                        await self._forget(upload_id)
            except (Problem, OSError) as error:
                log.warning("upload %s has expired and cannot be removed: %s", upload_id, error)
        if old:
            log.info("%d unfinished uploads have expired", len(old))

    def _is_overdue(self, row: UploadRow) -> bool:
        """It may have gone on while its turn was waited for."""
        return row.touched_us <= self._clock.now_us() - KEPT_US

    async def _row(self, upload_id: str) -> UploadRow | IntakeRow | None:
        async with self._database.reading() as session:
            unfinished = await session.get(UploadRow, upload_id)
            return unfinished or await session.get(IntakeRow, upload_id)

    def _keep(self, upload_id: str) -> Keep:
        async def keep(at: int, batch: Sequence[bytes], held: int) -> None:
            if batch:
                await self._at_disk(self._folder.write, upload_id, at, batch)
            if held == at:
                return
            async with self._database.transaction() as session:
                row = await session.get(UploadRow, upload_id)
                if row is None:
                    raise _expired()
                row.held, row.touched_us = held, self._clock.now_us()

        return keep

    async def _finished(self, standing: Standing) -> Standing:
        """Hand a whole upload over, once: file first, then in one transaction the intake instead of the upload."""
        if standing.intake is not None or standing.held < standing.size:
            return standing
        place = self._incoming.path(standing.id)
        if not await self._at_disk(self._folder.give, standing.id, standing.size, place):
            await self._forget(standing.id)
            raise Problem(410, "upload_lost", *_LOST)
        said = tus.metadata(standing.described)
        async with self._database.transaction() as session:
            row = await session.get_one(UploadRow, standing.id)
            name, title = said.get("filename", ""), said.get("title", "")
            intake = self._reception.adopt(session, row, name, title, kind_said(said.get("kind")))
            await session.delete(row)
        self._reception.ring()
        return Standing.of(intake)

    async def _at_disk(self, act: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, act, *arguments)

    async def _forget(self, upload_id: str) -> None:
        async with self._database.transaction() as session:
            row = await session.get(UploadRow, upload_id)
            if row is not None:
                await session.delete(row)
        self._folder.remove(upload_id)

    def _check_room(self, others: list[UploadRow], size: int, by: str) -> None:
        self._incoming.check(size, promised=sum(row.size - row.held for row in others))
        if sum(row.made_by == by for row in others) >= MOST_EACH:
            vi = f"Đang có {MOST_EACH} tệp tải lên dở. Hãy tải tiếp cho xong hoặc bỏ bớt."
            en = f"{MOST_EACH} uploads are unfinished. Go on with them, or drop some."
            raise Problem(409, "too_many_uploads", vi, en)
        if sum(row.size for row in others) + size > MOST_WHOLE * self._incoming.largest:
            vi = "Máy chủ đang giữ quá nhiều tệp tải lên dở. Hãy thử lại sau."
            raise Problem(507, "uploads_full", vi, "The server holds too many unfinished uploads. Try again later.")

    async def _open(self, session: AsyncSession) -> list[UploadRow]:
        """All that are unfinished and not expired."""
        alive = UploadRow.touched_us > self._clock.now_us() - KEPT_US
        query = select(UploadRow).where(UploadRow.station_id == self._station_id, alive).order_by(UploadRow.made_us)
        return list((await session.scalars(query)).all())


_LOST = (
    "Phần đã tải lên không còn trên máy chủ. Hãy gửi lại từ đầu.",
    "What was uploaded is no longer on the server. Send it again from the start.",
)


def _expired() -> Problem:
    vi, en = "Tệp tải lên dở đã quá hạn. Hãy gửi lại từ đầu.", "This unfinished upload has expired. Send it again."
    return Problem(410, "upload_expired", vi, en)


def _conflict(held: int) -> Problem:
    vi = f"Máy chủ đã có {held} byte của tệp này. Hãy gửi tiếp từ đó."
    return Problem(409, "offset_conflict", vi, f"The server has {held} bytes of this file. Go on there.", offset=held)
