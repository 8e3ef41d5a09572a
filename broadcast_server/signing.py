"""Seals statements: the next number of their stream, written in the caller's transaction, and the role's key."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.keys import StationKeys
from broadcast_server.store.base import past_mapper
from broadcast_server.store.fleet import WHERE_STREAMS_BEGIN, StreamRow
from speaker_client.protocol.envelope import Envelope, KeyId
from speaker_client.protocol.ids import OccurrenceId, StationId
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import Audience, Kind, Role, Statement

S = TypeVar("S", bound=Statement)
STREAM_DOMAIN = b"TIENGLANG-STREAM-V1\0"
DRAFT = 0
"""The `seq` of a statement that is not sealed yet."""
_ADVANCED = (
    update(StreamRow)
    .where(
        StreamRow.key_id == bindparam("key"),
        StreamRow.kind == bindparam("of_kind"),
        StreamRow.audience.in_(bindparam("audiences", expanding=True)),
    )
    .values(seq=StreamRow.seq + bindparam("by"))
    .returning(StreamRow.audience, StreamRow.seq)
)
_BEGUN = insert(StreamRow)


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

    def stream_key(self, occurrence: OccurrenceId) -> SigningKey:
        """The key that signs the frames of a relayed occurrence and nothing else: the same after every restart, and
        no way leads back from it to ours."""
        return SigningKey.from_seed(
            hmac.digest(self._keys[Role.SCHEDULE].seed(), STREAM_DOMAIN + occurrence.encode(), "sha256")
        )

    async def seal(self, session: AsyncSession, draft: S) -> Sealed[S]:
        """The draft (`seq=DRAFT`) with the next number of its stream, signed by its role's key.

        The number is taken in this transaction: what is rolled back was never signed into the world.
        """
        (sealed,) = await self.seal_all(session, [draft])
        return sealed

    async def seal_all(self, session: AsyncSession, drafts: Sequence[S]) -> list[Sealed[S]]:
        """Drafts of one kind and role; those for the same audience are numbered in this order."""
        if not drafts:
            return []
        key, kind = self._keys[drafts[0].role], drafts[0].kind
        numbers = await next_numbers(session, key, kind, [draft.audience for draft in drafts])
        return [self.seal_as(draft, number) for draft, number in zip(drafts, numbers, strict=True)]

    def seal_as(self, draft: S, seq: int) -> Sealed[S]:
        """The draft under a number the caller vouches for."""
        statement = draft.model_copy(update={"seq": seq})
        return Sealed(statement, statement.seal([self._keys[draft.role]]))


async def next_numbers(session: AsyncSession, key: SigningKey, kind: Kind, audiences: Sequence[Audience]) -> list[int]:
    """For each of them in turn the next number of its stream (key, kind, audience), never given twice.

    One statement for all that are meant equally often.
    """
    wanted = Counter(audiences)
    coming: dict[Audience, Iterator[int]] = {}
    for count in sorted(set(wanted.values())):
        some = [one for one in wanted if wanted[one] == count]
        last = await _advance(session, key.id, kind, some, count)
        coming |= {one: iter(range(last[one] - count + 1, last[one] + 1)) for one in some}
    return [next(coming[one]) for one in audiences]


async def _advance(
    session: AsyncSession, key: KeyId, kind: Kind, audiences: Sequence[Audience], by: int
) -> dict[Audience, int]:
    these = {"key": key, "of_kind": kind.value, "audiences": audiences, "by": by}
    stepped = await past_mapper(session, _ADVANCED, these)
    numbers = {Audience(audience): seq for audience, seq in stepped}
    if new := [one for one in audiences if one not in numbers]:
        begin = await session.get(StreamRow, WHERE_STREAMS_BEGIN)
        first = by + (begin.seq if begin else 0)
        stream = {"key_id": key, "kind": kind.value, "seq": first}
        await past_mapper(session, _BEGUN, [{**stream, "audience": one} for one in new])
        numbers |= dict.fromkeys(new, first)
    return numbers
