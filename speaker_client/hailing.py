"""What the box says to be found by datagrams, and whether its station hears it."""

from __future__ import annotations

import hmac
import time
from collections import deque
from collections.abc import Callable

from speaker_client.protocol.datagram import HAIL_EVERY_S, hail, hailed
from speaker_client.protocol.ids import BoxId

TRIES = 3
"""Hails in quick succession until one is answered: what is lost on a bad road is no closed road."""
HEARD_FOR_S = HAIL_EVERY_S + 15
"""An answer is worth nothing when the next one is so long overdue, whatever became of the socket."""


class Hailing:
    """Makes the hails and knows their answers. `on_found` is called when the station hears us that did not before.

    `on_deaf` is called once when it hears us no longer although we are `linked` to it: it does not believe a hail that
    is not of its own time, and one of the two clocks may have been set. It is called again only after an answer.
    """

    def __init__(
        self,
        box: BoxId,
        access: str,
        now_us: Callable[[], int | None],
        on_found: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        linked: Callable[[], bool] = lambda: False,
        on_deaf: Callable[[], object] = lambda: None,
    ) -> None:
        self._box, self._access, self._now_us = box, access, now_us
        self._on_found, self._clock, self._linked, self._on_deaf = on_found, clock, linked, on_deaf
        self._answers: deque[bytes] = deque(maxlen=TRIES)
        self._unanswered = TRIES
        self._in_vain, self._wonders = 0, False
        """Unanswered in a row while linked; whether an answer came since it was last called deaf."""
        self._answered_s: float | None = None

    def hail(self) -> bytes | None:
        """The next hail; None without a clock."""
        now = self._now_us()
        if now is None:
            return None
        if self._wonders and self._in_vain >= TRIES:
            self._wonders = False
            self._on_deaf()
        self._in_vain = self._in_vain + 1 if self._linked() else 0
        self._unanswered += 1
        self._answers.append(hailed(self._box, self._access, now))
        return hail(self._box, self._access, now)

    def hear(self, data: bytes) -> None:
        """An answer, if it is the station's to one of the last hails."""
        if not any(hmac.compare_digest(data, one) for one in self._answers):
            return
        lost = not self.heard
        self._unanswered, self._answered_s = 0, self._clock()
        self._in_vain, self._wonders = 0, True
        if lost:
            self._on_found()

    @property
    def heard(self) -> bool:
        """Whether the station hears our hails: it then needs nothing else to know that we live."""
        fresh = self._answered_s is not None and self._clock() - self._answered_s < HEARD_FOR_S
        return fresh and self._unanswered < TRIES

    @property
    def unsure(self) -> bool:
        """Whether one is to be said again soon, since the last was not answered."""
        return 0 < self._unanswered < TRIES
