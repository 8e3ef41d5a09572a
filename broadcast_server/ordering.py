"""Emergency and drill: one durable transaction from the press to the signed order, the log and the outbox."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import CompoundSelect, bindparam, insert, null, select, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast_server.clock import Clock
from broadcast_server.dictation import LONGEST_S, Dictation, Said, check_words
from broadcast_server.emergency_templates import DRILL, EMERGENCY
from broadcast_server.fleet.ledger import ENDS
from broadcast_server.giving import BACKDATED, give, head
from broadcast_server.hushing import check_moment
from broadcast_server.insisting import Insisting
from broadcast_server.local_time import local
from broadcast_server.news import News
from broadcast_server.outbox import note_news
from broadcast_server.people.audit import record_each
from broadcast_server.prepared import Prepared, read_prepared, sounds, time_items
from broadcast_server.problem import Problem, not_found
from broadcast_server.programmes.reading import read_awake, read_reach
from broadcast_server.programmes.timetable import read_sites
from broadcast_server.script import Script, script
from broadcast_server.sending_along import SendingAlong
from broadcast_server.signing import Signing
from broadcast_server.store.airings import AiringRow
from broadcast_server.store.base import Database, past_mapper
from broadcast_server.store.orders import OrderRow, SpokenRow
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, Micros
from speaker_client.protocol.order import Drill, Emergency, Order, airing_of
from speaker_client.protocol.plan import Item

MAY_BEGIN_US = 2 * MINUTE
"""Later than this after the press an order is refused by every box: never played stale."""
LONGEST_US = 2 * HOUR
LEAD_US = 40_000
"""From the press to the first sample that all clusters have in step; who hears of it later joins in."""
TEXT_LEAD_US = 65_000
"""The same for a text that nothing goes before: its first syllable waits until the boxes have the order, whose disks
write meanwhile. The sound itself they have before, since it was sent ahead."""
MOST_ROUNDS, TEXT_ROUNDS = 100, 3
"""How often an order may say what it says; how often a text is said unless it is told."""
LONGEST_TITLE = 80
NO_LEAD = "none"
"""Nothing goes before the text."""
_ORDERS = insert(OrderRow)
_OF_KEY = select(OrderRow).where(OrderRow.station_id == bindparam("station"), OrderRow.key == bindparam("key"))
_BEFORE: CompoundSelect[Any, Any, Any] = union_all(
    select(AiringRow.cluster_id, OrderRow.made_us, null())
    .join(AiringRow, AiringRow.order_id == OrderRow.id)
    .where(
        OrderRow.station_id == bindparam("station"),
        OrderRow.made_us >= bindparam("now"),
        AiringRow.state.not_in(ENDS),
    ),
    select(null(), null(), OrderRow.id).where(
        OrderRow.station_id == bindparam("station"), OrderRow.key == bindparam("key")
    ),
)
"""Where an order stands that was given no earlier than now, by a clock that was set back since, and when; and the order
of that key, without a cluster. Found by when it was given: open airings there are thousands."""
FORMS: dict[str, type[Emergency] | type[Drill]] = {EMERGENCY: Emergency, DRILL: Drill}


@dataclass(frozen=True)
class Wish:
    """What is to sound: a template, or a `text` after `lead` (a sound of the shelf, or NO_LEAD); where, how often.

    `key` makes a second press the same order. What has not been given by `expires_us` is not given any more.
    """

    kind: str
    template: str
    targets: tuple[str, ...]
    rounds: int | None
    key: str
    text: str | None = None
    lead: str = "siren"
    expires_us: int | None = None


@dataclass(frozen=True)
class Matter:
    """What a wish comes to: a title, how often, its sounds."""

    title: str
    rounds: int
    lead: Item | None
    words: tuple[Item, ...]
    tells_time: bool


class Ordering:
    """Gives orders; how they stand is said in order_view.py."""

    def __init__(
        self, database: Database, clock: Clock, zone: str, signing: Signing, news: News, insisting: Insisting,
        dictation: Dictation, sending_along: SendingAlong,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._zone, self._signing = database, clock, zone, signing
        self._news, self._insisting = news, insisting
        self._dictation, self._sending_along = dictation, sending_along
        self._presses: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def sound(self, wish: Wish, by: str, dry: bool = False) -> OrderRow:
        """Give the order; it is on disk and on its way when this returns. `dry`: only look whether it could be given.

        Problem 404 without the template, 409 `not_ready` before its sound is made, `order_expired` when it comes too
        late and `quiet_hours` for a drill in them, 422 for a bad text, target or count, and `key_used` for the key of
        an order that was another one, 503 when the text could not be spoken.
        """
        _check_rounds(wish)
        came_us = self._clock.now_us()  # before its words are spoken
        try:
            async with self._presses.setdefault(wish.key, asyncio.Lock()):
                return await self._sound(wish, by, dry, came_us)
        except IntegrityError:  # both came at once, to a database that lets two write: the other was first
            async with self._database.reading() as session:
                known = await self._known(session, wish)
            if known is None:
                raise
            return known

    async def _sound(self, wish: Wish, by: str, dry: bool, came_us: Micros) -> OrderRow:
        """One press at a time of those that are the same: the second says nothing anew."""
        said = await self._said(wish, dry)
        if said and not dry:
            await self._dictation.keep(said)
        async with self._database.transaction() as session:
            asked = {"station": self._signing.station, "key": wish.key, "now": self._clock.now_us()}
            before = list(await past_mapper(session, _BEFORE, asked))
            if same := next((order for _, _, order in before if order), None):
                return _the_same(wish, await session.get_one(OrderRow, same))
            prepared = await read_prepared(session, self._signing.station)
            matter = _matter(wish, said, prepared)
            sites = await read_sites(session, self._signing.station)
            reach = read_reach(wish.targets, sites)
            _check_in_time(wish, came_us, self._clock.now_us())
            now = self._moment(max((made_us for cluster, made_us, _ in before if cluster in reach), default=0))
            if wish.kind == DRILL:
                await check_moment(session, self._signing.station, now)
                reach = read_awake(wish.targets, sites, now)
            values = self._values(wish, matter, by, now, said)
            order = OrderRow(**values)
            if dry:
                return order
            await past_mapper(session, _ORDERS, values)
            time = time_items(prepared, local(self._zone, now)) if matter.tells_time else ()
            told = script(matter.lead, matter.words, time, order.rounds)
            whole = {site.id: site.loudspeakers for site in sites.clusters}
            drafts = [_draft(order, told, head(order, one, chosen, whole[one])) for one, chosen in reach.items()]
            sealed = await self._signing.seal_all(session, drafts)
            planned = [
                airing_of(one.statement, cluster, sorted(whole[cluster]))
                for cluster, one in zip(reach, sealed, strict=True)
            ]
            given = await give(session, reach, sealed, planned)
            if said:
                session.add_all(_spoken(order, said))
            await note_news(session, self._signing.station, list(reach), now)
            said_of = {name: values[name] for name in ("template", "text", "targets", "rounds")}
            await record_each(session, self._signing.station, now, by, f"{order.kind}.order", [(order.id, said_of)])
        self._insisting.say(given)
        if said and told.first[0] == said.items[0]:
            self._sending_along.send_again(said.items[0].content, said.sounds[0], reach)
        self._news.stir_after_orders(reach)
        return order

    async def _said(self, wish: Wish, dry: bool) -> Said | None:
        """The text as sound, unless it is a second press. What could not be ordered anyway is not spoken.

        Words that nothing goes before are on their way before the rest is coded and the order signed: without that
        they are nothing to a box.
        """
        if wish.text is None:
            return None
        text = check_words(wish.text)
        async with self._database.reading() as session:
            if await self._known(session, wish) is not None:
                return None
            sites = await read_sites(session, self._signing.station)
            reach = read_reach(wish.targets, sites)
            leads = sounds(await read_prepared(session, self._signing.station))

        def send_ahead(head: Item, sound: bytes) -> None:
            if not dry:
                self._sending_along.send(head.content, sound, reach)

        return await self._dictation.speak(text, None if wish.lead in leads else send_ahead)

    async def _known(self, session: AsyncSession, wish: Wish) -> OrderRow | None:
        """The order that was given under this key. Problem 422 if the wish is another."""
        known = await session.scalar(_OF_KEY, {"station": self._signing.station, "key": wish.key})
        return known and _the_same(wish, known)

    def _moment(self, last_us: int) -> Micros:
        """Now, asked once the lock is ours: who waited for it comes after whoever had it, an order or a stop.

        Of orders that stand on a cluster the latest wins, by this moment; a clock that was set back a little since
        `last_us`, when the last one there was given, does not turn two about.
        """
        now = self._clock.now_us()
        return Micros(last_us + 1) if now <= last_us < now + BACKDATED else now

    def _values(self, wish: Wish, matter: Matter, by: str, now: Micros, said: Said | None) -> dict[str, Any]:
        """The order's row; the session does not hold it."""
        return {
            "id": secrets.token_hex(16),
            "station_id": self._signing.station,
            "key": wish.key,
            "kind": wish.kind,
            "template": "" if said else wish.template,
            "text": said.text if said else None,
            "lead": wish.lead if said else None,
            "title": matter.title,
            "targets": list(wish.targets),
            "rounds": matter.rounds,
            "made_by": by,
            "made_us": now,
            "expires_us": now + MAY_BEGIN_US,
            "until_us": now + LONGEST_US,
        }


