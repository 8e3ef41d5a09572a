"""A live in the server without any socket: its clock, its sound on disk."""

from __future__ import annotations

import io
from pathlib import Path

import soundfile

from broadcast_server.clock import SteadyClock
from broadcast_server.live.casting import Casting
from broadcast_server.live.opus import FRAME_BYTES
from broadcast_server.live.pacing import ROAD_US
from broadcast_server.live.speech import Speech
from broadcast_server.live.spool import Spool
from speaker_client.protocol.ids import BoxId, OrderId
from speaker_client.protocol.live import FRAME_US, Ending, read_group
from speaker_client.protocol.signature import SigningKey
from tests.faces.office import Hand
from tests.speaker_client.sound_of_tests import voice

LIVE, BOX = OrderId("ab" * 16), BoxId("b")


class Road:
    """Takes whatever it is given."""

    def __init__(self) -> None:
        self.groups: list[bytes] = []

    def send(self, box: BoxId, data: bytes) -> bool:
        self.groups.append(data)
        return True


async def test_a_clock_that_is_set_in_the_middle_of_a_word_moves_no_word(tmp_path: Path) -> None:
    for step_s in (-3600, -3, 3, 3600):
        wall, ticks, road, key = Hand(), Hand(0), Road(), SigningKey.born()
        steady = SteadyClock(wall, ticks.now_us)
        speech = Speech(LIVE, wall.at_us + ROAD_US, key, [BOX], steady, Casting(road), tmp_path / "it.pcm")
        for number in range(200):
            wall.at_us += FRAME_US + (step_s * 1_000_000 if number == 100 else 0)
            ticks.at_us += FRAME_US
            await speech.hear(bytes(FRAME_BYTES))
        told = speech.standing()
        assert (told["gaps"], told["dropped"]) == (0, 0), step_s
        assert read_group(road.groups[-1], key.public).end == 201


async def test_the_end_is_said_again_since_a_datagram_may_be_lost(tmp_path: Path) -> None:
    road, key = Road(), SigningKey.born()
    speech = Speech(LIVE, Hand().at_us, key, [BOX], SteadyClock(Hand()), Casting(road), tmp_path / "it.pcm")
    await speech.hear(bytes(4 * FRAME_BYTES))
    await speech.close(Ending.CLOSED)
    ends = [group for data in road.groups if (group := read_group(data, key.public)).ending is not Ending.OPEN]
    assert len(ends) == 3
    assert len(set(ends)) == 1


async def test_who_comes_back_without_a_word_is_silent_all_the_same(tmp_path: Path) -> None:
    wall, ticks = Hand(), Hand(0)
    steady = SteadyClock(wall, ticks.now_us)
    speech = Speech(LIVE, wall.at_us, SigningKey.born(), [BOX], steady, Casting(), tmp_path / "it.pcm")
    for _ in range(3):
        ticks.at_us += 3_000_000
        speech.hold()
    assert speech.silent_us == 6_000_000


async def test_the_sound_is_on_disk_frame_by_frame(tmp_path: Path) -> None:
    path, sound = tmp_path / "it.pcm", voice(0.1).tobytes()
    speech = Speech(LIVE, Hand().at_us, SigningKey.born(), [], SteadyClock(Hand()), Casting(), path)
    for at in range(0, len(sound), FRAME_BYTES):
        await speech.hear(sound[at : at + FRAME_BYTES])
        assert path.stat().st_size == at + FRAME_BYTES, "whatever kills the server now"


async def test_half_a_frame_of_a_lost_line_does_not_shift_what_the_next_one_says(tmp_path: Path) -> None:
    path, sound = tmp_path / "it.pcm", voice(0.1).tobytes()
    speech = Speech(LIVE, Hand().at_us, SigningKey.born(), [], SteadyClock(Hand()), Casting(), path)
    speech.hold()
    await speech.hear(sound[: FRAME_BYTES + 7])
    speech.hold()
    await speech.hear(sound)
    assert path.read_bytes() == sound[:FRAME_BYTES] + sound


async def test_what_is_longer_than_an_upload_may_be_is_kept_with_half_the_samples(tmp_path: Path) -> None:
    spool, sound = Spool(tmp_path), voice(3.0)
    spool.path(LIVE).write_bytes(sound.tobytes())
    for largest, rate in ((spool.size(LIVE), 48_000), (spool.size(LIVE) - 1, 24_000)):
        assert spool.rate_within(LIVE, largest) == rate
        wav = b"".join([piece async for piece in spool.wav(LIVE, rate)])
        assert len(wav) == spool.size(LIVE, rate)
        heard, told = soundfile.read(io.BytesIO(wav), dtype="int16")
        assert told == rate
        assert len(heard) == 3 * rate
