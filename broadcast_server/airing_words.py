"""How an airing stands, in one plain sentence for the log."""

from __future__ import annotations

from dataclasses import dataclass

from broadcast_server.fleet.ledger import State
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.report import Reason


@dataclass(frozen=True)
class Sentence:
    """The same in both languages."""

    vi: str
    en: str


_STATES = {
    State.PENDING: Sentence("chưa phát", "to be played"),
    State.PLAYING: Sentence("đang phát", "on air"),
    State.UNKNOWN: Sentence("chưa rõ: hộp loa chưa báo về", "not known: the box has not reported yet"),
    State.PLAYED: Sentence("đã phát", "played"),
    State.PARTIAL: Sentence("chỉ phát được một phần", "played in part"),
    State.MISSED: Sentence("không phát được", "not played"),
    State.SUPERSEDED: Sentence("nhường sóng", "gave way"),
    State.CANCELLED: Sentence("đã hủy", "cancelled"),
}
_REASONS = {
    Reason.POWER_OFF: Sentence("hộp loa mất điện hoặc đang tắt", "the box had no power"),
    Reason.NO_MEDIA: Sentence("hộp loa chưa tải đủ âm thanh", "the box had not fetched the sound"),
    Reason.NO_PLAN: Sentence("lịch chưa tới được hộp loa", "the plan had not reached the box"),
    Reason.CLOCK: Sentence("hộp loa chưa có giờ đúng", "the box did not know the time"),
    Reason.AUDIO_FAULT: Sentence("lỗi đường tiếng của hộp loa", "the box's sound output failed"),
    Reason.PREEMPTED: Sentence("có bản tin ưu tiên hơn", "something stronger had the floor"),
    Reason.LATE: Sentence("đã quá giờ cho phép", "it was too late to begin"),
    Reason.CORRUPT: Sentence("tệp âm thanh trên hộp loa bị hỏng", "the sound on the box was damaged"),
    Reason.CONFIG: Sentence("cấu hình hộp loa chưa đúng", "the box is not set up for it"),
    Reason.STOPPED: Sentence("bị dừng", "it was stopped"),
    Reason.WITHDRAWN: Sentence("lịch đã thay đổi", "the schedule was changed"),
    Reason.NO_ORDER: Sentence("lệnh không tới được hộp loa", "the order did not reach the box"),
}


def sentence_of(row: AiringRow, by: str | None) -> Sentence:
    """Its state, why, and by whom (`by`: a person's name or another programme's title)."""
    state = State(row.state)
    if state is State.PENDING and row.planned is None:
        said = Sentence("sẽ nhường sóng", "will give way")
    elif state is State.PENDING and row.withdrawn_plan is not None:
        said = Sentence("đã hủy, đang chờ hộp loa xác nhận", "cancelled, the box has not confirmed it yet")
    else:
        said = _STATES[state]
    reason = _REASONS[Reason(row.reason)] if row.reason in set(Reason) else None
    vi = said.vi + (f": {reason.vi}" if reason else "") + (f" ({by})" if by else "")
    en = said.en + (f": {reason.en}" if reason else "") + (f" ({by})" if by else "")
    return Sentence(_capital(vi), _capital(en))


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
