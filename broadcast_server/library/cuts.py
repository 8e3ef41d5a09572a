"""Which stretch of a recording may be cut out, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Container

from audio_library.cutting import LONGEST_FADE_US, Cut
from broadcast_server.problem import Problem
from broadcast_server.wording import clean_line

SHORTEST_US = 500_000
MOST_CUTS = 8
"""One after the other, before it is cut anew from the source."""
_SLACK_US = 10_000
"""Ends are told in whole milliseconds, and cut to ten."""
_SUFFIX = re.compile(r" \(đã cắt(?: \d+)?\)$")


def check(cut: Cut, duration_us: int, earlier: int) -> None:
    """Problem 422 for a cut that cannot be meant of a sound so long, that was cut so often before."""
    length, fades = cut.to_us - cut.from_us, (cut.fade_in_us, cut.fade_out_us)
    if length <= 0:
        vi, en = "Điểm kết thúc phải sau điểm bắt đầu.", "The end must come after the start."
        raise Problem(422, "cut_empty", vi, en)
    if cut.to_us > duration_us + _SLACK_US:
        seconds = f"{duration_us / 1e6:.1f}"
        vi, en = f"Bản ghi chỉ dài {seconds} giây.", f"The recording is only {seconds} seconds long."
        raise Problem(422, "cut_beyond_end", vi, en)
    if length < SHORTEST_US:
        vi, en = "Đoạn giữ lại ngắn hơn nửa giây.", "What is kept is shorter than half a second."
        raise Problem(422, "cut_too_short", vi, en)
    if sum(fades) > length or max(fades) > LONGEST_FADE_US:
        vi = "Đoạn lớn dần và nhỏ dần dài hơn phần giữ lại, hoặc dài quá 10 giây."
        raise Problem(422, "fades_too_long", vi, "The fades are longer than what is kept, or than 10 seconds.")
    if length >= duration_us - _SLACK_US and not any(fades):
        vi, en = "Chưa cắt gì: đoạn giữ lại là cả bản ghi.", "Nothing is cut: what is kept is the whole recording."
        raise Problem(422, "cut_nothing", vi, en)
    if earlier >= MOST_CUTS:
        vi, en = "Bản này đã cắt nhiều lần. Hãy cắt từ bản gốc.", "This was cut too often. Cut from its source."
        raise Problem(422, "cut_too_often", vi, en)


def title_after(title: str, taken: Container[str], longest: int) -> str:
    """The title with a suffix that says it is cut, and a number if that is `taken`."""
    bare, number = _SUFFIX.sub("", title), 1
    while True:
        suffix = " (đã cắt)" if number == 1 else f" (đã cắt {number})"
        shown = clean_line(bare, longest - len(suffix)) + suffix
        if shown not in taken:
            return shown
        number += 1
