"""A new box comes in by a one-time code; whatever box served the cluster before goes out."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.configuring import configure
from broadcast_server.doorkeeping import Doorkeeping, access_hash
from broadcast_server.mosquitto_files import password_hash
from broadcast_server.news import News
from broadcast_server.people.audit import record
from broadcast_server.people.throttle import WINDOW_US, admit, network_of
from broadcast_server.places import find_cluster
from broadcast_server.problem import Problem, not_found
from broadcast_server.settings import Settings
from broadcast_server.signing import Signing
from broadcast_server.store.base import Database
from broadcast_server.store.fleet import BoxRow, EnrolmentCodeRow, OutboxRow
from broadcast_server.store.station import StationRow
from speaker_client.protocol.enrolment import (
    TYPED_LENGTH,
    TYPED_LETTERS,
    BrokerAddress,
    EnrolAnswer,
    EnrolmentCode,
    EnrolRequest,
    root_fingerprint,
)
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import HOUR, MINUTE, BoxId, ClusterId, Micros
from speaker_client.protocol.version import Spoken, agree

CODE_LIFE = 24 * HOUR
TYPED_LIFE = 15 * MINUTE
"""Of a code of eight letters, 40 bits: a million guesses in that time, and nobody gets so many, find one in a million
times."""
GUESSES_PER_ADDRESS = 30
"""At codes of eight letters, in a quarter of an hour."""
RETRY_LIFE = 10 * MINUTE
"""A box that did not hear the answer may ask again, with the same key, for so long."""


class Enrolling:
    """Codes, new boxes, revoked boxes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signing: Signing,
        settings: Settings,
        root_public: str,
        doors: Doorkeeping,
        news: News,
    ) -> None:
        self._database, self._clock, self._signing, self._settings = database, clock, signing, settings
        self._root, self._doors, self._news = root_public, doors, news

    async def issue_code(self, cluster: ClusterId, made_by: str, by_hand: bool = False) -> tuple[EnrolmentCode, Micros]:
        """A code for one new box of the cluster, and when it expires (µs UTC); `by_hand`: its secret has eight letters
        that can be typed alone."""
        secret = typed_secret() if by_hand else secrets.token_urlsafe(18)
        code = EnrolmentCode(secret, root_fingerprint(self._root))
        now = self._clock.now_us()
        expires = Micros(now + (TYPED_LIFE if by_hand else CODE_LIFE))
        async with self._database.transaction() as session:
            await find_cluster(session, self._signing.station, cluster)
            session.add(
                EnrolmentCodeRow(
                    secret_hash=_secret_hash(code.secret),
                    station_id=self._signing.station,
                    cluster_id=cluster,
                    made_by=made_by,
                    expires_us=expires,
                )
            )
            record(session, self._signing.station, now, made_by, "box.code", cluster)
        return code, expires

    async def enrol(self, request: EnrolRequest, address: str) -> EnrolAnswer:
        """Let the box in; Problem 403 for a code that is unknown, used or expired, 429 `too_many_codes` for whoever at
        that address guesses at short ones. VersionMismatch as it says."""
        protocol = agree(Spoken(), Spoken(request.oldest, request.newest))
        now = self._clock.now_us()
        if len(request.secret) == TYPED_LENGTH:
            await self._admit(address, now)
        access = secrets.token_urlsafe(32)
        async with self._database.transaction() as session:
            code = await self._usable_code(session, request, now)
            box = await self._box_for(session, code, request, now)
            box.access_hash, box.broker_hash = access_hash(access), password_hash(access)
            box.software, box.protocol = request.software, protocol
            config = await configure(session, self._signing, box, now)
            station = await session.get_one(StationRow, self._signing.station)
            answer = self._answer(box, access, Envelope.model_validate_json(station.keyring), config)
        await self._doors.refresh()
        return answer

    async def revoke(self, box: BoxId, by: str) -> None:
        """From now on the box gets nothing and nothing it says counts; Problem 404 if there is no such box."""
        now = self._clock.now_us()
        async with self._database.transaction() as session:
            row = await session.get(BoxRow, box)
            if row is None or row.station_id != self._signing.station:
                raise not_found("hộp này", "box")
            await put_out(session, row, now, by)
        await self._doors.refresh()
        self._news.stir([ClusterId(row.cluster_id)])

    async def _admit(self, address: str, now: Micros) -> None:
        """Count a try, for good, before it is looked at."""
        async with self._database.transaction() as session:
            admitted = await admit(session, {f"enrolments-from:{network_of(address)}": GUESSES_PER_ADDRESS}, now)
        if not admitted:
            vi, en = "Thử mã quá nhiều lần. Xin thử lại sau 15 phút.", "Too many codes. Try again in 15 minutes."
            raise Problem(429, "too_many_codes", vi, en, retry_after_s=WINDOW_US // 1_000_000)

    async def _usable_code(self, session: AsyncSession, request: EnrolRequest, now: Micros) -> EnrolmentCodeRow:
        code = await session.get(EnrolmentCodeRow, _secret_hash(request.secret))
        if code is None or code.station_id != self._signing.station:
            raise Problem(403, "code_unknown", "Mã ghép hộp không đúng.", "This enrolment code is not one of ours.")
        if code.expires_us <= now:
            raise Problem(403, "code_expired", "Mã ghép hộp đã hết hạn.", "This enrolment code has expired.")
        if code.used_us is not None and not await _asked_again(session, code, request, now):
            raise Problem(403, "code_used", "Mã ghép hộp đã được dùng.", "This enrolment code was used already.")
        return code

    async def _box_for(
        self, session: AsyncSession, code: EnrolmentCodeRow, request: EnrolRequest, now: Micros
    ) -> BoxRow:
        if code.used_by is not None:
            return await session.get_one(BoxRow, code.used_by)
        for old in await _serving(session, code.cluster_id):
            await put_out(session, old, now, f"box.replaced:{code.made_by}")
        box = BoxRow(
            id=secrets.token_hex(8),
            station_id=code.station_id,
            cluster_id=code.cluster_id,
            public=request.public,
            access_hash="",
            enrolled_us=now,
        )
        session.add(box)
        await session.flush()
        code.used_us, code.used_by = now, box.id
        record(session, code.station_id, now, code.made_by, "box.enrol", box.id, cluster=code.cluster_id)
        return box

    def _answer(self, box: BoxRow, access: str, keyring: Envelope, config: Envelope) -> EnrolAnswer:
        return EnrolAnswer(
            protocol=box.protocol,
            station=self._signing.station,
            box=BoxId(box.id),
            cluster=ClusterId(box.cluster_id),
            access=access,
            root=self._root,
            keyring=keyring,
            config=config,
            broker=_broker(self._settings),
            time_port=self._settings.udp_port,
        )


async def _serving(session: AsyncSession, cluster: str) -> list[BoxRow]:
    return list(await session.scalars(select(BoxRow).where(BoxRow.cluster_id == cluster, BoxRow.revoked_us.is_(None))))


async def put_out(session: AsyncSession, box: BoxRow, now: Micros, by: str) -> None:
    """The box is revoked, in the caller's transaction: it gets nothing any more, and nothing it says counts."""
    box.revoked_us = box.revoked_us or now
    told = await session.get(OutboxRow, box.id)
    if told is not None:
        await session.delete(told)
    record(session, box.station_id, now, by, "box.revoke", box.id, cluster=box.cluster_id)


async def _asked_again(session: AsyncSession, code: EnrolmentCodeRow, request: EnrolRequest, now: Micros) -> bool:
    """Whether this is the very box that used the code, moments ago."""
    if code.used_us is None or code.used_by is None or now - code.used_us > RETRY_LIFE:
        return False
    box = await session.get_one(BoxRow, code.used_by)
    return box.public == request.public and box.revoked_us is None


def typed_secret() -> str:
    """Eight letters that nobody mistakes for others."""
    return "".join(secrets.choice(TYPED_LETTERS) for _ in range(TYPED_LENGTH))


def _secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _broker(settings: Settings) -> BrokerAddress:
    if settings.broker == "embedded":
        return BrokerAddress(port=settings.mqtt_port)
    host, _, port = settings.broker.rpartition(":")
    authority = Path(settings.broker_ca).read_text() if settings.broker_ca else None
    return BrokerAddress(host=host, port=int(port), tls=settings.broker_tls, authority=authority)
