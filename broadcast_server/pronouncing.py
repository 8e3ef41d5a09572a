"""How this station reads aloud: its own dictionary, its voice and its number words, in memory and ready for use."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from audio_library.refusal import Refusal
from audio_library.speech import Reader, Voice
from audio_library.speech.reading import DEFAULT, Reading, Region, entry, read, same
from audio_library.speech.regions import region_of
from broadcast_server.clock import Clock
from broadcast_server.lexicon_table import checked_lines
from broadcast_server.library.incoming import refused
from broadcast_server.people.audit import record
from broadcast_server.problem import Problem, not_found
from broadcast_server.store.base import Database
from broadcast_server.store.lexicon import LexiconRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.ids import StationId

MOST = 2_000
"""Entries of a station."""

Pairs = tuple[tuple[str, str], ...]
"""As it is written, as it is said."""


@dataclass(frozen=True)
class Accent:
    """The voice that says what names no other, and the region whose number words are said; None for the voice's own."""

    voice: Voice = "vi"
    numbers: Region | None = None


@dataclass(frozen=True)
class TakenIn:
    """How many entries of a table were new, how many said something else before, and how many were as they are."""

    added: int
    changed: int
    same: int


class Pronouncing:
    """Keeps the station's dictionary. What reads a text never asks the database: all is made ready at each change. What
    is spoken already stays as it is, but for what is prepared for an emergency: see `shelving`."""

    def __init__(self, database: Database, clock: Clock, station: StationId) -> None:
        self._database, self._clock, self._station = database, clock, station
        self._lexicon, self._changing = DEFAULT, asyncio.Lock()
        self.accent = Accent()

    @property
    def built_in(self) -> Mapping[str, str]:
        """What is read so unless the station says otherwise."""
        return self._lexicon.built_in

    def voice(self) -> Voice:
        """Who says what names no other voice."""
        return self.accent.voice

    def read(self, text: str, voice: Voice) -> Reading:
        """A Reader: with the station's dictionary and number words as they are now."""
        return read(text, self._lexicon, self.accent.numbers or region_of(voice))

    def reader(self, said_as: Pairs = ()) -> Reader:
        """The same for a text in which these, as `checked`, are said otherwise."""
        if not said_as:
            return self.read
        lexicon = self._lexicon.with_own(dict(said_as))
        return lambda text, voice: read(text, lexicon, self.accent.numbers or region_of(voice))

    async def load(self) -> None:
        """Make ready what the database holds."""
        async with self._changing:
            await self._refresh()

    async def all(self) -> list[LexiconRow]:
        """The station's entries, by what is written."""
        async with self._database.reading() as session:
            return await self._rows(session)

    async def learn(self, written: str, said: str, by: str) -> tuple[LexiconRow, bool]:
        """Read it so from now on; whether it is a new entry. Problem 409 `lexicon_full`, 422."""
        ((written, said),) = checked([(written, said)])
        async with self._changing:
            async with self._database.transaction() as session:
                known = {row.spelling: row for row in await self._rows(session)}
                is_new = same(written) not in known
                row = self._put(session, known, written, said, by)
                _check_room(known)
                self._note(session, by, "lexicon.learn", row.id, written=row.written, said=row.said)
            await self._refresh()
        return row, is_new

    async def edit(self, entry_id: str, written: str | None, said: str | None, by: str) -> LexiconRow:
        """Change one side of an entry, or both. Problem 404, 409 `lexicon_taken`, 422."""
        async with self._changing:
            async with self._database.transaction() as session:
                row = await self._find(session, entry_id)
                wished = (row.written if written is None else written, row.said if said is None else said)
                ((one, other),) = checked([wished])
                spelling = same(one)
                taken = select(LexiconRow).filter_by(station_id=self._station, spelling=spelling)
                if (holder := await session.scalar(taken.where(LexiconRow.id != row.id))) is not None:
                    raise _taken(holder)
                row.written, row.said, row.spelling = one, other, spelling
                self._note(session, by, "lexicon.edit", row.id, written=one, said=other)
            await self._refresh()
        return row

    async def forget(self, entry_id: str, by: str) -> LexiconRow:
        """Take an entry out: what is built in holds again. Problem 404."""
        async with self._changing:
            async with self._database.transaction() as session:
                row = await self._find(session, entry_id)
                await session.execute(delete(LexiconRow).filter_by(id=row.id))
                self._note(session, by, "lexicon.remove", row.id, written=row.written, said=row.said)
            await self._refresh()
        return row

    async def take_in(self, table: Sequence[tuple[str, str]], by: str) -> TakenIn:
        """All of these, or none: an entry that was there says what the table says. Problem 409 `lexicon_full`, 422
        `lexicon_line` for the first that cannot be one."""
        if len(table) > MOST:
            raise _full()
        pairs = await asyncio.to_thread(checked_lines, table)
        async with self._changing:
            async with self._database.transaction() as session:
                known = {row.spelling: row for row in await self._rows(session)}
                before = {spelling: row.said for spelling, row in known.items()}
                for written, said in pairs:
                    self._put(session, known, written, said, by)
                _check_room(known)
                told = {same(written): known[same(written)].said for written, _ in pairs}
                added = len(told.keys() - before.keys())
                alike = sum(before.get(spelling) == said for spelling, said in told.items())
                taken = TakenIn(added, len(told) - added - alike, alike)
                self._note(session, by, "lexicon.import", self._station, added=taken.added, changed=taken.changed)
            await self._refresh()
        return taken

    async def speak_as(self, voice: Voice, numbers: Region | None, by: str) -> Accent:
        """Whose voice and whose number words from now on."""
        async with self._changing:
            async with self._database.transaction() as session:
                row = await session.get_one(StationRow, self._station)
                row.voice, row.numbers = voice, numbers
                self._note(session, by, "station.voice", self._station, voice=voice, numbers=numbers)
            await self._refresh()
        return self.accent

    async def _refresh(self) -> None:
        async with self._database.reading() as session:
            row = await session.get_one(StationRow, self._station)
            own = {one.written: one.said for one in await self._rows(session)}
        self._lexicon = await asyncio.to_thread(DEFAULT.with_own, own)
        self.accent = Accent(cast(Voice, row.voice), Region(row.numbers) if row.numbers else None)

    async def _rows(self, session: AsyncSession) -> list[LexiconRow]:
        query = select(LexiconRow).filter_by(station_id=self._station).order_by(LexiconRow.written)
        return list(await session.scalars(query))

    async def _find(self, session: AsyncSession, entry_id: str) -> LexiconRow:
        row = await session.get(LexiconRow, entry_id)
        if row is None or row.station_id != self._station:
            raise not_found("mục từ điển này", "entry of the dictionary")
        return row

    def _put(self, session: AsyncSession, known: dict[str, LexiconRow], written: str, said: str, by: str) -> LexiconRow:
        """In place of the entry for what is spelt alike, or as a new one, which is then `known`."""
        spelling = same(written)
        row = known.get(spelling)
        if row is None:
            row = known[spelling] = LexiconRow(
                id=secrets.token_hex(8), station_id=self._station, spelling=spelling, written=written, said=said,
                made_by=by, made_us=self._clock.now_us(),
            )  # fmt: skip
            session.add(row)
        row.written, row.said = written, said
        return row

    def _note(self, session: AsyncSession, by: str, action: str, subject: str, **detail: str | int | None) -> None:
        record(session, self._station, self._clock.now_us(), by, action, subject, **detail)


def checked(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """As entries; Problem 422 `lexicon_written`, `lexicon_said` for the first that cannot be one."""
    try:
        return tuple(entry(*one) for one in pairs)
    except Refusal as refusal:
        raise refused(refusal) from refusal


def _check_room(known: Mapping[str, LexiconRow]) -> None:
    if len(known) > MOST:
        raise _full()


def _full() -> Problem:
    vi = f"Từ điển của đài giữ nhiều nhất {MOST} mục. Hãy bỏ bớt những mục không dùng nữa."
    return Problem(409, "lexicon_full", vi, f"The station's dictionary holds {MOST} entries at most. Remove some.")


def _taken(row: LexiconRow) -> Problem:
    vi = f"“{row.written}” đã có trong từ điển: hãy sửa mục đó."
    return Problem(409, "lexicon_taken", vi, f"“{row.written}” is in the dictionary already: change that entry.")
