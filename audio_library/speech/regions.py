"""Which number words a voice says."""

from __future__ import annotations

from typing import Final

from audio_library.speech.port import Voice
from audio_library.speech.reading.numbers import Region

_REGIONS: Final[dict[Voice, Region]] = {"vi-vn-x-south": Region.SOUTH}


def region_of(voice: Voice) -> Region:
    """The north's for all but the southern voice."""
    return _REGIONS.get(voice, Region.NORTH)