def _matter(wish: Wish, said: Said | None, prepared: Mapping[str, Prepared]) -> Matter:
    ready = sounds(prepared)
    if said is not None:
        title = clean_line(f"Khẩn cấp: {said.text}", LONGEST_TITLE)
        return Matter(title, wish.rounds or TEXT_ROUNDS, ready.get(wish.lead), said.items, tells_time=True)
    template = prepared.get(wish.template)
    if template is None or template.kind != wish.kind:
        raise not_found(f"mẫu {wish.template[:40]}", f"template {wish.template[:40]}")
    if template.sound is None:
        vi = f"Mẫu “{template.title}” chưa có tiếng; hãy đợi một lát."
        en = f"The template “{template.title}” has no sound yet; wait a moment."
        raise Problem(409, "not_ready", vi, en)
    lead = ready.get(template.lead or "")  # words without their siren are better than none
    rounds = wish.rounds or template.rounds
    return Matter(template.title, rounds, lead, (template.sound,), template.text is not None)


def _check_rounds(wish: Wish) -> None:
    if wish.rounds is not None and not 1 <= wish.rounds <= MOST_ROUNDS:
        vi, en = f"Số lần phát là từ 1 đến {MOST_ROUNDS}.", f"It may be said 1 to {MOST_ROUNDS} times."
        raise Problem(422, "bad_rounds", vi, en)


