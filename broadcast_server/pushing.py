"""Notices on their way to phones: kept until a push service has taken each or it is worth nothing, tried again at
growing distances, beside everything else and in nobody's way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import threading
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.keys import push_secret
from broadcast_server.people.audit import record
from broadcast_server.people.rights import Right, rights_of
from broadcast_server.planning import STATION
from broadcast_server.problem import Problem
from broadcast_server.push.notices import Kind, Notice
from broadcast_server.settings import Settings
from broadcast_server.store.base import Database
from broadcast_server.store.notices import DeliveryRow, NoticeRow, PhoneRow
from broadcast_server.store.people import UserRow
from speaker_client.protocol.ids import DAY, SECOND, Micros, StationId

if TYPE_CHECKING:
    from broadcast_server.push.posting import Answer, Headers, Posting

log = logging.getLogger(__name__)

PAUSES_S = (5, 30, 120, 600, 1800)
"""Before the second try, the third, …; the last holds for all that follow."""
LOOK_EVERY_S = 30.0
MOST_AT_ONCE = 16
SIGNED_FOR_S = 12 * 3600
KEPT_US = 30 * DAY
"""What was told can be read in the app for so long."""
TAKEN, GONE, EXPIRED, SUPERSEDED = "taken", "gone", "expired", "superseded"


@dataclass(frozen=True)
class Due:
    """A delivery whose time has come, and all that it takes."""

    delivery: int
    tries: int
    notice: NoticeRow
    phone: PhoneRow


class Pushing:
    """Carries notices. What is to be sent stands in the tables, so no restart forgets it."""

    def __init__(self, database: Database, clock: Clock, station: StationId, settings: Settings) -> None:
        self._database, self._clock, self._station, self._settings = database, clock, station, settings
        self._fresh = asyncio.Event()
        self._secret, self._birth = "", threading.Lock()

    @property
    def on(self) -> bool:
        """Whether this station tells phones anything at all."""
        return bool(self._settings.push_guard.hosts)

    async def public_key(self) -> str:
        """What a phone needs to let this station, and no other, tell it things. KeyMissing."""
        return await asyncio.to_thread(self._public)

    def ring(self) -> None:
        """There is something to send, and it is committed."""
        self._fresh.set()

    async def push_forever(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            self._fresh.clear()
            wait_s = await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._fresh.wait()

    async def look(self) -> float:
        """Send what is due now, emergencies first, so few at once that none waits long behind a service that hangs;
        seconds until something is due again, or it is worth another look."""
        now = self._clock.now_us()
        async with self._database.reading() as session:
            due = await _due(session, self._station, now)
        if due:
            await self._send(due)
        async with self._database.reading() as session:
            query = select(func.min(DeliveryRow.next_us)).where(DeliveryRow.phone_id.is_not(None))
            next_us = await session.scalar(query)
            old = await session.scalar(select(NoticeRow.id).where(NoticeRow.at_us < now - KEPT_US).limit(1))
        if old:
            async with self._database.transaction() as session:
                await session.execute(delete(NoticeRow).where(NoticeRow.at_us < now - KEPT_US))
        if next_us is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0.1, (next_us - self._clock.now_us()) / SECOND))

    async def _send(self, due: Sequence[Due]) -> None:
        from broadcast_server.push.posting import Answer, Posting

        async with AsyncExitStack() as open_now:
            try:
                posting = await open_now.enter_async_context(Posting(self._settings.push_guard, self._settings.push_ca))
            except OSError as error:  # the file of TIENGLANG_PUSH_CA is not there, or holds no certificate
                log.error("no notice can be sent: %s: %s", self._settings.push_ca, error)
                for one in due:
                    await self._again(one, Answer(0, "bad_authority"))
                return
            async with asyncio.TaskGroup() as group:
                for one in due:
                    group.create_task(self._deliver(one, posting))

    async def _deliver(self, one: Due, posting: Posting) -> None:
        """One try, and what came of it is on disk. A mistake of ours costs this try, and not the station."""
        from broadcast_server.push.posting import Answer

        if self._clock.now_us() >= one.notice.expires_us:
            return await self._ended(one, EXPIRED, one.phone.trouble or "late")
        try:
            body, headers = await asyncio.to_thread(self._sealed, one)
            answer = await posting.post(one.phone.endpoint, headers, body)
        except Problem:
            answer = Answer(0, "refused_address")
        except OperationalError:
            raise
        except Exception as error:  # libraries seal with the key that a phone gave: what they throw is not known
            log.exception("notice “%s” could not be made for a phone", one.notice.key)
            answer = Answer(0, type(error).__name__)
        if answer.taken:
            await self._ended(one, TAKEN, None)
        elif answer.gone:
            await self._lost(one)
        elif answer.hopeless:
            await self._ended(one, _why(answer), _why(answer))
        else:
            await self._again(one, answer)
        return None

    def _sealed(self, one: Due) -> tuple[bytes, Headers]:
        """Body and headers; computed in a thread of its own."""
        from broadcast_server.push import sealing
        from broadcast_server.push.posting import checked_endpoint

        now_s = self._clock.now_us() // SECOND
        target = checked_endpoint(self._settings.push_guard, one.phone.endpoint)
        keys = sealing.phone_keys(one.phone.p256dh, one.phone.auth)
        audience = f"https://{target.authority}"
        by = sealing.signed(self._own_secret(), audience, self._settings.contact, now_s + SIGNED_FOR_S)
        headers: Headers = {
            "Authorization": by,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(1, (one.notice.expires_us - self._clock.now_us()) // SECOND)),
            "Topic": hashlib.sha256(one.notice.tag.encode()).hexdigest()[:32],
            "Urgency": "high",
        }
        return sealing.sealed(_told(one), keys), headers

    def _own_secret(self) -> str:
        """Born once, whoever asks first: a phone that was given another could not be told anything."""
        with self._birth:
            self._secret = self._secret or push_secret(self._settings.data / "keys")
        return self._secret

    def _public(self) -> str:
        from broadcast_server.push import sealing

        return sealing.public_of(self._own_secret())

    async def _ended(self, one: Due, outcome: str, trouble: str | None) -> None:
        if outcome != TAKEN:
            log.warning("notice “%s” did not reach a phone: %s (%s)", one.notice.key, outcome, trouble)
        async with self._database.transaction() as session:
            await _note(session, one, None, outcome)
            phone = await session.get(PhoneRow, one.phone.id)
            if phone is not None:
                phone.trouble = trouble
                phone.told_us = self._clock.now_us() if outcome == TAKEN else phone.told_us

    async def _lost(self, one: Due) -> None:
        """The phone is not there any more, says its push service: its owner took the permission back, or the app off.
        It is forgotten, and the app there says so when it is opened."""
        async with self._database.transaction() as session:
            await _note(session, one, None, GONE)
            await session.flush()
            await session.execute(delete(PhoneRow).where(PhoneRow.id == one.phone.id))
            await session.flush()
            record(session, self._station, self._clock.now_us(), STATION, "phone.gone", one.phone.id)

    async def _again(self, one: Due, answer: Answer) -> None:
        pause_s = max(PAUSES_S[min(one.tries, len(PAUSES_S) - 1)], answer.wait_s)
        log.info("notice “%s”: %s, again in %d s", one.notice.key, _why(answer), pause_s)
        async with self._database.transaction() as session:
            await _note(session, one, self._clock.now_us() + pause_s * SECOND, None)
            phone = await session.get(PhoneRow, one.phone.id)
            if phone is not None:
                phone.trouble = _why(answer)


async def tell(session: AsyncSession, station: StationId, notice: Notice, phone: str | None = None) -> bool:
    """Write it down for whoever is to be told, in the caller's transaction; False if it was told before. `phone`: to
    this one alone."""
    known = select(NoticeRow.id).filter_by(station_id=station, key=notice.key)
    if await session.scalar(known) is not None:
        return False
    row = _row(notice, station)
    phones = await _phones(session, station, row, phone)
    await _supersede(session, row, phones)
    session.add(row)
    await session.flush()
    for one in phones:
        delivery = DeliveryRow(notice_id=row.id, phone_id=one, tries=0, next_us=notice.at_us, outcome=None)
        session.add(delivery)
    return True


async def _supersede(session: AsyncSession, row: NoticeRow, phones: Sequence[str]) -> None:
    """What is still on its way to these phones and is older is not sent any more: it would take the newer one's place
    there."""
    older = select(NoticeRow.id).filter_by(station_id=row.station_id, tag=row.tag)
    open_still = DeliveryRow.outcome.is_(None) & DeliveryRow.notice_id.in_(older) & DeliveryRow.phone_id.in_(phones)
    await session.execute(update(DeliveryRow).where(open_still).values(next_us=None, outcome=SUPERSEDED))


def is_for(row: NoticeRow, user: str, name: str, role: str) -> bool:
    """Whether this person is to be told."""
    if row.only_user is not None:
        return row.only_user == user
    return row.but_name != name and row.to_right is not None and Right(row.to_right) in rights_of(role)


def _row(notice: Notice, station: StationId) -> NoticeRow:
    words = {name: {"title": one.title, "body": one.body} for name, one in (("vi", notice.vi), ("en", notice.en))}
    return NoticeRow(
        id=uuid.uuid4().hex,
        station_id=station,
        key=notice.key,
        kind=notice.kind.value,
        tag=notice.tag,
        place=notice.place,
        words=words,
        to_right=None if notice.to is None else notice.to.value,
        but_name=notice.but,
        only_user=notice.only,
        at_us=notice.at_us,
        expires_us=notice.expires_us,
    )


async def _phones(session: AsyncSession, station: StationId, row: NoticeRow, phone: str | None) -> list[str]:
    query = select(PhoneRow.id, UserRow).join(UserRow, UserRow.id == PhoneRow.user_id)
    query = query.where(PhoneRow.station_id == station, UserRow.disabled_us.is_(None))
    found = (await session.execute(query)).all()
    return [one for one, user in found if is_for(row, user.id, user.name, user.role) and phone in (None, one)]


async def _due(session: AsyncSession, station: StationId, now: Micros) -> list[Due]:
    query = (
        select(DeliveryRow.id, DeliveryRow.tries, NoticeRow, PhoneRow)
        .join(NoticeRow, NoticeRow.id == DeliveryRow.notice_id)
        .join(PhoneRow, PhoneRow.id == DeliveryRow.phone_id)
        .where(NoticeRow.station_id == station, DeliveryRow.next_us <= now)
        .order_by(NoticeRow.kind != Kind.EMERGENCY.value, DeliveryRow.next_us, DeliveryRow.id)
        .limit(MOST_AT_ONCE)
    )
    return [Due(*row) for row in await session.execute(query)]


async def _note(session: AsyncSession, one: Due, next_us: int | None, outcome: str | None) -> None:
    row = await session.get(DeliveryRow, one.delivery)
    if row is not None and row.outcome is None:  # its phone may have been signed out meanwhile, or told something newer
        row.tries, row.next_us, row.outcome = one.tries + 1, next_us, outcome


def _told(one: Due) -> bytes:
    """What the phone reads: in its owner's language."""
    words = one.notice.words[one.phone.language]
    told = {
        "kind": one.notice.kind,
        "tag": one.notice.tag,
        "place": one.notice.place,
        "lang": one.phone.language,
        "at_ms": one.notice.at_us // 1000,
        **words,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _why(answer: Answer) -> str:
    return answer.why or f"http_{answer.status}"
