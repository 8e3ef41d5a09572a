"""Why a live voice ended, as the speaker is told it: a stable code and one sentence in each language."""

from __future__ import annotations

from dataclasses import dataclass

from speaker_client.protocol.live import Ending


@dataclass(frozen=True)
class End:
    """`ending` is what the boxes are told."""

    ending: Ending
    code: str
    vi: str
    en: str


CLOSED = End(Ending.CLOSED, "closed", "Đã kết thúc.", "Ended.")
GONE = End(
    Ending.GONE,
    "speaker_gone",
    "Không còn nghe thấy máy của người nói: loa đã ngừng phát.",
    "Nothing comes from the speaker's device any more: the loudspeakers have stopped.",
)
TIME_UP = End(
    Ending.CLOSED, "time_up", "Đã hết thời gian nói: loa đã ngừng phát.", "The time is up: the loudspeakers stopped."
)
PREEMPTED = End(
    Ending.CLOSED,
    "preempted",
    "Một lệnh mạnh hơn đã chiếm loa: buổi nói này bị ngắt.",
    "A stronger order has taken the loudspeakers: this live was cut off.",
)
NOBODY = End(
    Ending.CLOSED,
    "nobody_hears",
    "Không còn loa nào phát buổi nói này; xem nhật ký để biết vì sao.",
    "No loudspeaker plays this live any more; the log says why.",
)
TOO_FAST = End(
    Ending.CLOSED,
    "too_fast",
    "Máy này gửi tiếng nhanh hơn thời gian thật: đã ngắt.",
    "This device sends sound faster than it can be spoken: it was cut off.",
)
BAD_MESSAGE = End(
    Ending.CLOSED, "bad_message", "Máy này gửi tin không đọc được: đã ngắt.", "This device sent what cannot be read."
)
TOO_LARGE = End(
    Ending.CLOSED,
    "message_too_large",
    "Máy này gửi tin quá lớn: đã ngắt. Hãy gửi tiếng thành từng đoạn nhỏ hơn.",
    "This device sent a message that is too large: it was cut off. Send the sound in smaller pieces.",
)
_BY_ENDING = {Ending.CLOSED: CLOSED, Ending.GONE: GONE}


def plain(ending: Ending) -> End:
    """The end that this ending is, if nobody knows more."""
    return _BY_ENDING[ending]


def stopped(by: str) -> End:
    """Somebody has stopped it."""
    return End(Ending.CLOSED, "stopped", f"{by} đã dừng buổi nói: loa đã im.", f"{by} stopped it: silence.")


def no_longer_allowed(code: str, vi: str, en: str) -> End:
    """The account has lost the right, or was logged out."""
    return End(Ending.CLOSED, code, vi, en)
