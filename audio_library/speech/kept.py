"""What a voice on the Internet has said is kept, so that it is asked for nothing twice."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from audio_library.content import write_durably

log = logging.getLogger(__name__)


class Kept:
    """Sounds by the text that they say, at most `most_bytes` of them: what was not asked for longest goes first.

    It is worth an answer from the Internet and no more: whatever ails the folder is logged, and the voice is asked.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def find(self, text: str) -> bytes | None:
        """What was kept of this text."""
        place = self._place(text)
        try:
            data = place.read_bytes()
            os.utime(place)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("what was said before cannot be read: %s", error)
            return None
        return data

    def keep(self, text: str, sound: bytes) -> None:
        """Keep it, and let go of the oldest."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_durably(self._place(text), [sound])
            self._let_go()
        except OSError as error:
            log.warning("what was said cannot be kept: %s", error)

    def _place(self, text: str) -> Path:
        return self._folder / hashlib.sha256(text.encode()).hexdigest()

    def _let_go(self) -> None:
        found = [(file, file.stat()) for file in self._folder.iterdir()]
        newest_first = sorted(found, key=lambda one: -one[1].st_mtime_ns)
        total = 0
        for file, about in newest_first:
            total += about.st_size
            if total > self._most_bytes:
                file.unlink(missing_ok=True)
