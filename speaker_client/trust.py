"""Pure trust: which statements this box obeys. Cheap checks first, all must pass, then the sequence is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speaker_client.memory import Stream, passing_course
from speaker_client.protocol.envelope import MOST_SIGNATURES, Envelope, KeyId, Malformed, parse, payload_of
from speaker_client.protocol.ids import StationId
from speaker_client.protocol.keyring import Keyring
from speaker_client.protocol.plan import Plan, PlannedAiring
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.refused import words
from speaker_client.protocol.shelf import Shelf
from speaker_client.protocol.signature import key_id, signed_by
from speaker_client.protocol.statement import MAY_SIGN, Audience, Kind, Role

ORDERS = frozenset({Kind.STOP, Kind.EMERGENCY, Kind.DRILL, Kind.LIVE, Kind.LIVE_EMERGENCY})
"""Kinds that come by several roads at once, and each of which counts by itself."""

RATCHETED = frozenset({Kind.KEYRING, Kind.CONFIG, Kind.PLAN, Kind.SHELF}) | ORDERS
"""Kinds whose sequence may only grow; the others are harmless to hear twice."""

NEEDS_TIME = frozenset({Kind.PLAN, Kind.HINT}) | ORDERS
"""Kinds that must be fresh: by our clock, or by echoing our nonce when we have none."""

UNTIMELY = frozenset({"expired", "too_early", "no_clock"})
"""Refusals of what is genuine and for us, but not for the moment that our clock shows."""

FURTHEST_LEAP = 1_000_000
SLACK_US = 5_000_000
"""By so much the station's clock and ours may differ before it shows."""


class Refused(Exception):
    """The statement is not obeyed; `code` names the first check that it failed."""

    def __init__(self, code: str, kind: str = "?") -> None:
        super().__init__(f"{kind}: {words(code)}")
        self.code, self.kind = code, kind


class NotNewer(Refused):
    """A statement we already have: no news, and no offence."""


@dataclass(frozen=True)
class Circle:
    """Whom this box trusts and who it is: the root key (hex), the keyring in force, its station and audiences."""

    station: StationId
    root: str
    keyring: Keyring | None
    audiences: frozenset[Audience]


@dataclass(frozen=True)
class Moment:
    """What the box knows of time: `now_us` None without a clock, the floor, and its nonces still out."""

    now_us: int | None
    floor_us: int
    nonces: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Accepted:
    """A payload that passed every check, and the stream position to make durable before acting on it."""

    kind: Kind
    payload: dict[str, Any]
    stream: Stream
    seq: int
    envelope: Envelope


def opened(data: bytes, largest: int) -> Envelope:
    """The envelope in `data`, unexamined; Refused if there is none."""
    try:
        return parse(data, largest)
    except Malformed as error:
        raise Refused("malformed") from error


def examine(envelope: Envelope, circle: Circle, streams: Mapping[Stream, int], moment: Moment) -> Accepted:
    """The statement in the envelope, or Refused with the first check it failed."""
    keys = _known_keys(envelope, circle)
    genuine = [key for key, public in keys.items() if signed_by(envelope, public)]
    if not genuine:
        raise Refused("bad_signature")
    payload, kind, role = _head(envelope)
    holders = _check_role(genuine, kind, role, circle)
    _check_address(payload, kind, circle)
    _check_time(payload, kind, moment)
    course = _course(payload, kind)
    _check_sequence(payload["seq"], kind, max(streams.get((str(key), str(kind), course), 0) for key in holders))
    stream = (str(next(key for key in genuine if key in holders)), str(kind), course)
    return Accepted(kind, payload, stream, payload["seq"], envelope)


def _course(payload: dict[str, Any], kind: Kind) -> str:
    """Within which numbers may only grow. Each order has its own: a later one may overtake it on the road.

    Both must be obeyed then, each once and only until it expires; what a stop names never starts, in whatever order.
    """
    if kind not in ORDERS:
        return str(payload["audience"])
    return passing_course(f"{payload['audience']}#{payload['seq']}", payload["expires_us"])


