"""When a source is left: by levels and times alone."""

from __future__ import annotations

from broadcast_server.relay.reason import Reason
from broadcast_server.relay.watch import RELAY_FRAME_US, Watch
from speaker_client.protocol.ids import SECOND

LOUD, HISS, QUIET = -20.0, -53.0, -90.0


class Trial:
    """A source that sends as time passes."""

    def __init__(self) -> None:
        self.now_us = 0
        self.watch = Watch(0)
        self.ready = False

    def hear(self, seconds: float, *levels: float) -> Reason | None:
        """Frames with these levels in turn; the first verdict."""
        for number in range(round(seconds * 50)):
            self.now_us += RELAY_FRAME_US
            self.watch.hear(levels[number % len(levels)], self.now_us)
            self.ready = True
            if verdict := self.watch.verdict(self.now_us, self.ready, RELAY_FRAME_US):
                return verdict
        return None

    def wait(self, seconds: float, in_hand_s: float = 0.0) -> Reason | None:
        """Nothing comes."""
        until_us = self.now_us + round(seconds * SECOND)
        left_us = round(in_hand_s * SECOND)
        while self.now_us < until_us:
            self.now_us, left_us = self.now_us + 100_000, left_us - 100_000
            if verdict := self.watch.verdict(self.now_us, self.ready and left_us > 0, left_us):
                return verdict
        return None


def test_a_source_that_sounds_stays() -> None:
    trial = Trial()
    assert trial.hear(120, LOUD) is None
    assert trial.watch.sounded


def test_seven_seconds_of_silence_are_too_many_and_a_pause_is_not() -> None:
    trial = Trial()
    assert trial.hear(5, LOUD) is None
    assert trial.hear(6.9, QUIET) is None
    assert trial.hear(0.2, LOUD) is None
    assert trial.hear(6.9, QUIET) is None
    before_us = trial.now_us
    assert trial.hear(1, QUIET) is Reason.SILENT
    assert trial.now_us - before_us < 0.2 * SECOND


def test_a_click_is_no_sound_and_hiss_neither() -> None:
    trial = Trial()
    assert trial.hear(10, LOUD, *[QUIET] * 49) is Reason.SILENT
    assert not trial.watch.sounded
    assert Trial().hear(10, HISS) is Reason.SILENT


def test_sound_that_sinks_a_little_is_still_sound() -> None:
    trial = Trial()
    assert trial.hear(60, *[LOUD] * 10, *[HISS] * 40) is None


def test_what_sends_nothing_is_left_after_five_seconds() -> None:
    trial = Trial()
    trial.hear(5, LOUD)
    assert trial.wait(4.5) is None
    assert trial.wait(1) is Reason.STALLED


def test_what_was_sent_ahead_is_played_first() -> None:
    trial = Trial()
    trial.hear(5, LOUD)
    assert trial.wait(9.5, in_hand_s=10) is None
    assert trial.wait(1) is Reason.STALLED


def test_what_never_begins_is_left_after_eight_seconds() -> None:
    trial = Trial()
    assert trial.wait(7.5) is None
    assert trial.wait(1) is Reason.STALLED


def test_a_source_that_is_slower_than_time_is_left_and_one_that_stumbles_is_not() -> None:
    slow = Trial()
    verdicts = [slow.hear(0.5, LOUD) or slow.wait(0.5) for _ in range(30)]
    assert Reason.STALLED in verdicts
    stumbling = Trial()
    assert not any(stumbling.hear(9, LOUD) or stumbling.wait(1) for _ in range(60))
