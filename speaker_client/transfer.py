"""Decisions about downloads: is this answer our content, is it fast enough, which is next and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from audio_library.content import ContentId
from speaker_client.cache import FAILURES_TO_FAULT, Need

SLOWEST_BYTES_S = 1_000
WATCHED_S = 30.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
DAMAGED_PAUSE_S = 3600.0
"""Before a content that came damaged again and again is fetched once more: it is bad where it comes from."""
SPREAD_S = 600.0
AT_ONCE_S = 300.0

Draw = Callable[[], float]
"""A random number in [0, 1)."""

SENTENCES = {
    "fetch_network": ("Không kết nối được máy chủ để tải âm thanh.", "The station cannot be reached for content."),
    "fetch_denied": ("Máy chủ không cho tải âm thanh này.", "The station does not let this box fetch the content."),
    "fetch_gone": ("Máy chủ không còn âm thanh này.", "The station does not have the content."),
    "fetch_status": ("Máy chủ trả lời không đúng khi tải âm thanh.", "The answer is not a download."),
    "fetch_not_sound": (
        "Nhận được trang web thay vì âm thanh (có thể do trang đăng nhập của mạng).",
        "A web page came instead of sound (perhaps the network's login page).",
    ),
    "fetch_other_content": ("Máy chủ gửi nội dung khác.", "The station offers other content."),
    "fetch_length": ("Âm thanh tải về sai độ dài.", "The download has the wrong length."),
    "fetch_hash": ("Âm thanh tải về bị hỏng.", "The download is damaged."),
    "fetch_slow": ("Mạng quá chậm, sẽ tải tiếp sau.", "The link is too slow; the download goes on later."),
    "fetch_deadline": ("Tải quá lâu, sẽ tải tiếp sau.", "The download took too long; it goes on later."),
    "fetch_no_room": ("Bộ nhớ của loa đã đầy.", "There is no room left on the box."),
    "fetch_disk": ("Không ghi được vào bộ nhớ của loa.", "The box cannot write to its disk."),
}
"""Code → (Vietnamese, English)."""

STATION_WIDE = frozenset({"fetch_network", "fetch_status", "fetch_not_sound", "fetch_slow", "fetch_denied"})
"""Failures that the next content would meet too."""


class FetchFailed(Exception):
    """A download that did not succeed now: a stable code and what was seen. What came so far is kept."""

    def __init__(self, code: str, detail: str) -> None:
        self.vi, self.en = SENTENCES[code]
        super().__init__(f"{self.en} ({detail})")
        self.code, self.detail = code, detail


def judge(status: int, headers: Mapping[str, str], need: Need, have: int) -> int:
    """From which byte on this answer is our content: `have`, or 0 when it starts over. FetchFailed otherwise.

    `headers` has lower-case names.
    """
    _judge_status(status)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind.startswith("audio/") or kind in {"application/ogg", "application/octet-stream"}):
        raise FetchFailed("fetch_not_sound", f"content type {kind or 'missing'}")
    if headers.get("etag") != f'"{need.content}"' or headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed("fetch_other_content", f"entity tag {headers.get('etag')}")
    start = have if status == 206 else 0
    if status == 206:
        _judge_range(headers.get("content-range", ""), need, have)
    length = headers.get("content-length", str(need.size - start))
    if length != str(need.size - start):
        raise FetchFailed("fetch_length", f"{length} bytes offered, {need.size - start} wanted")
    return start


def _judge_status(status: int) -> None:
    if status in {401, 403, 407, 511}:
        raise FetchFailed("fetch_denied", f"status {status}")
    if status in {404, 410}:
        raise FetchFailed("fetch_gone", f"status {status}")
    if status not in {200, 206}:
        raise FetchFailed("fetch_status", f"status {status}")


def _judge_range(text: str, need: Need, have: int) -> None:
    if not re.fullmatch(rf"bytes {have}-{need.size - 1}/{need.size}", text.strip()):
        raise FetchFailed("fetch_length", f"range {text[:60]!r}")


@dataclass
class RateWatch:
    """Sees that a download moves: FetchFailed when a window brings less than the slowest link worth waiting for."""

    began_s: float
    window_s: float = WATCHED_S
    slowest_bytes_s: float = SLOWEST_BYTES_S
    _came: int = 0

    def came(self, size: int, now_s: float) -> None:
        """`size` bytes arrived now."""
        self._came += size
        if now_s - self.began_s < self.window_s:
            return
        if self._came < self.slowest_bytes_s * (now_s - self.began_s):
            raise FetchFailed("fetch_slow", f"{self._came} bytes in {now_s - self.began_s:.0f} s")
        self.began_s, self._came = now_s, 0


def pause_s(tries: int, draw: Draw) -> float:
    """How long to wait after `tries` failures in a row: full jitter under 1, 2, 4 … 60 s."""
    return draw() * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries - 1, 16))


def spread_s(due_in_s: float | None, draw: Draw) -> float:
    """How long a box waits with a new content, so that a fleet does not ask at once; not at all if due soon."""
    if due_in_s is None:
        return 0.0
    return draw() * max(0.0, min(SPREAD_S, (due_in_s - AT_ONCE_S) / 4))


class Agenda:
    """Which content to fetch when: soonest due first, each after its pause, one at a time."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._needs: list[Need] = []
        self._not_before: dict[ContentId, float] = {}
        self._tries: dict[ContentId, int] = {}
        self._damaged: dict[ContentId, int] = {}
        self._quiet_until = 0.0
        self._failures = 0

    def update(self, missing: Iterable[Need], now_s: float, utc_us: int | None) -> None:
        """The whole truth on what is missing. `utc_us` is None while the box has no clock."""
        before, self._needs = set(self._needs), list(missing)
        for need in self._needs:
            due_in_s = None if utc_us is None else (need.due_us - utc_us) / 1e6
            allowed = now_s + spread_s(due_in_s, self._draw)
            at = self._not_before.get(need.content, allowed)
            pauses = need.content in self._tries and (need in before or not self._is_given_up(need.content))
            self._not_before[need.content] = at if pauses else min(at, allowed)
        known = {need.content for need in self._needs}
        self._not_before = {content: at for content, at in self._not_before.items() if content in known}
        self._tries = {content: tries for content, tries in self._tries.items() if content in known}
        self._damaged = {content: times for content, times in self._damaged.items() if content in known}

    def next(self, now_s: float) -> tuple[Need | None, float | None]:
        """What to fetch now, or how long to wait (None: until there is news)."""
        ready = max(now_s, self._quiet_until)
        for need in self._needs:
            if self._not_before[need.content] <= now_s >= self._quiet_until:
                return need, 0.0
        waits = [max(ready, self._not_before[need.content]) - now_s for need in self._needs]
        return None, min(waits, default=None)

    def lists(self, content: ContentId) -> bool:
        """Whether it is still to be fetched as far as is known here."""
        return any(need.content == content for need in self._needs)

    def hurry(self) -> None:
        """An order came, so the station is reached, and what it needs cannot wait for anybody's pause."""
        self.back()
        for need in self._needs:
            if need.is_ordered:
                self._not_before[need.content] = 0.0

    def back(self) -> None:
        """The station was reached by another question."""
        self._failures, self._quiet_until = 0, 0.0

    def succeeded(self, content: ContentId) -> None:
        """The station answers again."""
        self._failures = 0
        self._damaged.pop(content, None)
        self._needs = [need for need in self._needs if need.content != content]

    def failed(self, content: ContentId, code: str, now_s: float) -> None:
        """Not now; a failure of the station or the link holds back everything, another only this.

        What came damaged three times is left for an hour, unless the plan has something new of it or an order waits.
        """
        if code in STATION_WIDE:
            self._failures += 1
            self._quiet_until = now_s + pause_s(self._failures, self._draw)
            return
        tries = self._tries[content] = self._tries.get(content, 0) + 1
        self._damaged[content] = self._damaged.get(content, 0) + (code == "fetch_hash")
        ordered = any(need.content == content and need.is_ordered for need in self._needs)
        given_up = code == "fetch_hash" and self._is_given_up(content) and not ordered
        self._not_before[content] = now_s + (DAMAGED_PAUSE_S if given_up else pause_s(tries, self._draw))

    def _is_given_up(self, content: ContentId) -> bool:
        return self._damaged.get(content, 0) >= FAILURES_TO_FAULT