def _known_keys(envelope: Envelope, circle: Circle) -> dict[KeyId, str]:
    """Public keys (hex) of the signatures that we may know; each key counts once."""
    trusted = {key_id(circle.root): circle.root}
    if circle.keyring:
        revoked = set(circle.keyring.revoked)
        trusted |= {key_id(key.public): key.public for key in circle.keyring.keys}
        trusted = {key: public for key, public in trusted.items() if key not in revoked}
    known = {one.key: trusted[one.key] for one in envelope.signatures[:MOST_SIGNATURES] if one.key in trusted}
    if not known:
        raise Refused("unknown_key")
    return known


def _head(envelope: Envelope) -> tuple[dict[str, Any], Kind, Role]:
    try:
        payload = payload_of(envelope)
    except Malformed as error:
        raise Refused("malformed") from error
    fields = {"v": int, "station": str, "audience": str, "epoch": int, "seq": int}
    fields |= {"not_before_us": int, "expires_us": int}
    if any(type(payload.get(name)) is not kind for name, kind in fields.items()):
        raise Refused("malformed")
    if not isinstance(payload.get("echo"), str | None):
        raise Refused("malformed")
    try:
        return payload, Kind(str(payload.get("kind"))), Role(str(payload.get("role")))
    except ValueError as error:
        raise Refused("unknown_kind", str(payload.get("kind"))[:40]) from error


def _check_role(genuine: list[KeyId], kind: Kind, role: Role, circle: Circle) -> frozenset[KeyId]:
    """All keys that hold the role; enough of them must have signed."""
    if role not in MAY_SIGN[kind] or role is Role.DEVICE:
        raise Refused("wrong_role", kind)
    keys = circle.keyring.keys if circle.keyring else ()
    holders = {key_id(key.public) for key in keys if role in key.roles}
    if role is Role.ROOT:
        holders = {key_id(circle.root)}
    needed = circle.keyring.thresholds.get(role, 1) if circle.keyring else 1
    if len(holders.intersection(genuine)) < max(1, needed):
        raise Refused("wrong_role", kind)
    return frozenset(holders)


def _check_address(payload: dict[str, Any], kind: Kind, circle: Circle) -> None:
    if payload["v"] != 1:
        raise Refused("unknown_version", kind)
    if payload["station"] != circle.station:
        raise Refused("wrong_station", kind)
    if payload["audience"] not in circle.audiences:
        raise Refused("not_addressed", kind)
    if circle.keyring and payload["epoch"] < circle.keyring.epoch:
        raise Refused("old_epoch", kind)


def _check_time(payload: dict[str, Any], kind: Kind, moment: Moment) -> None:
    starts, ends = payload["not_before_us"], payload["expires_us"]
    answers_us = payload.get("echo") is not None and payload["echo"] in moment.nonces
    if kind is Kind.TIME:
        # Our own nonce proves it fresh: it must be heard even when it says that our clock runs ahead.
        if not answers_us:
            raise Refused("wrong_nonce", kind)
        return
    if ends < max(moment.floor_us, moment.now_us or 0):
        raise Refused("expired", kind)
    if answers_us:
        return
    if moment.now_us is None:
        if kind in NEEDS_TIME:
            raise Refused("no_clock", kind)
    elif starts > moment.now_us + SLACK_US:
        raise Refused("too_early", kind)


def within_schedule(plan: Plan) -> Plan:
    """The plan, if it keeps to what the schedule's key may say; Refused if it carries an emergency or a live voice.

    Whoever takes that key must not sound the alarm: an emergency is announced under the alert key, or not at all.
    """
    if any(airing.spoken for airing in plan.airings):
        raise Refused("live_in_plan", Kind.PLAN)
    if any(airing.priority >= Priority.LIVE_EMERGENCY for airing in plan.airings):
        raise Refused("emergency_in_plan", Kind.PLAN)
    return plan


def within_drill(planned: PlannedAiring, shelf: Shelf | None) -> PlannedAiring:
    """A drill's airing, if none of its sounds is an emergency's; Refused otherwise: nobody could tell it from one."""
    if shelf and not set(shelf.alarms).isdisjoint(planned.contents()):
        raise Refused("alarm_in_drill", Kind.DRILL)
    return planned


def _check_sequence(seq: int, kind: Kind, last: int) -> None:
    """`last` is the highest number heard from any holder of the role, 0 if none was."""
    if kind not in RATCHETED:
        return
    if seq == last:
        raise NotNewer("not_newer", kind)
    if seq < last:
        raise Refused("replayed", kind)
    if last and seq > last + FURTHEST_LEAP:
        raise Refused("leapt", kind)
