"""The planner's transaction over books in memory: the real outlook and publication, written down as the server does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from broadcast_server.fleet.ledger import Airing as Logged
from broadcast_server.fleet.ledger import State
from broadcast_server.schedule.airings import AiringKey, airing_id
from broadcast_server.schedule.outlook import Outlook
from broadcast_server.schedule.promise import Logged as Known
from broadcast_server.schedule.publication import InForce, Overruled, Publication, Wanted, publication
from speaker_client.protocol.ids import DAY, AiringId, ClusterId
from speaker_client.protocol.keyring import Keyring, TrustedKey
from speaker_client.protocol.plan import Item, Plan
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.statement import WHOLE_STATION, Role, cluster_audience
from tests.simulation.books import Books, Entry
from tests.simulation.commune import KEYS, MESSAGES, SIREN, STATION_ID


def publish(books: Books, outlook: Outlook, cluster: ClusterId, by: str, number: Callable[[], int]) -> Plan | None:
    """Bring a cluster's entries up to date; the plan to sign if there is something new to say."""
    entries = books.entries.values()
    mine = [entry for entry in entries if entry.key.cluster == cluster and entry.order_expires_us is None]
    last = books.plans.get(cluster)
    in_force = InForce(last.made_us, last.until_us) if last else None
    found = publication(outlook, cluster, [_known(entry) for entry in mine], in_force)
    _note_unpublished(books, found, outlook.now_us)
    if found.airings is None:
        return None
    seq = number()
    _write(books, found, seq, by)
    return Plan(
        station=STATION_ID,
        audience=cluster_audience(cluster),
        seq=seq,
        not_before_us=outlook.now_us - DAY,
        expires_us=found.until_us,
        from_us=outlook.now_us,
        until_us=found.until_us,
        airings=found.airings,
    )


def _known(entry: Entry) -> Known:
    airing = entry.airing
    return Known(
        entry.key,
        airing.start_us,
        airing.until_us,
        entry.planned,
        entry.overruled_by,
        withdrawn=airing.withdrawn_plan is not None,
        playing=airing.state is State.PLAYING,
        ended=airing.ended,
    )


def _write(books: Books, found: Publication, seq: int, by: str) -> None:
    for one in found.added:
        books.entries[one.planned.id] = _entry(one, seq)
    for one in found.changed:
        old = books.entries[one.planned.id]
        fresh = _entry(one, old.airing.first_plan or seq)
        moved = replace(
            old.airing,
            start_us=fresh.airing.start_us,
            end_us=fresh.airing.end_us,
            until_us=fresh.airing.until_us,
        )
        books.entries[one.planned.id] = replace(old, planned=one.planned, airing=moved)
    for gone in found.withdrawn:
        old = books.entries[airing_id(gone.key)]
        winner = gone.by if old.airing.state is State.PENDING else old.airing.by
        airing = replace(old.airing, withdrawn_plan=seq, withdrawn_by=by, by=winner)
        books.entries[old.airing.id] = replace(old, airing=airing)


def _note_unpublished(books: Books, found: Publication, now_us: int) -> None:
    for one in found.overruled:
        books.entries[airing_id(one.key)] = _overruled(one)
    for key in found.forgotten:
        del books.entries[airing_id(key)]
    for key in found.superseded:
        old = books.entries[airing_id(key)]
        end = replace(old.airing, state=State.SUPERSEDED, by=old.overruled_by, decided_us=now_us)
        books.entries[old.airing.id] = replace(old, airing=end)


def _entry(one: Wanted, seq: int) -> Entry:
    planned = one.planned
    airing = Logged(planned.id, planned.start_us, planned.end_us, planned.until_us, first_plan=seq)
    return Entry(one.key, one.due_us, planned, airing)


def _overruled(one: Overruled) -> Entry:
    airing = _unpublished(one.key, one.occurrence.start_us, one.occurrence.end_us)
    return Entry(one.key, one.occurrence.start_us, None, airing, one.by)


def _unpublished(key: AiringKey, start_us: int, end_us: int) -> Logged:
    return Logged(AiringId(airing_id(key)), start_us, end_us, end_us)


def head_of(audience: object, not_before_us: int, expires_us: int, seq: int) -> dict[str, object]:
    """What every statement of the station begins with."""
    return {
        "station": STATION_ID,
        "audience": audience,
        "seq": seq,
        "not_before_us": not_before_us,
        "expires_us": expires_us,
    }


def keyring_at(now_us: int) -> Keyring:
    roles = {"schedule": Role.SCHEDULE, "alert": Role.ALERT, "drill": Role.DRILL, "time": Role.TIME}
    trusted = tuple(TrustedKey(public=KEYS[name].public, roles=(role,)) for name, role in roles.items())
    return Keyring(**head_of(WHOLE_STATION, now_us - DAY, now_us + 3650 * DAY, 1), keys=trusted)


def shelf_at(now_us: int) -> Shelf:
    items: tuple[Item, ...] = (SIREN, *MESSAGES)
    return Shelf(**head_of(WHOLE_STATION, now_us - DAY, now_us + 3650 * DAY, 1), items=items)
