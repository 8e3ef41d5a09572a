"""Nobody but the station is obeyed; and each check of the box's trust is one that is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from speaker_client import listener, trust
from speaker_client.listener import Listener
from speaker_client.protocol import signature
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.statement import Kind
from speaker_client.trust import Circle, Moment
from tests.speaker_client.forgery.battery import CLASSES, Battery

ATTACKS, GOOD = 3000, 200
Removal = Callable[[pytest.MonkeyPatch], None]


def test_no_attack_is_obeyed_none_crashes_the_box_and_every_good_command_is_obeyed(tmp_path: Path) -> None:
    battery = Battery(tmp_path, seed=1)
    tally = battery.run(ATTACKS, GOOD)
    assert +tally.obeyed == +tally.crashes == {}
    assert tally.attacks.total() == ATTACKS
    assert set(tally.attacks) == set(CLASSES)
    assert tally.good_obeyed == tally.good_sent
    assert tally.good_sent.total() == GOOD


def no_signature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "signed_by", lambda *_: True)


def no_revocation(patch: pytest.MonkeyPatch) -> None:
    known = trust._known_keys

    def all_known(envelope: Envelope, circle: Circle) -> Any:
        keyring = circle.keyring and circle.keyring.model_copy(update={"revoked": ()})
        return known(envelope, Circle(circle.station, circle.root, keyring, circle.audiences))

    patch.setattr(trust, "_known_keys", all_known)


def no_domain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signature, "message", lambda payload: payload.encode())


def no_role(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "_check_role", lambda genuine, *_: frozenset(genuine))


def _address(patch: pytest.MonkeyPatch, ours: Callable[[Circle], dict[str, Any]]) -> None:
    check = trust._check_address
    patch.setattr(
        trust, "_check_address", lambda payload, kind, circle: check({**payload, **ours(circle)}, kind, circle)
    )


def no_version(patch: pytest.MonkeyPatch) -> None:
    _address(patch, lambda _: {"v": 1})


def no_station(patch: pytest.MonkeyPatch) -> None:
    _address(patch, lambda circle: {"station": circle.station})


def no_audience(patch: pytest.MonkeyPatch) -> None:
    _address(patch, lambda circle: {"audience": min(circle.audiences)})


def no_epoch(patch: pytest.MonkeyPatch) -> None:
    _address(patch, lambda _: {"epoch": 1 << 50})


def no_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "_check_time", lambda *_: None)


class Anything(frozenset[str]):
    def __contains__(self, _: object) -> bool:
        return True


def no_echo(patch: pytest.MonkeyPatch) -> None:
    moment = Listener._moment
    patch.setattr(Listener, "_moment", lambda self, now: Moment(now.utc_us, moment(self, now).floor_us, Anything()))


def no_clock_needed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "NEEDS_TIME", frozenset())


def no_sequence(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "_check_sequence", lambda *_: None)


def no_furthest_leap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "FURTHEST_LEAP", 1 << 60)


def no_size(patch: pytest.MonkeyPatch) -> None:
    parse = trust.parse
    patch.setattr(trust, "parse", lambda data, _: parse(data, 1 << 30))


def no_canonical_text(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trust, "payload_of", lambda envelope: json.loads(envelope.payload))


def no_place(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listener, "ORDERS", frozenset(Kind))


def no_limit_to_a_plan(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listener, "within_schedule", lambda plan: plan)


REMOVALS: tuple[Removal, ...] = (
    no_signature,
    no_revocation,
    no_domain,
    no_role,
    no_version,
    no_station,
    no_audience,
    no_epoch,
    no_time,
    no_echo,
    no_clock_needed,
    no_sequence,
    no_furthest_leap,
    no_size,
    no_canonical_text,
    no_place,
    no_limit_to_a_plan,
)


@pytest.mark.parametrize("remove", REMOVALS, ids=lambda one: one.__name__)
def test_without_any_one_check_some_attack_is_obeyed(
    remove: Removal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remove(monkeypatch)
    battery = Battery(tmp_path, seed=1)
    assert any(battery.run(attacks=100, good=5).obeyed.total() for _ in islice(iter(int, 1), ATTACKS // 100))
