"""Degrees, minutes and seconds, and the sides of the sky."""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.place import Place
from audio_library.speech.reading.quantities import said_number
from audio_library.speech.reading.span import Found, Kind

_PART: Final = r"(\d{1,3}(?:[.,]\d{1,8})?)"
_DEGREES: Final = re.compile(
    rf"{_PART}\s?°(?!\s?[CF](?!\w))(?:\s?{_PART}\s?'(?:\s?{_PART}\s?(?:\"|''))?)?(?:\s?([NSEW])(?!\w))?"
)
_SIDES: Final = {"N": "bắc", "S": "nam", "E": "đông", "W": "tây"}


def at(place: Place) -> Found | None:
    """An angle or a half of a position, at a number."""
    found = place.looking(_DEGREES) if place.then and place.then in "°.," else None
    if found is None:
        return None
    parts = zip(found.groups()[:3], ("độ", "phút", "giây"), strict=True)
    said = [f"{said_number(number, place.region)} {unit}" for number, unit in parts if number]
    kind: Kind = "coordinates" if found[2] or found[4] else "quantity"
    return Found(found.end(), kind, " ".join([*said, *filter(None, [_SIDES.get(found[4] or "")])]))
