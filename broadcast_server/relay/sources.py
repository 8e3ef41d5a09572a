"""Relay sources: the list that the officer keeps, and whether each of them is fit to go on air."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.notes import ProbeJson, WhyUnfit
from broadcast_server.relay.reason import trouble
from broadcast_server.relay.source import Source, SourceKind, read_source
from broadcast_server.store.base import Database
from broadcast_server.store.programmes import ProgrammeRow
from broadcast_server.store.relays import RelaySourceRow
from speaker_client.protocol.ids import StationId

if TYPE_CHECKING:
    from broadcast_server.relay.probe import Probe

MOST_SOURCES = 100
MOST_LOOKED_AT = 8
"""At once: each look takes a decoder of 45 MB, and a relay has no more sources than that."""


class Sourcing:
    """The officer's hand on the sources. `inputs` are the sound inputs that may be opened."""

    def __init__(
        self, database: Database, clock: Clock, station: StationId, guard: Guard, inputs: frozenset[str]
    ) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._guard, self._inputs = guard, inputs
        self._looks = asyncio.Semaphore(MOST_LOOKED_AT)

    async def add(self, name: str, kind: str, address: str, by: str, dry: bool = False) -> RelaySourceRow:
        """A new source; `dry`: only look whether it could be added. Problem 409 `relay_source_exists`, 422."""
        now = self._clock.now_us()
        source = self._read(secrets.token_hex(8), name, kind, address)
        row = RelaySourceRow(id=source.id, station_id=self._station, made_by=by, made_us=now)
        _write(row, source)
        async with self._database.transaction() as session:
            known = await self.all(session)
            if len(known) >= MOST_SOURCES:
                vi, en = f"Nhiều nhất {MOST_SOURCES} nguồn tiếp sóng.", f"At most {MOST_SOURCES} relay sources."
                raise Problem(409, "relay_sources_full", vi, en)
            _refuse_same(source, known)
            if not dry:
                session.add(row)
                detail = {"name": source.name, "kind": source.kind.value, "address": source.address}
                record(session, self._station, now, by, "relay_source.add", row.id, **detail)
        return row

    async def edit(self, source_id: str, change: dict[str, str], by: str) -> RelaySourceRow:
        """Change name, kind or address; what is on air finishes as it was. Problem 404, 409, 422."""
        async with self._database.transaction() as session:
            row = await self.find(session, source_id)
            asked = {"name": row.name, "kind": row.kind, "address": row.address} | change
            source = self._read(row.id, **asked)
            _refuse_same(source, await self.all(session))
            if (source.kind.value, source.address) != (row.kind, row.address):
                row.probed = None
            _write(row, source)
            record(session, self._station, self._clock.now_us(), by, "relay_source.edit", row.id, **change)
        return row

    async def remove(self, source_id: str, by: str) -> RelaySourceRow:
        """Take a source off the list. Problem 404, 409 `relay_source_in_use` while a programme names it."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await self.find(session, source_id)
            query = select(ProgrammeRow).filter_by(station_id=self._station, deleted_us=None)
            for programme in await session.scalars(query.where(ProgrammeRow.relay.is_not(None))):
                if programme.relay and source_id in programme.relay["sources"]:
                    vi = f"Chương trình “{programme.title}” đang dùng nguồn này; hãy đổi chương trình trước."
                    en = f"The programme “{programme.title}” uses this source; change the programme first."
                    raise Problem(409, "relay_source_in_use", vi, en, programme=programme.id)
            row.deleted_us = now
            record(session, self._station, now, by, "relay_source.remove", row.id, name=row.name)
        return row

    async def probe_now(self, source_id: str, by: str) -> RelaySourceRow:
        """Look whether it is fit, which takes up to ten seconds; the answer stays with it. Problem 404."""
        async with self._database.reading() as session:
            source = source_of(await self.find(session, source_id))
        found = await self.look(source)
        async with self._database.transaction() as session:
            row = await self.find(session, source_id)
            row.probed = dict(found)
            now = self._clock.now_us()
            record(session, self._station, now, by, "relay_source.probe", row.id, ok=found["ok"], why=found["reason"])
        return row

    async def look(self, source: Source) -> ProbeJson:
        """A probe of it, as it is kept. What decodes it is imported when it is needed, not with the server."""
        from broadcast_server.relay.probe import probe

        if not self._may_be_opened(source):
            problem = _input_not_allowed()
            return _found(source, False, "input_not_allowed", (problem.vi, problem.en), None, self._clock.now_us())
        async with self._looks:
            return probe_json(source, await probe(source, self._guard, self._clock))

    def usable(self, sources: Sequence[Source]) -> list[Source]:
        """Those that this machine still lets be opened; addresses are checked when they are pulled."""
        return [one for one in sources if self._may_be_opened(one)]

    def _may_be_opened(self, source: Source) -> bool:
        return source.kind is not SourceKind.INPUT or source.address in self._inputs

    async def all(self, session: AsyncSession) -> list[RelaySourceRow]:
        """Those on the list, by name."""
        query = select(RelaySourceRow).filter_by(station_id=self._station, deleted_us=None)
        return list(await session.scalars(query.order_by(RelaySourceRow.name, RelaySourceRow.id)))

    async def find(self, session: AsyncSession, source_id: str) -> RelaySourceRow:
        """The source's row; Problem 404."""
        row = await session.get(RelaySourceRow, source_id)
        if row is None or row.station_id != self._station or row.deleted_us is not None:
            raise not_found("nguồn tiếp sóng này", "relay source")
        return row

    def _read(self, source_id: str, name: str, kind: str, address: str) -> Source:
        source = read_source(source_id, name, kind, address, self._guard)
        if not self._may_be_opened(source):
            raise _input_not_allowed()
        return source


def source_of(row: RelaySourceRow) -> Source:
    """The source of a row, which was checked before it was kept."""
    return Source(row.id, row.name, SourceKind(row.kind), row.address)


def probe_json(source: Source, found: Probe) -> ProbeJson:
    """A probe as it is kept."""
    words = trouble(source, found.reason, found.detail) if found.reason else ("Có tiếng.", "It sounds.")
    return _found(source, found.ok, found.reason, words, found.level_db, found.at_us)


def _found(
    source: Source, ok: bool, reason: WhyUnfit | None, words: tuple[str, str], level_db: float | None, at_us: int
) -> ProbeJson:
    return {
        "source": source.id,
        "name": source.name,
        "ok": ok,
        "reason": reason,
        "vi": words[0],
        "en": words[1],
        "level_db": level_db,
        "at_us": at_us,
    }


def _write(row: RelaySourceRow, source: Source) -> None:
    row.name, row.kind, row.address = source.name, source.kind.value, source.address


def _refuse_same(source: Source, known: Sequence[RelaySourceRow]) -> None:
    if any(row.name.casefold() == source.name.casefold() and row.id != source.id for row in known):
        vi, en = f"Đã có nguồn tên “{source.name}”.", f"There is a source called “{source.name}” already."
        raise Problem(409, "relay_source_exists", vi, en)


def _input_not_allowed() -> Problem:
    vi = "Ngõ vào âm thanh này chưa được phép dùng (TIENGLANG_RELAY_INPUTS). Hãy báo kỹ thuật viên."
    en = "This sound input may not be used (TIENGLANG_RELAY_INPUTS). Tell the technician."
    return Problem(422, "input_not_allowed", vi, en)
