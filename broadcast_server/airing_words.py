"""How an airing stands, in one plain sentence for the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcast_server.fleet.ledger import State
from broadcast_server.schedule.outlook import RESTS
from broadcast_server.schedule.spoken_length import length_en, length_vi
from broadcast_server.store.airings import AiringRow
from speaker_client.protocol.live import FRAME_US
from speaker_client.protocol.report import Reason


@dataclass(frozen=True)
class Sentence:
    """The same in both languages."""

    vi: str
    en: str

    def followed(self, vi: str, en: str) -> Sentence:
        """With more sentences behind it, if there are any."""
        return Sentence(f"{self.vi} {vi}", f"{self.en} {en}") if vi else self


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
    Reason.AUDIO_FAULT: Sentence("hộp loa không ra được tiếng", "the box's sound output failed"),
    Reason.PREEMPTED: Sentence("có bản tin ưu tiên hơn", "something stronger had the floor"),
    Reason.LATE: Sentence("đã quá giờ cho phép", "it was too late to begin"),
    Reason.CORRUPT: Sentence("tệp âm thanh trên hộp loa bị hỏng", "the sound on the box was damaged"),
    Reason.CONFIG: Sentence("cấu hình hộp loa chưa đúng", "the box is not set up for it"),
    Reason.STOPPED: Sentence("bị dừng", "it was stopped"),
    Reason.WITHDRAWN: Sentence("lịch đã thay đổi", "the schedule was changed"),
    Reason.NO_ORDER: Sentence("lệnh không tới được hộp loa", "the order did not reach the box"),
    Reason.NO_VOICE: Sentence("tiếng nói không tới được hộp loa", "the voice did not reach the box"),
    Reason.SPEAKER_GONE: Sentence("máy của người nói mất liên lạc", "the speaker's device fell silent"),
    Reason.TIME_UP: Sentence("đã hết thời gian nói", "the time for speaking was over"),
    Reason.NO_RELAY: Sentence("tiếng tiếp sóng không tới đủ hộp loa", "not enough of the relay reached the box"),
}


_RESTS = Sentence("cụm loa đang tắt tạm", "the cluster was switched off for now")
_HEARD = (State.PENDING, State.PLAYING, State.UNKNOWN, State.PLAYED, State.PARTIAL)


def sentence_of(
    row: AiringRow, by: str | None, delayed_by: str | None = None, interrupted_by: str | None = None
) -> Sentence:
    """Its state, why, and by whom (`by`: a person's name or another programme's title); if it is heard, also how
    late it begins and who interrupts it."""
    state, rests = State(row.state), keeps_silent(row)
    yields = row.planned is None or (row.withdrawn_plan is not None and row.by is not None)
    if state is State.PENDING and row.planned is None and rests:
        said = Sentence("sẽ không phát", "will not be played")
    elif state is State.PENDING and yields and not rests:
        said = Sentence("sẽ nhường sóng", "will give way")
    elif state is State.PENDING and row.withdrawn_plan is not None:
        said = Sentence("đã hủy, đang chờ hộp loa xác nhận", "cancelled, the box has not confirmed it yet")
    else:
        said = _STATES[state]
    reason = _REASONS[Reason(row.reason)] if row.reason in set(Reason) else None
    reason, by = (_RESTS, None) if rests else (reason, by)
    vi = said.vi + (f": {reason.vi}" if reason else "") + (f" ({by})" if by else "")
    en = said.en + (f": {reason.en}" if reason else "") + (f" ({by})" if by else "")
    if filled_us := (row.report or {}).get("filled", 0) * FRAME_US:
        vi += f", trong đó {length_vi(filled_us)} phát nhạc thay thế của hộp loa"
        en += f", for {length_en(filled_us)} of it the box played its own fallback"
    if row.planned is not None and state in _HEARD and (state is not State.PENDING or row.withdrawn_plan is None):
        moved = disturbance_words(row.start_us - row.scheduled_us, delayed_by, interrupted_by, _lost_us(row.planned))
        vi, en = ", ".join((vi, *moved.vi)), ", ".join((en, *moved.en))
    return Sentence(_capital(vi), _capital(en))


def keeps_silent(row: AiringRow) -> bool:
    """Whether it did not, or will not, sound since its cluster rests."""
    return row.by == RESTS or (row.withdrawn_by == RESTS and State(row.state) in (State.PENDING, State.CANCELLED))


@dataclass(frozen=True)
class Words:
    """The same few in both languages; none if there is nothing to say."""

    vi: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


def disturbance_words(late_us: int, delayed_by: str | None, interrupted_by: str | None, lost_us: int) -> Words:
    """How late it begins because of whom, and who interrupts it or takes its last `lost_us` from it (titles)."""
    vi, en = [], []
    if delayed_by is not None and late_us > 0:
        vi.append(f"trễ {length_vi(late_us)} vì “{delayed_by}”")
        en.append(f"{length_en(late_us)} late because of “{delayed_by}”")
    if interrupted_by is not None and lost_us > 0:
        vi.append(f"bị “{interrupted_by}” cắt mất {length_vi(lost_us)} cuối")
        en.append(f"its last {length_en(lost_us)} cut by “{interrupted_by}”")
    elif interrupted_by is not None:
        vi.append(f"bị “{interrupted_by}” ngắt giữa chừng")
        en.append(f"interrupted by “{interrupted_by}”")
    return Words(tuple(vi), tuple(en))


def _lost_us(planned: Mapping[str, Any]) -> int:
    relay = planned.get("relay")
    if relay:
        last = planned["parts"][-1]
        return int(relay["start_us"] + relay["length_us"] - last["start_us"] - last["length_us"])
    whole = sum(item["duration_us"] for item in planned["items"])
    return int(whole - sum(part["length_us"] for part in planned["parts"]))


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
