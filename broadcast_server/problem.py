"""A request that cannot be done: a stable code and one plain sentence in each language (RFC 9457 at the edge)."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """Raised by use cases and routers alike; `status` is the HTTP status, `more` goes into the answer."""

    def __init__(self, status: int, code: str, vi: str, en: str, **more: Any) -> None:
        super().__init__(en)
        self.status, self.code, self.vi, self.en, self.more = status, code, vi, en, more


class Unfit(Exception):
    """The station cannot be used as it stands; the message says what to do: Vietnamese / English."""


def not_found(noun_vi: str, noun_en: str) -> Problem:
    """404 for a thing that is not there, or not yours to see."""
    return Problem(404, "not_found", f"Không tìm thấy {noun_vi}.", f"There is no such {noun_en}.")


def not_allowed(right: str) -> Problem:
    """403 for a known account that lacks this right."""
    vi, en = "Tài khoản này chưa được phép làm việc này.", "This account may not do this."
    return Problem(403, "not_allowed", vi, en, right=right)