def _check_in_time(wish: Wish, came_us: Micros, now: Micros) -> None:
    """What came in time may be late by as long as its words may take to speak, and no later for a lock's sake."""
    if wish.expires_us is not None and max(came_us, now - LONGEST_S * SECOND) > wish.expires_us:
        vi = "Lệnh đến máy chủ quá muộn nên không phát. Muốn phát thì ra lệnh lại."
        en = "The order came too late, so nothing sounds. To sound it, give it again."
        raise Problem(409, "order_expired", vi, en)


def _the_same(wish: Wish, known: OrderRow) -> OrderRow:
    """The order under the wish's key. Problem 422 if the wish is another."""
    if _asks_for(wish, known):
        return known
    vi = f"Khóa của lệnh này đã dùng cho “{known.title}”; lệnh khác phải có khóa khác."
    en = f"The key of this order was used for “{known.title}”; another order needs another key."
    raise Problem(422, "key_used", vi, en, order=known.id)


def _asks_for(wish: Wish, order: OrderRow) -> bool:
    text, lead = (None, None) if wish.text is None else (check_words(wish.text), wish.lead)
    asked = (wish.kind, wish.template, sorted(wish.targets), text, lead)
    same = asked == (order.kind, order.template, sorted(order.targets), order.text, order.lead)
    return same and wish.rounds in (None, order.rounds)


def _draft(order: OrderRow, told: Script, head: dict[str, Any]) -> Order:
    lead_us = LEAD_US if told.meanwhile or order.text is None else TEXT_LEAD_US
    return FORMS[order.kind](
        **head,
        start_us=order.made_us + lead_us,
        first=told.first,
        again=told.again,
        meanwhile=told.meanwhile,
        rounds=order.rounds,
    )


def _spoken(order: OrderRow, said: Said) -> list[SpokenRow]:
    rows = {
        item.content: SpokenRow(
            id=secrets.token_hex(16),
            station_id=order.station_id,
            order_id=order.id,
            content=item.content,
            size=item.size,
            duration_us=item.duration_us,
            position=position,
        )
        for position, item in enumerate(said.items)
    }
    return list(rows.values())
