"""A relay is put on air by hand: an ordinary programme that plays once, in a few seconds or when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.announcing import COUNTDOWN_US, LATEST_US, SHORTEST_NOTICE_US, rule_of
from broadcast_server.clash import Clash, clashes
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.local_time import moment_of
from broadcast_server.people.audit import record
from broadcast_server.planning import Planning
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import NewProgramme, ProgrammeDraft, RelayDraft
from broadcast_server.scheduling import Scheduling, recordings_of
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database
from broadcast_server.store.programmes import ProgrammeRow, RuleRow
from broadcast_server.store.relays import RelaySourceRow
from speaker_client.protocol.ids import SECOND, Micros, ProgrammeId, StationId

LONGEST_TITLE = 120


@dataclass(frozen=True)
class Wish:
    """Sources in order, for how long, where, when (None: now); `items` are recordings for when no source sounds."""

    sources: tuple[str, ...]
    length_s: int
    targets: tuple[str, ...]
    at_us: int | None
    title: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """What was planned, or would be (`programme` None): from when, and what it clashes with."""

    programme: ProgrammeId | None
    title: str
    start_us: Micros
    length_us: int
    clashes: tuple[Clash, ...]


class Starting:
    """Puts relays on air."""

    def __init__(
        self, database: Database, planning: Planning, scheduling: Scheduling, station: StationId, zone: str
    ) -> None:
        self._database, self._planning, self._scheduling = database, planning, scheduling
        self._station, self._zone = station, zone

    async def start(self, wish: Wish, by: str, key: str | None = None) -> Started:
        """Plan it; until it is on air it can be called off as an announcement can. Problem 409 `moment_passed`, 422.

        `key`: 32 hexadecimal digits, its id; sent again it is the same relay, or Problem 422 `key_used`, 409
        `relay_called_off` or `relay_over`.
        """
        title, name = await self._title(wish), ProgrammeId(key) if key else None
        async with self._planning.changing(by) as change:
            if name and (known := await change.session.get(ProgrammeRow, name)):
                return await self._the_same(change.session, known, wish, by, change.now)
            start_us = start_of(wish.at_us, change.now)
            programme = await self._scheduling.add_programme(change, _draft(wish, title), True, name)
            await self._scheduling.add_rule_to(change, programme, rule_of(self._zone, start_us))
            detail = {"sources": list(wish.sources), "targets": list(wish.targets), "start_us": start_us}
            record(change.session, self._station, change.now, by, "relay.start", programme, **detail)
        found = clashes(change.before, change.after, change.now)
        return Started(programme, title, start_us, wish.length_s * SECOND, found)

    async def rehearse(self, wish: Wish, now: Micros) -> Started:
        """What would become of it; nothing is planned. The Problems with which it would be refused."""
        title, start_us = await self._title(wish), start_of(wish.at_us, now)
        new = NewProgramme.of(_draft(wish, title), rule_of(self._zone, start_us))
        return Started(None, title, start_us, wish.length_s * SECOND, await self._scheduling.check(new))

    async def _the_same(self, session: AsyncSession, known: ProgrammeRow, wish: Wish, by: str, now: Micros) -> Started:
        """The one that was started under this key. Problem 422 if it was another, 409 if nothing of it is to come."""
        relay = {"sources": list(wish.sources), "length_s": wish.length_s}
        asked = self._station, by, relay, list(wish.targets), wish.items
        items = await recordings_of(session, ProgrammeId(known.id))
        if (known.station_id, known.made_by, known.relay, known.targets, items) != asked:
            vi = f"Khóa này đã dùng cho “{known.title}”; lần tiếp sóng khác phải có khóa khác."
            en = f"This key was used for “{known.title}”; another relay needs another key."
            raise Problem(422, "key_used", vi, en)
        query = select(RuleRow).filter_by(programme_id=known.id).order_by(RuleRow.made_us).limit(1)
        rule = (await session.scalars(query)).one()
        start_us = moment_of(rule.zone, date.fromisoformat(rule.first_day), time.fromisoformat(rule.times[0]))
        end_us = start_us + wish.length_s * SECOND
        if known.deleted_us is not None and known.deleted_us < end_us:
            vi, en = "Lần tiếp sóng này đã bị hủy. Hãy bắt đầu lại.", "This relay was called off. Start it anew."
            raise Problem(409, "relay_called_off", vi, en)
        if end_us <= now or await _has_ended(session, known):
            vi = "Lần tiếp sóng này đã kết thúc hoặc đã bị dừng. Hãy bắt đầu lại."
            raise Problem(409, "relay_over", vi, "This relay is over, or was stopped. Start it anew.")
        return Started(ProgrammeId(known.id), known.title, start_us, wish.length_s * SECOND, ())

    async def _title(self, wish: Wish) -> str:
        if wish.title.strip():
            return wish.title
        async with self._database.reading() as session:
            names = await session.execute(select(RelaySourceRow.id, RelaySourceRow.name).filter_by(deleted_us=None))
            known: dict[str, str] = dict(names.all())
        return f"Tiếp sóng {known.get(wish.sources[0], '') if wish.sources else ''}".strip()


async def _has_ended(session: AsyncSession, relay: ProgrammeRow) -> bool:
    """Whether every cluster that was told of it has told of its end."""
    query = select(AiringRow.state).filter_by(station_id=relay.station_id, programme_id=relay.id, withdrawn_plan=None)
    states = (await session.scalars(query)).all()
    return bool(states) and all(one in ENDS for one in states)


def start_of(at_us: int | None, now: Micros) -> Micros:
    """The whole second at which it begins: as wished, or after the countdown. Problem 409 `moment_passed`."""
    if at_us is not None and at_us < now - LATEST_US:
        vi, en = "Giờ bắt đầu tiếp sóng đã qua.", "The moment at which the relay was to begin has passed."
        raise Problem(409, "moment_passed", vi, en)
    soonest = now + COUNTDOWN_US
    wished = soonest if at_us is None or at_us < now + SHORTEST_NOTICE_US else at_us
    return Micros(-(-wished // SECOND) * SECOND)


def _draft(wish: Wish, title: str) -> ProgrammeDraft:
    relay = RelayDraft(sources=wish.sources, length_s=wish.length_s)
    return ProgrammeDraft(title=title[:LONGEST_TITLE], items=wish.items, relay=relay, targets=wish.targets)


def sources_first(source: str, others: Sequence[str]) -> tuple[str, ...]:
    """The source and what it falls back on, each once."""
    return tuple(dict.fromkeys((source, *others)))
