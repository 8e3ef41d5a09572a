"""Signed, fresh and addressed, or silent."""

from __future__ import annotations

import json
import random

import pytest
from pydantic import ValidationError

from speaker_client.memory import Memory, Ratcheted
from speaker_client.protocol.clock import TimeToken
from speaker_client.protocol.command import Stop
from speaker_client.protocol.envelope import (
    LARGEST_COMMAND,
    Envelope,
    Malformed,
    Signature,
    canonical,
    parse,
    payload_of,
)
from speaker_client.protocol.ids import HOUR
from speaker_client.protocol.keyring import TrustedKey
from speaker_client.protocol.signature import SigningKey, key_id, seal
from speaker_client.protocol.statement import Audience, Kind, Role, box_audience
from speaker_client.trust import Accepted, Circle, Moment, NotNewer, Refused, examine, opened
from tests.speaker_client.station_of_tests import BOX, NOW, STATION, MiniStation

STATION_MADE = MiniStation()


def circle(**changes: object) -> Circle:
    audiences = STATION_MADE.config().audiences()
    keyring = STATION_MADE.keyring().model_copy(update=changes)
    return Circle(STATION, STATION_MADE.root.public, keyring, audiences)


def obey(data: bytes, streams: dict[tuple[str, str, str], int] | None = None, now: int | None = NOW) -> Accepted:
    moment = Moment(now, NOW - HOUR, frozenset({"e" * 32}))
    return examine(opened(data, LARGEST_COMMAND), circle(), streams or {}, moment)


def refusal(data: bytes, streams: dict[tuple[str, str, str], int] | None = None, now: int | None = NOW) -> str:
    with pytest.raises(Refused) as refused:
        obey(data, streams, now)
    return refused.value.code


def sealed(key: SigningKey | None = None, **changes: object) -> bytes:
    return STATION_MADE.stop(**{"seq": 5, **changes}).seal([key or STATION_MADE.schedule]).encode()


def test_a_genuine_stop_is_obeyed() -> None:
    accepted = obey(sealed())
    assert accepted.kind is Kind.STOP
    assert accepted.stream[:2] == (STATION_MADE.schedule.id, "stop")
    assert accepted.stream[2].startswith("cluster:cum-1#5 ")


def test_a_stop_is_remembered_until_it_would_be_refused_as_expired() -> None:
    memory, stop = Memory(), obey(sealed(expires_us=NOW + HOUR))
    memory.apply(Ratcheted(stop.stream, stop.seq))
    assert not memory.lapsed(NOW + HOUR)
    assert memory.lapsed(NOW + HOUR + 1) == [stop.stream]
    assert refusal(sealed(expires_us=NOW + HOUR), now=NOW + HOUR + 1) == "expired"


