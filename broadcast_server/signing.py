"""Seals statements: the next number of their stream, written in the caller's transaction, and the role's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.keys import StationKeys
from broadcast_server.store.fleet import StreamRow
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import StationId
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Audience, Kind, Role, Statement

S = TypeVar("S", bound=Statement)
DRAFT = 0
"""The `seq` of a statement that is not sealed yet."""


@dataclass(frozen=True)
class Sealed(Generic[S]):
    """A statement with its number, and the envelope that carries it."""

    statement: S
    envelope: Envelope


class Signing:
    """The station's pen. The root key is not among its keys."""

    def __init__(self, keys: StationKeys, station: StationId) -> None:
        self.station = station
        self._keys: dict[Role, SigningKey] = {
            Role.SCHEDULE: keys.schedule,
            Role.ALERT: keys.alert,
            Role.DRILL: keys.drill,
            Role.TIME: keys.time,
        }

    async def seal(self, session: AsyncSession, draft: S) -> Sealed[S]:
        """The draft (`seq=DRAFT`) with the next number of its stream, signed by its role's key.

        The number is taken in this transaction: what is rolled back was never signed into the world.
        """
        key = self._keys[draft.role]
        return self.seal_as(draft, await next_number(session, key, draft.kind, draft.audience))

    def seal_as(self, draft: S, seq: int) -> Sealed[S]:
        """The draft under a number the caller vouches for."""
        statement = draft.model_copy(update={"seq": seq})
        return Sealed(statement, statement.seal([self._keys[draft.role]]))


async def next_number(session: AsyncSession, key: SigningKey, kind: Kind, audience: Audience) -> int:
    """The next number of a stream (key, kind, audience), never given twice."""
    stream = {"key_id": key.id, "kind": kind.value, "audience": audience}
    step = update(StreamRow).filter_by(**stream).values(seq=StreamRow.seq + 1).returning(StreamRow.seq)
    number = (await session.execute(step)).scalar_one_or_none()
    if number is None:
        number = 1
        await session.execute(insert(StreamRow).values(**stream, seq=number))
    return number
