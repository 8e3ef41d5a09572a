"""Opus on both sides of the wire: what the server encodes, the box decodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast_server.live.opus import FRAME_BYTES, LARGEST_PACKET, MOST_SAMPLES, OpusEncoder
from broadcast_server.live.opus import OpusDecoder as StationDecoder
from speaker_client.frames import RATE
from speaker_client.opus import OpusDecoder
from tests.speaker_client.sound_of_tests import likeness, voice

SLOWEST = RATE // 50
"""Samples by which the codec may be behind: 20 ms."""


def packets(seconds: float) -> tuple[bytes, list[bytes]]:
    pcm = voice(seconds).tobytes()
    encoder = OpusEncoder()
    whole = range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    return pcm, [encoder.encode(pcm[at : at + FRAME_BYTES]) for at in whole]


def test_what_is_encoded_sounds_the_same_when_decoded() -> None:
    pcm, sent = packets(2.0)
    decoder = OpusDecoder()
    heard, source = (np.frombuffer(one, np.int16) for one in (b"".join(map(decoder.decode, sent)), pcm))
    second = source[:RATE]
    assert max(likeness(heard[lag : lag + RATE], second) for lag in range(0, SLOWEST, 4)) > 0.95
    assert max(map(len, sent)) <= LARGEST_PACKET


def test_a_lost_packet_is_made_up_for_and_a_damaged_one_is_a_lost_one() -> None:
    _, sent = packets(0.5)
    decoder = OpusDecoder()
    for packet in sent[:10]:
        decoder.decode(packet)
    assert len(decoder.decode(None)) == FRAME_BYTES
    assert any(decoder.decode(None))
    assert len(decoder.decode(b"\xff" * 50)) == FRAME_BYTES


def test_half_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="960"):
        OpusEncoder().encode(bytes(100))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=0, max_size=200), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8)
)
def test_a_damaged_packet_is_a_frame_on_the_box_and_whole_samples_at_the_station(
    strange: bytes, flips: list[tuple[int, int]]
) -> None:
    _, (first, *_) = packets(0.01)
    damaged = bytearray(first)
    for at, value in flips:
        damaged[at % len(damaged)] = value
    box, station = OpusDecoder(), StationDecoder()
    for packet in (strange, bytes(damaged), first):
        assert len(box.decode(packet)) == FRAME_BYTES
        assert len(station.decode(packet)) in range(0, MOST_SAMPLES * 2 + 1, 2)
