"""Opus on both sides of the wire: what the server encodes, the box decodes."""

from __future__ import annotations

import numpy as np
import pytest

from broadcast_server.live.opus import FRAME_BYTES, LARGEST_PACKET, OpusEncoder
from speaker_client.frames import BLOCK_BYTES, RATE
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
    assert len(decoder.decode(None)) == BLOCK_BYTES
    assert any(decoder.decode(None))
    assert len(decoder.decode(b"\xff" * 50)) == BLOCK_BYTES


def test_half_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="1920"):
        OpusEncoder().encode(bytes(100))
