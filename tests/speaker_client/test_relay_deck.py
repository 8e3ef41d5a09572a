"""A relay through buffer, decoder and mixer, block by block: its gaps, what fills them, and its hard end."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from speaker_client.deck import Cue, Done, Reel, Sounded
from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE
from speaker_client.jitter import JitterBuffer
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber, OrderId
from speaker_client.protocol.live import DEAD_MAN_FRAMES, Group
from speaker_client.protocol.plan import Relay
from speaker_client.protocol.report import Reason
from speaker_client.protocol.signature import SigningKey
from speaker_client.relay_voice import BACK_FRAMES, PATIENT_FRAMES
from tests.speaker_client.sound_of_tests import Bench, Samples, alike, as_wav, likeness, packets, speech, voice

KEY = SigningKey.born()
PATIENT_BLOCKS, BACK_BLOCKS = PATIENT_FRAMES // 2, BACK_FRAMES // 2
DEAD_MAN_BLOCKS = DEAD_MAN_FRAMES // 2
STREAM, AIRING = OrderId("ab" * 16), AiringId("cd" * 16)
LENGTH_US = 20_000_000
SECOND_BLOCKS = 50


def relay_cue(at_us: int, *reels: Reel, from_us: int = 0, length_us: int | None = None) -> Cue:
    relay = Relay(stream=STREAM, key=KEY.public, start_us=0, length_us=LENGTH_US)
    length_us = LENGTH_US - from_us if length_us is None else length_us
    numbers = frozenset({LoudspeakerNumber(1)})
    return Cue(AIRING, 1, 0, "Tiếp sóng", reels, at_us, from_us, length_us, numbers, relay=relay)


def blocks(sound: Samples) -> list[tuple[bytes, bytes]]:
    """The packets of each block of 20 ms."""
    sent = packets(sound)
    return list(zip(sent[::2], sent[1::2], strict=True))


def cast(bench: Bench, first: int, sent: list[tuple[bytes, bytes]], key: SigningKey = KEY) -> None:
    """So many blocks from that one on."""
    for at in range(0, len(sent), 4):
        frames = tuple(packet for pair in sent[at : at + 4] for packet in pair)
        bench.tuner.hear(Group(STREAM, 2 * (first + at), frames).seal(key))


def long_voice() -> Samples:
    """Twenty seconds of what a codec for speech keeps, alike only every other second."""
    return np.tile(voice(2.0), 10)


def second(out: Samples, number: int) -> Samples:
    return out[number * RATE : (number + 1) * RATE]


@pytest.fixture
def song(tmp_path: Path) -> tuple[Reel, Samples]:
    samples = speech(4.0, seed=7)
    return as_wav(tmp_path / "song.wav", samples), samples


def test_it_sounds_in_step_to_its_hard_end() -> None:
    source = long_voice()[: 5 * RATE]
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, length_us=4_000_000))
        cast(bench, 0, blocks(source))
        out = bench.play(4 * SECOND_BLOCKS + 5)[:, 0]
        assert alike(out, source[: 2 * RATE]) > 0.9
        assert not out[4 * RATE :].any()
        done = bench.done()
        assert (done.to_us, done.reason, done.concealed, done.filled) == (4_000_000, None, 0, 0)


def test_silence_never_ends_it_and_what_comes_back_is_heard_at_its_place() -> None:
    source = long_voice()
    sent = blocks(source)
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us))
        cast(bench, 0, sent[:100])
        out = bench.play(100 + DEAD_MAN_BLOCKS + 50)[:, 0]
        assert not out[110 * BLOCK_FRAMES :].any()
        assert not [event for event in bench.events if isinstance(event, Done)]
        now = 100 + DEAD_MAN_BLOCKS + 50
        cast(bench, now, sent[now : now + 200])
        out = bench.play(200)[:, 0]
        assert alike(out[RATE:], source[now * BLOCK_FRAMES + RATE : now * BLOCK_FRAMES + 3 * RATE]) > 0.9
        bench.play(1000)
        assert bench.done().reason is Reason.NO_RELAY


def test_a_buffer_that_waits_for_hours_holds_no_more_than_one_that_waits_for_seconds() -> None:
    buffer = JitterBuffer(0, 1_000_000)
    for number in range(20_000):
        buffer.take(number, 0)
    assert sys.getsizeof(buffer._absent) < 10_000


def test_while_nothing_comes_the_fallback_plays_as_if_it_always_had(song: tuple[Reel, Samples]) -> None:
    reel, samples = song
    source = long_voice()
    sent = blocks(source)
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, reel))
        cast(bench, 0, sent[:100])
        bench.play(100)
        out = bench.play(PATIENT_BLOCKS + 200)[:, 0]
        assert not out[10 * BLOCK_FRAMES : PATIENT_BLOCKS * BLOCK_FRAMES].any(), "patience first"
        at = PATIENT_BLOCKS + 100
        wanted = [samples[(100 + at + n) * BLOCK_FRAMES % len(samples) :][:BLOCK_FRAMES] for n in range(20)]
        heard = [out[(at + n) * BLOCK_FRAMES :][:BLOCK_FRAMES] for n in range(20)]
        assert min(likeness(*pair) for pair in zip(heard, wanted, strict=True)) > 0.99
        now = 100 + PATIENT_BLOCKS + 200
        cast(bench, now, sent[now : now + 250])
        out = bench.play(250)[:, 0]
        back = out[(BACK_BLOCKS + 10) * BLOCK_FRAMES :]
        assert alike(back, source[(now + BACK_BLOCKS + 10) * BLOCK_FRAMES :][: 2 * RATE]) > 0.9
        bench.play(1000)
        done = bench.done()
        assert done.reason is Reason.NO_RELAY
        assert done.concealed == 2 * (1000 - 100 - 250) + BACK_FRAMES - 1
        assert done.concealed > done.filled > done.concealed - 3 * PATIENT_FRAMES


def test_a_single_frame_on_a_bad_road_does_not_end_the_fallback(song: tuple[Reel, Samples]) -> None:
    sent = blocks(long_voice())
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, song[0]))
        cast(bench, 0, sent[:50])
        bench.play(50 + PATIENT_BLOCKS + 100)
        now = 50 + PATIENT_BLOCKS + 100
        cast(bench, now + 10, sent[now + 10 : now + 14])
        out = bench.play(50)[:, 0]
        music = np.concatenate([song[1]] * 2)[now * BLOCK_FRAMES % len(song[1]) :]
        for block in range(50):
            heard, wanted = (sound[block * BLOCK_FRAMES :][:BLOCK_FRAMES] for sound in (out, music))
            assert np.abs(heard).mean() > 0.7 * np.abs(wanted).mean(), "the music does not falter"
        assert bench.tuner.how_it_comes() is not None
        bench.play(1000)
        assert bench.done().concealed == 2 * 950


def test_a_relay_that_never_comes_is_filled_from_the_beginning(song: tuple[Reel, Samples]) -> None:
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, song[0]))
        out = bench.play(1001)[:, 0]
        assert not out[: PATIENT_BLOCKS * BLOCK_FRAMES].any()
        assert second(out, 6).any()
        done = bench.done()
        assert done.reason is Reason.NO_RELAY
        assert done.concealed == done.filled > 1600
        (first,) = [event for event in bench.events if isinstance(event, Sounded)]
        assert PATIENT_BLOCKS * BLOCK_US <= first.from_us < 5_000_000


def test_without_a_fallback_it_is_silent_and_says_that_nothing_came() -> None:
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us))
        assert not bench.play(1001).any()
        assert (bench.done().reason, bench.done().filled) == (Reason.NO_RELAY, 0)


def test_a_fallback_that_is_damaged_leaves_silence_and_not_a_dead_thread(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, Reel(broken, 4_000_000)))
        assert not bench.play(1001).any()
        assert bench.deck.alive
        assert bench.done().reason is Reason.NO_RELAY


def test_a_song_that_arrives_while_nothing_comes_is_heard_in_step(tmp_path: Path) -> None:
    samples = speech(4.0, seed=7)
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, Reel(tmp_path / "song.wav", 4_000_000)))
        assert not bench.play(300).any()
        as_wav(tmp_path / "song.wav", samples)
        out = bench.play(300)[:, 0]
        for block in range(200, 300, 10):
            heard = out[block * BLOCK_FRAMES :][:BLOCK_FRAMES]
            assert likeness(heard, samples[(300 + block) * BLOCK_FRAMES % len(samples) :][:BLOCK_FRAMES]) > 0.99
        bench.play(401)
        assert 0 < bench.done().filled < 2 * 700, "what was silent is not said to have been filled"


def test_a_relay_is_missed_while_nothing_of_it_comes() -> None:
    sent = blocks(long_voice())
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us))
        assert not bench.tuner.missed
        bench.play(150)
        assert bench.tuner.missed
        cast(bench, 150, sent[150:154], key=SigningKey.born())
        assert bench.tuner.missed, "a stranger's"
        cast(bench, 150, sent[150:154])
        assert not bench.tuner.missed
        bench.play(150)
        assert bench.tuner.missed
        bench.play(701)
        assert not bench.tuner.missed, "it is over"


def test_a_song_that_is_damaged_is_not_looked_at_again_and_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "song.wav").write_bytes(b"no sound at all")
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, Reel(tmp_path / "song.wav", 4_000_000)))
        assert not bench.play(1001).any()
    assert caplog.text.count("cannot be decoded") == 1


def test_a_box_that_comes_late_is_in_step_and_only_what_it_missed_is_missing() -> None:
    source = long_voice()
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, from_us=10_000_000))
        sent = blocks(source)
        for first in range(500, 1000, 100):
            cast(bench, first, sent[first : first + 100])
            out = bench.play(100)[:, 0]
            assert alike(out, source[first * BLOCK_FRAMES :][:RATE]) > 0.9
        bench.play(2)
        assert (bench.done().reason, bench.done().concealed) == (None, 0)


def test_cut_off_it_falls_silent_and_gives_no_reason_of_its_own(song: tuple[Reel, Samples]) -> None:
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us, song[0]))
        bench.play(300)
        bench.deck.cut(AIRING)
        assert not bench.play(3)[BLOCK_FRAMES:].any()
        assert bench.done().reason is None


def test_frames_of_a_stranger_are_silence_and_a_relay_is_no_cause_for_hurry() -> None:
    with Bench() as bench:
        bench.arm(relay_cue(bench.at_us))
        cast(bench, 0, blocks(voice(1.0)), key=SigningKey.born())
        assert not bench.play(50).any()
        assert bench.tuner.refused == 13
        assert not bench.tuner.listening
