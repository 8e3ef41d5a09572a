"""Frames of a live voice through jitter buffer, decoder and mixer, block by block."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import numpy as np
import pytest

from speaker_client.deck import Cue, Done, Sounded
from speaker_client.frames import BLOCK_FRAMES, RATE
from speaker_client.opus import OpusUnfit
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber, OrderId
from speaker_client.protocol.live import DEAD_MAN_FRAMES, FRAME_US, LIMIT_FRAMES, Ending, Group
from speaker_client.protocol.plan import Spoken
from speaker_client.protocol.report import Reason
from speaker_client.protocol.signature import SigningKey
from speaker_client.tuner import MOST_MOVED_US, Tuner
from speaker_client.turntable import Turntable
from tests.speaker_client.sound_of_tests import Bench, Samples, alike, likeness, loudspeakers, packets, voice

KEY = SigningKey.born()
LIVE, AIRING = OrderId("ab" * 16), AiringId("cd" * 16)
HOUR_US = 3_600_000_000


def live_cue(at_us: int, from_us: int = 0, limit: int = LIMIT_FRAMES) -> Cue:
    spoken = Spoken(live=LIVE, key=KEY.public, limit=limit)
    return Cue(AIRING, 1, 0, "Nói", (), at_us, from_us, HOUR_US, frozenset({LoudspeakerNumber(1)}), spoken)


def say(bench: Bench, first: int, sent: Sequence[bytes], ending: Ending = Ending.OPEN, key: SigningKey = KEY) -> None:
    """Four frames a datagram: 40 ms."""
    for at in range(0, len(sent), 4):
        bench.tuner.hear(Group(LIVE, first + at, tuple(sent[at : at + 4])).seal(key))
    if ending is not Ending.OPEN:
        bench.tuner.hear(Group(LIVE, first + len(sent), (), ending=ending).seal(key))


def test_a_voice_sounds_at_its_time_and_ends_with_its_close() -> None:
    source = voice(2.0)
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us + 47_125))
        say(bench, 0, packets(source), Ending.CLOSED)
        out = bench.play(120)[:, 0]
        begin = round(47_125 * 0.048)
        assert not out[:begin].any()
        assert alike(out[begin:], source[:RATE]) > 0.9
        done = bench.done()
        assert (done.to_us, done.spoken, done.reason, done.concealed, done.underruns) == (
            2_000_000, (0, 2_000_000), None, 0, 0,
        )  # fmt: skip
        first = next(event for event in bench.events if isinstance(event, Sounded))
        assert (first.error_us, first.from_us) == (0, 0)


def test_a_lost_group_is_made_up_and_counted_and_the_rest_stays_in_step() -> None:
    source = voice(2.0)
    sent = packets(source)
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, sent[:80])
        say(bench, 84, sent[84:], Ending.CLOSED)
        out = bench.play(120)[:, 0]
        assert alike(out[50 * BLOCK_FRAMES :], source[50 * BLOCK_FRAMES : 90 * BLOCK_FRAMES]) > 0.9
        assert out[40 * BLOCK_FRAMES : 42 * BLOCK_FRAMES].any(), "it does not fall silent at once"
        assert (bench.done().concealed, bench.done().reason) == (4, None)


def test_a_long_hole_is_silent_and_what_comes_after_it_is_heard() -> None:
    sent = packets(voice(2.0))
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, sent[:40])
        say(bench, 120, sent[120:], Ending.CLOSED)
        out = bench.play(120)[:, 0]
        assert not out[27 * BLOCK_FRAMES : 60 * BLOCK_FRAMES].any()
        assert out[61 * BLOCK_FRAMES : 99 * BLOCK_FRAMES].any()
        assert bench.done().concealed == 80


def test_frames_come_while_it_plays_and_those_that_come_late_are_not_heard() -> None:
    source = voice(2.0)
    sent = packets(source)
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        for first in range(0, 200, 2):
            late = first in (100, 120)
            if not late:
                say(bench, first, sent[first : first + 2])
            bench.play(1)
            if late:
                say(bench, first, sent[first : first + 2])
        say(bench, 200, (), Ending.CLOSED)
        bench.play(2)
        assert bench.done().concealed == 4


def test_five_seconds_after_the_last_frame_it_is_over_and_only_what_was_spoken_counts() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, packets(voice(1.0)))
        bench.play(50 + DEAD_MAN_FRAMES // 2 - 1)
        assert not [event for event in bench.events if isinstance(event, Done)]
        bench.play(2)
        done = bench.done()
        assert (done.to_us, done.spoken, done.reason) == (1_000_000, (0, 1_000_000), Reason.SPEAKER_GONE)
        assert done.concealed == 0


def test_a_speaker_who_is_called_gone_after_four_seconds_was_heard_until_then() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, packets(voice(1.0)))
        bench.play(50 + 200)
        say(bench, 100, (), Ending.GONE)
        bench.play(2)
        done = bench.done()
        assert (done.to_us, done.spoken, done.reason) == (1_000_000, (0, 1_000_000), Reason.SPEAKER_GONE)
        assert done.concealed == 0


def test_a_voice_that_never_comes_is_given_up_after_the_same_time() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        assert not bench.play(DEAD_MAN_FRAMES // 2 + 2).any()
        assert (bench.done().reason, bench.done().spoken) == (Reason.NO_VOICE, None)


def test_it_ends_at_its_limit() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us, limit=100))
        say_all = packets(voice(2.0))
        for at in range(0, 200, 4):
            bench.tuner.hear(Group(LIVE, at, tuple(say_all[at : at + 4]), limit=100).seal(KEY))
        bench.play(60)
        assert (bench.done().to_us, bench.done().reason) == (100 * FRAME_US, Reason.TIME_UP)


@pytest.mark.parametrize("ppm", [-500, 500])
def test_an_output_whose_clock_is_wrong_stays_in_step_and_loses_no_frame(ppm: int) -> None:
    seconds = 30
    source = voice(1.0)
    sent = packets(np.concatenate([np.zeros((seconds - 1) * RATE, np.int16), source]))
    with Bench() as bench:
        began_us = bench.at_us
        bench.arm(live_cue(began_us))
        drift, out = 0.0, []
        say(bench, 0, sent[:12])
        for number in range(len(sent) // 2 + 3):
            say(bench, 2 * number + 12, sent[2 * number + 12 : 2 * number + 14])
            block = bench.play(1)[:, 0]
            drift += 20_000 * ppm / 1_000_000
            out.append((bench.at_us, block))
            bench.at_us = began_us + (number + 1) * 20_000 + round(drift)
        at_us = began_us + (seconds - 1) * 1_000_000
        (late,) = [n for n, (when, _) in enumerate(out) if when - 20_000 <= at_us < when]
        heard = np.concatenate([block for _, block in out[late:]])
        assert alike(heard, source[: RATE // 2]) > 0.8
        say(bench, len(sent), (), Ending.CLOSED)
        bench.play(2)
        assert (bench.done().concealed, bench.done().underruns) == (0, 0)


def test_a_box_that_comes_late_is_in_step() -> None:
    source = voice(2.0)
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us, from_us=507_000))
        say(bench, 0, packets(source), Ending.CLOSED)
        out = bench.play(100)[:, 0]
        begin = round(507_000 * 0.048)
        assert alike(out, source[begin : begin + RATE]) > 0.9
        assert bench.done().to_us == 2_000_000


def test_cut_off_it_fades_within_a_block_and_its_length_is_not_known() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, packets(voice(2.0)))
        bench.play(30)
        bench.deck.cut(AIRING)
        assert not bench.play(3)[BLOCK_FRAMES:].any()
        assert (bench.done().spoken, bench.done().reason) == (None, None)


def test_frames_of_a_stranger_are_silence() -> None:
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, packets(voice(1.0)), key=SigningKey.born())
        assert not bench.play(50).any()
        assert bench.tuner.refused == 25


def test_a_box_without_the_library_says_so_and_plays_everything_else() -> None:
    def unfit() -> None:
        raise OpusUnfit("not here")

    bench = Bench()
    bench.deck.close()
    bench.deck = Turntable(loudspeakers(0), bench.events.append, Tuner(unfit))
    with bench:
        bench.arm(live_cue(bench.at_us))
        bench.play(2)
        assert bench.done().reason is Reason.CONFIG


def test_it_comes_over_real_datagrams_of_which_each_frame_is_in_two() -> None:
    source = voice(2.0)
    sent = packets(source)
    udp = socket.SOCK_DGRAM
    with Bench() as bench, socket.socket(type=udp) as here, socket.socket(type=udp) as there:
        here.bind(("127.0.0.1", 0))
        here.settimeout(2)
        bench.arm(live_cue(bench.at_us))
        for number, first in enumerate(range(0, 200, 2)):
            data = Group(LIVE, max(0, first - 2), tuple(sent[max(0, first - 2) : first + 2])).seal(KEY)
            if number % 10 != 3:  # every tenth datagram is lost
                there.sendto(data, here.getsockname())
                bench.tuner.hear(here.recv(2000))
        say(bench, 200, (), Ending.CLOSED)
        out = bench.play(110)[:, 0]
        assert alike(out, source[:RATE]) > 0.9
        assert bench.done().concealed == 0


def test_how_it_comes_in_is_told_since_the_last_time_it_was_asked() -> None:
    sent = packets(voice(1.0))
    with Bench() as bench:
        assert bench.tuner.how_it_comes() is None
        bench.arm(live_cue(bench.at_us))
        silent = bench.tuner.how_it_comes()
        assert silent
        assert silent.spare_us is None
        say(bench, 0, sent[:8])
        bench.play(6)
        say(bench, 8, sent[8:20])
        tight = bench.tuner.how_it_comes()
        assert tight
        assert (tight.live, tight.spare_us, tight.heard) == (LIVE, -50_000, 8), "the earliest of them"
        say(bench, 20, sent[20:24])
        bench.play(6)
        easy = bench.tuner.how_it_comes()
        assert easy
        assert easy.spare_us == 0
        assert bench.tuner.listening


def test_what_is_no_frame_is_left_to_others() -> None:
    assert not Tuner().hear(b'{"payload":""}')
    assert Tuner().hear(Group(LIVE, 0, (b"x",)).seal(KEY)), "of a live that has no floor here"


@pytest.mark.parametrize("gap", [1, 3])
def test_what_is_made_up_grows_quieter(gap: int) -> None:
    sent = packets(voice(1.0))
    with Bench() as bench:
        bench.arm(live_cue(bench.at_us))
        say(bench, 0, sent[:50])
        out = bench.play(34)[:, 0].astype(float)
        loud = [np.abs(out[at * BLOCK_FRAMES : (at + 1) * BLOCK_FRAMES]).max() for at in range(34)]
        assert loud[24] > loud[25 + gap] > loud[33] == 0


def test_a_voice_follows_a_clock_that_is_set_right_without_a_hole() -> None:
    """A sample a block is heard twice or left out: what was 2 ms out of step is in step after two seconds."""
    source = voice(6.0)
    for moved_us in (2_000, -2_000, 10 * MOST_MOVED_US):
        with Bench() as bench:
            bench.arm(live_cue(bench.at_us))
            say(bench, 0, packets(source), Ending.CLOSED)
            early = bench.play(50)[:, 0]
            bench.tuner.keep_in_step(moved_us)
            bench.play(150)
            late = bench.play(50)[:, 0]
            bench.play(60)
            moved = _lag(late, source[200 * BLOCK_FRAMES :]) - _lag(early, source)
            expected = -moved_us * 48 // 1000 if abs(moved_us) < MOST_MOVED_US else 0
            assert abs(moved - expected) <= 64, "within a millisecond, as far as a codec lets it be measured"
            assert bench.done().concealed == 0


def test_who_hears_a_live_begin_is_told() -> None:
    begun: list[int] = []
    tuner = Tuner(on_live=lambda: begun.append(1))
    tuner.tune(live_cue(0))
    assert begun == [1]


def _lag(out: Samples, source: Samples) -> int:
    """Where in the output the source's second half second is most like itself, beside its place (samples)."""
    begin, size = RATE // 4, RATE // 2
    return max(
        range(-400, 1000), key=lambda lag: likeness(out[begin + lag : begin + lag + size], source[begin : begin + size])
    )
