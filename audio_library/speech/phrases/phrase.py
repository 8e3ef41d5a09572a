"""One phrase: words that are recorded together, and the key by which the recording is known."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

LONGEST: Final = 80
"""Characters."""
LONGEST_BYTES: Final = 240
"""With what a file's name has beside them, the most that a file system takes."""
END: Final = ".end"
_KEY: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True)
class Phrase:
    """Words as the reader gives them out, in small letters with one space between."""

    words: str
    ends: bool = False
    """Said as at the end of a clause, where a voice goes down; otherwise as it is said wherever it stands."""

    @property
    def key(self) -> str:
        """Its words with hyphens between them."""
        return self.words.replace(" ", "-") + (END if self.ends else "")

    @classmethod
    def of(cls, key: str) -> Self:
        """The phrase of this key; ValueError if none can have it."""
        words, ends = key.removesuffix(END), key.endswith(END)
        plain = unicodedata.normalize("NFC", words).lower() == words
        if not plain or len(words) > LONGEST or len(words.encode()) > LONGEST_BYTES or not _KEY.fullmatch(words):
            raise ValueError(f"not the key of a phrase: {key[:LONGEST]!r}")
        return cls(words.replace("-", " "), ends)
