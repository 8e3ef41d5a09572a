"""How far ahead of a voice its sound is decoded, and how much of it at once."""

from __future__ import annotations

import threading
from pathlib import Path

from speaker_client.feeder import AHEAD_FRAMES, SOON_FRAMES, STEP_FRAMES, Feeder
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
