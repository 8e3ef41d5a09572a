"""What phones that are put away are told: which of one's own are, a trial, what was told, and who waits for a cluster.

A page hands `key` to `pushManager.subscribe`, and what comes of it to `PUT /api/v1/me/notices/phone`. It does so again
whenever the app is opened: the address may have changed, and a phone that was not heard of for 90 days is forgotten.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Literal, cast

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from broadcast_server.api.access import Right, User, allow
from broadcast_server.api.dependencies import StationDep
from broadcast_server.api.router import Router
from broadcast_server.api.sessions import DeviceJson
from broadcast_server.local_time import local
from broadcast_server.people import phones
from broadcast_server.people.audit import record
from broadcast_server.people.devices import device_words
from broadcast_server.places import find_cluster
from broadcast_server.problem import Problem, not_found
from broadcast_server.push import notices
from broadcast_server.push.notices import Kind
from broadcast_server.pushing import TAKEN, is_for, tell
from broadcast_server.station import Station
from broadcast_server.store.notices import DeliveryRow, NoticeRow, PhoneRow, ReminderRow

router = Router(prefix="/api/v1/me/notices", tags=["notices"])
Viewer = Annotated[User, Depends(allow(Right.VIEW))]
Text = Annotated[str, Field(max_length=2000)]
MOST_SHOWN = 50


class PhoneKeys(BaseModel):
    """The keys of a subscription, as its `toJSON()` says them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class NewPhone(BaseModel):
    """A subscription, and the language in which its owner reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    endpoint: Text
    keys: PhoneKeys
    language: Literal["vi", "en"] = "vi"


class PhoneJson(TypedDict):
    """A phone that is told. `told_us`: when its push service last took a notice, null if never; `trouble`: what the
    last try came to, null if it went well; `this`: whether it is the one that asks."""

    id: str
    device: DeviceJson
    language: Literal["vi", "en"]
    made_us: int
    seen_us: int
    told_us: int | None
    trouble: str | None
    this: bool


class WordsJson(TypedDict):
    """A notice in one language."""

    title: str
    body: str


class NoticeJson(TypedDict):
    """Something that was told. `place`: where in the app it leads; `taken`: how many of one's phones' push services
    took it, of so many `phones`."""

    id: str
    kind: Kind
    place: str
    vi: WordsJson
    en: WordsJson
    at_us: int
    phones: int
    taken: int


class NoticesJson(TypedDict):
    """`key`: the station's own, for `pushManager.subscribe`; null where the station tells phones nothing. `items`: what
    was told in the last 30 days, the newest first, whether a phone was there for it or not."""

    key: str | None
    phones: list[PhoneJson]
    items: list[NoticeJson]


class TrialJson(TypedDict):
    """The notice that is on its way."""

    id: str


class ReminderJson(TypedDict):
    """Whether one waits for the cluster."""

    waits: bool


@router.get("")
async def show_notices(user: Viewer, station: StationDep) -> NoticesJson:
    """One's phones that are told things, and what was told."""
    async with station.database.reading() as session:
        mine = await phones.phones_of(session, user.id)
        rows = await session.scalars(
            select(NoticeRow).filter_by(station_id=station.station_id).order_by(NoticeRow.at_us.desc(), NoticeRow.id)
        )
        items = [row for row in rows if is_for(row, user.id, user.name, user.role)][:MOST_SHOWN]
        counted = await _counted(session, [row.id for row in items], [one.id for one in mine])
    return {
        "key": await station.pushing.public_key() if station.pushing.on else None,
        "phones": [_phone_json(one, user) for one in mine],
        "items": [_notice_json(row, *counted.get(row.id, (0, 0))) for row in items],
    }


@router.put("/phone")
async def tell_phone(new: NewPhone, user: Viewer, request: Request, station: StationDep) -> PhoneJson:
    """Tell the browser that asks from now on. Problem 409 `no_browser` for a token, `push_off`, `phones_full`; 422
    `push_service_refused`, `push_not_https`, `bad_phone_keys`."""
    if user.session_hash is None:
        raise Problem(409, "no_browser", "Chỉ trình duyệt đã đăng nhập mới nhận báo tin.", "Only a browser is told.")
    await _check(station, new)
    now, device = station.clock.now_us(), request.headers.get("user-agent", "")
    address = phones.Address(new.endpoint, new.keys.p256dh, new.keys.auth, new.language, device)
    async with station.database.transaction() as session:
        row, fresh = await phones.keep_phone(session, station.station_id, user, address, now)
        if fresh:
            words = device_words(device)["vi"]
            record(session, station.station_id, now, user.name, "phone.add", row.id, device=words)
    return _phone_json(row, user)


