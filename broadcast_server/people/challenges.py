"""What a passkey has to sign: a challenge that is ours, young, and used once.

It is sealed and not kept, so whoever asks for many fills nothing; only those that were used are remembered, and only
until they would have lapsed. The seal's key lives as long as the process: a restart ends all that are open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from broadcast_server.problem import Problem
from speaker_client.protocol.ids import MINUTE, Micros

LIFE_US = 5 * MINUTE
_TIME, _NONCE = 8, 16
"""Bytes of a challenge: when it lapses, what makes it the only one; then the seal."""


class Challenges:
    """The challenges of one station. A challenge is good for one purpose alone: `login`, or one user's new passkey."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._used: dict[bytes, int] = {}

    def new(self, purpose: str, now_us: Micros) -> bytes:
        """A fresh one."""
        body = (now_us + LIFE_US).to_bytes(_TIME) + secrets.token_bytes(_NONCE)
        return body + self._seal(body, purpose)

    def use(self, challenge: bytes, purpose: str, now_us: Micros) -> None:
        """Take one that came back. Problem 409 `challenge_unknown`, `challenge_expired`, `challenge_used`."""
        body, seal = challenge[: _TIME + _NONCE], challenge[_TIME + _NONCE :]
        if not hmac.compare_digest(seal, self._seal(body, purpose)):
            vi, en = "Lượt này không phải của trạm: hãy làm lại từ đầu.", "This was not begun here: begin again."
            raise Problem(409, "challenge_unknown", vi, en)
        lapses_us = int.from_bytes(body[:_TIME])
        if lapses_us <= now_us:
            vi, en = "Lượt này đã quá 5 phút: hãy làm lại từ đầu.", "This was begun over 5 minutes ago: begin again."
            raise Problem(409, "challenge_expired", vi, en)
        self._used = {one: until_us for one, until_us in self._used.items() if until_us > now_us}
        if body in self._used:
            vi, en = "Lượt này đã dùng rồi: hãy làm lại từ đầu.", "This was used already: begin again."
            raise Problem(409, "challenge_used", vi, en)
        self._used[body] = lapses_us

    def _seal(self, body: bytes, purpose: str) -> bytes:
        return hmac.digest(self._key, body + purpose.encode(), hashlib.sha256)
