"""The station's own sounds."""

from __future__ import annotations

import pytest

from audio_library import chimes


@pytest.mark.parametrize("sound", [chimes.siren(), chimes.chime()])
def test_a_sound_takes_eight_bytes_a_sample(sound: chimes.Sound) -> None:
    """The server makes them at its first start: seven seconds as a list of numbers left 12 MB with it for good."""
    assert memoryview(sound).nbytes == 8 * len(sound)