@router.delete("/phones/{phone_id}", status_code=204)
async def silence_phone(phone_id: str, user: Viewer, station: StationDep) -> None:
    """Tell one of one's phones nothing more."""
    async with station.database.transaction() as session:
        row = await _mine(session, user, phone_id)
        await phones.silence(session, PhoneRow.id == row.id)
        record(session, station.station_id, station.clock.now_us(), user.name, "phone.remove", phone_id)


@router.post("/phones/{phone_id}/trial", status_code=202)
async def try_phone(phone_id: str, user: Viewer, station: StationDep) -> TrialJson:
    """Send a notice to one of one's phones, to see whether it comes. Worth five minutes."""
    now, number = station.clock.now_us(), uuid.uuid4().hex
    async with station.database.transaction() as session:
        row = await _mine(session, user, phone_id)
        one = notices.trial(number, user.id, f"{local(station.zone, now):%H:%M}", now)
        await tell(session, station.station_id, one, row.id)
    station.pushing.ring()
    return {"id": number}


@router.get("/clusters/{cluster}")
async def show_reminder(cluster: str, user: Viewer, station: StationDep) -> ReminderJson:
    """Whether one waits for a cluster that is not there."""
    async with station.database.reading() as session:
        return {"waits": await session.get(ReminderRow, (user.id, cluster)) is not None}


@router.put("/clusters/{cluster}")
async def wait_for_cluster(cluster: str, user: Viewer, station: StationDep) -> ReminderJson:
    """Be told once when the cluster is there again; on all of one's phones, and in the list."""
    async with station.database.transaction() as session:
        await find_cluster(session, station.station_id, cluster)
        if await session.get(ReminderRow, (user.id, cluster)) is None:
            made = station.clock.now_us()
            session.add(ReminderRow(user_id=user.id, cluster_id=cluster, station_id=station.station_id, made_us=made))
    return {"waits": True}


@router.delete("/clusters/{cluster}")
async def wait_no_more(cluster: str, user: Viewer, station: StationDep) -> ReminderJson:
    """Not be told after all."""
    async with station.database.transaction() as session:
        row = await session.get(ReminderRow, (user.id, cluster))
        if row is not None:
            await session.delete(row)
    return {"waits": False}


async def _check(station: Station, new: NewPhone) -> None:
    """Problem for what could never be told."""
    if not station.pushing.on:
        raise Problem(409, "push_off", "Đài này chưa bật báo tin.", "This station tells phones nothing.")
    from broadcast_server.push import sealing
    from broadcast_server.push.posting import checked_endpoint

    checked_endpoint(station.settings.push_guard, new.endpoint)
    try:
        sealing.phone_keys(new.keys.p256dh, new.keys.auth)
    except ValueError as error:
        vi, en = "Khóa báo tin của trình duyệt không đúng.", "The browser's keys for notices are not valid."
        raise Problem(422, "bad_phone_keys", vi, en) from error


async def _mine(session: AsyncSession, user: User, phone_id: str) -> PhoneRow:
    row = await phones.phone_of(session, user.id, phone_id)
    if row is None:
        raise not_found("máy nhận báo tin này", "device that is told")
    return row


async def _counted(session: AsyncSession, ids: list[str], mine: list[str]) -> dict[str, tuple[int, int]]:
    """Of each notice to how many of these phones it was to go, and to how many it went."""
    went = func.count().filter(DeliveryRow.outcome == TAKEN)
    query = select(DeliveryRow.notice_id, func.count(), went).where(DeliveryRow.notice_id.in_(ids))
    rows = await session.execute(query.where(DeliveryRow.phone_id.in_(mine)).group_by(DeliveryRow.notice_id))
    return {notice: (all_of_them, taken) for notice, all_of_them, taken in rows}


def _phone_json(row: PhoneRow, user: User) -> PhoneJson:
    words = device_words(row.device)
    return {
        "id": row.id,
        "device": {"vi": words["vi"], "en": words["en"]},
        "language": cast(Literal["vi", "en"], row.language),
        "made_us": row.made_us,
        "seen_us": row.seen_us,
        "told_us": row.told_us,
        "trouble": row.trouble,
        "this": row.session_hash == user.session_hash,
    }


def _notice_json(row: NoticeRow, phones: int, taken: int) -> NoticeJson:
    return {
        "id": row.id,
        "kind": Kind(row.kind),
        "place": row.place,
        "vi": row.words["vi"],
        "en": row.words["en"],
        "at_us": row.at_us,
        "phones": phones,
        "taken": taken,
    }
