"""Packed messages: small, the same again, and no bomb."""

from __future__ import annotations

import pytest

from speaker_client.protocol.envelope import LARGEST_COMMAND, Malformed
from speaker_client.protocol.ids import StationId
from speaker_client.protocol.packing import pack, unpack
from speaker_client.protocol.report import Heartbeat
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION


def _beat() -> bytes:
    key = SigningKey.born()
    beat = Heartbeat(
        station=StationId(key.public[:16]),
        audience=WHOLE_STATION,
        seq=1234,
        not_before_us=1_790_000_000_123_456,
        expires_us=1_790_000_600_123_456,
        boot=key.public[16:32],
        n=1234,
        head=SigningKey.born().public,
        plan=17,
        clock="ATTESTED",
        clock_error_us=812,
    )
    return beat.seal([key]).encode()


def test_a_heartbeat_travels_in_a_third_of_its_size() -> None:
    beat = _beat()
    assert unpack(pack(beat)) == beat
    assert len(pack(beat)) < 250


def test_what_was_not_packed_is_read_as_it_is() -> None:
    assert unpack(b'{"payload":""}') == b'{"payload":""}'


@pytest.mark.parametrize("data", [b"", b"rubbish", pack(b"x" * 50)[:-3], pack(b"x" * 10_000_000)])
def test_rubbish_and_bombs_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(data, LARGEST_COMMAND)