def test_half_a_character_is_refused_like_any_rubbish() -> None:
    """Nothing was signed for it, and yet it killed the box that named the order by its hash."""
    half = b'{"payload":"\\ud800","signatures":[]}'
    assert refusal(half) == "malformed"
    with pytest.raises(ValidationError):
        Envelope.model_validate(json.loads(half))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (sealed(SigningKey.born()), "unknown_key"),
        (sealed(STATION_MADE.alert), "wrong_role"),
        (sealed(STATION_MADE.time), "wrong_role"),
        (sealed(STATION_MADE.root), "wrong_role"),
        (sealed(role=Role.TIME), "wrong_role"),
        (sealed(station="ben-canh"), "wrong_station"),
        (sealed(audience=Audience("cluster:cum-2")), "not_addressed"),
        (sealed(audience=Audience("box:box-2")), "not_addressed"),
        (sealed(expires_us=NOW - 1), "expired"),
        (sealed(not_before_us=NOW + HOUR), "too_early"),
        (sealed(epoch=0), "old_epoch"),
        (sealed(v=2), "unknown_version"),
        (sealed(kind="fire"), "unknown_kind"),
        (b"", "malformed"),
        (b"{" * 5000, "malformed"),
        (b"x" * (LARGEST_COMMAND + 1), "malformed"),
    ],
)
def test_each_forgery_is_refused_by_its_own_check(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_replay_is_told_by_its_sequence_not_by_its_bytes() -> None:
    data = sealed()
    accepted = obey(data)
    streams = {accepted.stream: accepted.seq}
    with pytest.raises(NotNewer):
        obey(data, streams)
    spaced = json.dumps(json.loads(data), indent=2).encode()
    with pytest.raises(NotNewer):
        obey(spaced, streams)


def test_a_stop_that_a_later_one_overtook_is_obeyed_all_the_same() -> None:
    later = obey(sealed(seq=6))
    assert obey(sealed(), {later.stream: later.seq}).seq == 5


def test_an_older_plan_is_a_replay() -> None:
    plan = STATION_MADE.plan(5).seal([STATION_MADE.schedule]).encode()
    accepted = obey(plan)
    assert refusal(plan, {accepted.stream: 6}) == "replayed"


def test_a_number_far_beyond_the_last_is_not_believed_but_a_new_box_starts_anywhere() -> None:
    plan = STATION_MADE.plan(3_000_000).seal([STATION_MADE.schedule]).encode()
    assert obey(plan).seq == 3_000_000
    assert refusal(plan, {(STATION_MADE.schedule.id, "plan", "cluster:cum-1"): 5}) == "leapt"


def test_without_a_clock_only_an_echo_of_our_nonce_is_fresh() -> None:
    assert refusal(sealed(), now=None) == "no_clock"
    assert obey(sealed(echo="e" * 32), now=None).kind is Kind.STOP
    assert refusal(sealed(echo="f" * 32), now=None) == "no_clock"


def test_what_expired_before_the_floor_is_refused_even_with_our_nonce() -> None:
    assert refusal(sealed(echo="e" * 32, expires_us=NOW - 2 * HOUR), now=None) == "expired"


def test_only_the_first_signatures_are_looked_at() -> None:
    true = parse(sealed())
    false = Signature(key=true.signatures[0].key, value="0" * 128)
    assert obey(true.model_copy(update={"signatures": (*[false] * 7, *true.signatures)}).encode()).kind is Kind.STOP
    assert refusal(true.model_copy(update={"signatures": (*[false] * 8, *true.signatures)}).encode()) == "bad_signature"


@pytest.mark.parametrize("echo", [[], {}, 7, True])
def test_an_echo_that_is_no_text_is_refused(echo: object) -> None:
    value = {**payload_of(parse(sealed())), "echo": echo}
    assert refusal(seal(canonical(value), [STATION_MADE.schedule]).encode()) == "malformed"


def test_a_revoked_key_is_unknown() -> None:
    revoked = circle(revoked=(STATION_MADE.schedule.id,))
    with pytest.raises(Refused, match="unknown_key"):
        examine(opened(sealed(), LARGEST_COMMAND), revoked, {}, Moment(NOW, 0))


def test_a_threshold_counts_keys_not_signatures() -> None:
    strict = circle(thresholds={Role.SCHEDULE: 2})
    stop = STATION_MADE.stop(5)
    twice = stop.seal([STATION_MADE.schedule, STATION_MADE.schedule]).encode()
    with pytest.raises(Refused, match="wrong_role"):
        examine(opened(twice, LARGEST_COMMAND), strict, {}, Moment(NOW, 0))


def test_the_payload_must_be_canonical_and_unambiguous() -> None:
    stop = STATION_MADE.stop(5)
    plain = stop.seal([STATION_MADE.schedule]).payload
    for text in (
        plain.replace('"seq":5', '"seq": 5'),
        plain.replace('"seq":5', '"seq":4,"seq":5'),
        plain.replace('"seq":5', '"seq":5.0'),
        plain.replace('"seq":5', '"seq":true'),
        "[" + plain + "]",
    ):
        with pytest.raises((Refused, Malformed)) as refused:
            examine(seal(text, [STATION_MADE.schedule]), circle(), {}, Moment(NOW, 0))
        assert getattr(refused.value, "code", "malformed") == "malformed"


def test_nothing_bent_is_obeyed_and_nothing_crashes() -> None:
    dice = random.Random(7)
    good = sealed()
    obeyed = 0
    for _ in range(4000):
        data = bytearray(good)
        for _ in range(dice.choice((1, 1, 1, 2, 8))):
            at = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[at] ^= 1 << dice.randrange(8)
                case 1:
                    del data[at : at + dice.randrange(1, 40)]
                case 2:
                    data[at:at] = data[: dice.randrange(30)]
                case _:
                    data[at : at + 1] = dice.randbytes(2)
            if not data:
                data = bytearray(b"x")
        try:
            accepted = obey(bytes(data))
        except Refused:
            continue
        # Only what is not signed may have changed: white space or the case of the hex digits.
        assert accepted.envelope.payload == parse(good).payload
        obeyed += 1
    assert obeyed < 400


def test_a_key_that_calls_itself_by_another_name_is_not_believed() -> None:
    stranger = SigningKey.born()
    envelope = STATION_MADE.stop(5).seal([stranger])
    dressed = Envelope(
        payload=envelope.payload,
        signatures=(Signature(key=STATION_MADE.schedule.id, value=envelope.signatures[0].value),),
    )
    assert refusal(dressed.encode()) == "bad_signature"
    assert key_id(stranger.public) != STATION_MADE.schedule.id


def test_what_a_newer_station_adds_is_ignored() -> None:
    payload = payload_of(STATION_MADE.stop(5).seal([STATION_MADE.schedule]))
    payload["tone"] = "soft"
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    accepted = obey(seal(text, [STATION_MADE.schedule]).encode())
    assert Stop.read(accepted.payload).by == "lan"


def _time_token(**changes: object) -> bytes:
    token = TimeToken(
        station=STATION,
        audience=box_audience(BOX),
        seq=0,
        not_before_us=NOW - HOUR,
        expires_us=NOW - HOUR + 60_000_000,
        echo="e" * 32,
        received_us=NOW - HOUR,
        sent_us=NOW - HOUR,
    )
    return token.model_copy(update=changes).seal([STATION_MADE.time]).encode()


def test_a_time_that_answers_our_nonce_is_heard_even_when_our_clock_runs_an_hour_ahead() -> None:
    assert obey(_time_token(), now=NOW).kind is Kind.TIME
    assert refusal(_time_token(echo="f" * 32), now=NOW) == "wrong_nonce"


def test_two_keys_of_a_role_share_one_row_of_numbers() -> None:
    second = SigningKey.born()
    keys = (*STATION_MADE.keyring().keys, TrustedKey(public=second.public, roles=(Role.SCHEDULE,)))
    both = circle(keys=keys)
    plan = STATION_MADE.plan(7)
    first = examine(plan.seal([second]), both, {}, Moment(NOW, 0))
    with pytest.raises(NotNewer):
        examine(plan.seal([STATION_MADE.schedule]), both, {first.stream: first.seq}, Moment(NOW, 0))
