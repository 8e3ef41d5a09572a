"""How far ahead of a voice its sound is decoded, and how much of it at once."""

from __future__ import annotations

import threading
from pathlib import Path
from time import sleep

import pytest

from speaker_client.feeder import AHEAD_FRAMES, HELD_S, SOON_FRAMES, STEP_FRAMES, Feeder
from speaker_client.frames import RATE
from speaker_client.voice import Voice
from tests.speaker_client.sound_of_tests import as_wav, cue, speech, until


def test_the_next_second_is_decoded_at_once_and_what_lies_further_ahead_step_by_step(tmp_path: Path) -> None:
    """Seven boxes that began an alarm at one moment and decoded four seconds each kept the last of them waiting."""
    voice = Voice(cue(as_wav(tmp_path / "long.wav", speech(10)), at_us=0))
    feeder, held = Feeder(), threading.Event()
    try:
        feeder.ask(held.wait)
        feeder.feed(voice)
        seen = []
        for _ in range(3):
            feeder.ask(lambda: seen.append(voice.reservoir.frames))
        held.set()
        until(lambda: len(seen) == 3)
        assert seen == [SOON_FRAMES, SOON_FRAMES + STEP_FRAMES, SOON_FRAMES + 2 * STEP_FRAMES]
        until(lambda: voice.reservoir.frames > AHEAD_FRAMES - RATE, 1.0)
    finally:
        feeder.close()


@pytest.mark.parametrize(("from_us", "waits"), [(0, True), (20_000, True), (100_000, False)])
def test_what_is_held_ready_is_opened_a_moment_later_and_at_once_where_it_is_joined_late(
    tmp_path: Path, from_us: int, waits: bool
) -> None:
    reel = as_wav(tmp_path / "siren.wav", speech(3))
    voice = Voice(cue(reel, at_us=0, from_us=from_us))
    feeder, held = Feeder(), threading.Event()
    try:
        feeder.hold_ready([reel])
        feeder.ask(held.set)
        held.wait(5)
        opened: list[int] = []
        feeder.feed(voice)
        ready = voice.reservoir.frames
        feeder.ask(lambda: opened.append(len(feeder._tapes)))
        assert ready
        until(lambda: voice.reservoir.frames > ready)
        assert opened == [0 if waits else 1]
    finally:
        feeder.close()


def test_what_was_cut_before_its_file_was_opened_is_not_opened(tmp_path: Path) -> None:
    reel = as_wav(tmp_path / "siren.wav", speech(3))
    voice = Voice(cue(reel, at_us=0))
    feeder = Feeder()
    try:
        feeder.hold_ready([reel])
        feeder.ask((done := threading.Event()).set)
        done.wait(5)
        feeder.feed(voice)
        voice.done(None)
        sleep(2 * HELD_S)
        feeder.ask((done := threading.Event()).set)
        done.wait(5)
        assert not feeder._later
        assert not feeder._tapes
    finally:
        feeder.close()
