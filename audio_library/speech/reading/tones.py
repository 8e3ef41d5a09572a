"""Where a tone mark stands: `hòa` and `hoà` are one word. One of both forms, as long as what was written."""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = {"o": "oòóỏõọ", "u": "uùúủũụ"}
_SECOND: Final = {"a": "aàáảãạ", "e": "eèéẻẽẹ", "y": "yỳýỷỹỵ"}
_PAIRS: Final = {
    f"{_FIRST[one][tone]}{two}": f"{one}{_SECOND[two][tone]}"
    for one, two in (("o", "a"), ("o", "e"), ("u", "y"))
    for tone in range(1, 6)
}
_MOVED: Final = {
    written: moved
    for small, even in _PAIRS.items()
    for written, moved in (
        (small, even),
        (small.capitalize(), even.capitalize()),
        (small.upper(), even.upper()),
        (small[0] + small[1].upper(), even[0] + even[1].upper()),
    )
}
_HELD: Final = re.compile("|".join(_MOVED))


def even_tones(text: str) -> str:
    """The NFC text with each tone mark of oa, oe and uy on its second letter; no character comes or goes."""
    return _HELD.sub(lambda found: _MOVED[found[0]], text)
