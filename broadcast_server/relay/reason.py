"""Why a relay left a source, in a stable word and a sentence for the log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from broadcast_server.relay.source import Source
from speaker_client.protocol.ids import Micros


class Reason(StrEnum):
    """Why the source changed."""

    STARTED = "started"
    """The relay begins with its first source."""
    DEAD = "dead"
    """The connection, device or decoder ended."""
    UNREACHABLE = "unreachable"
    """No name, no route, nobody listens."""
    SILENT = "silent"
    STALLED = "stalled"
    """The connection stands and nothing comes."""
    NOT_AUDIO = "not_audio"
    """Answered with a page or anything else that is no sound we take."""
    REFUSED_ADDRESS = "refused_address"
    """An address, redirect, playlist or segment that relays may not reach."""
    HTTP_ERROR = "http_error"
    UNTRUSTED = "untrusted"
    """The certificate does not vouch for the host."""
    ENCRYPTED = "encrypted"
    """HLS with keys, which we do not take."""
    NOTHING_NEW = "nothing_new"
    """A watched folder without a file that is ready, or played through."""
    NO_INPUT = "no_input"
    """No such sound input, or it is in use."""
    UNFIT = "unfit"
    """The server itself cannot: no cell to decode in."""
    NO_SOURCE = "no_source"
    """None is left that may be opened: the relay does not begin."""
    BROKEN = "broken"
    """The relay stumbled over a mistake of the station's own."""
    ALL_FAILED = "all_failed"
    """Every source failed: silence, then the list from its beginning."""
    AGAIN = "again"
    """The list from its beginning, after a pause."""
    RETURNED = "returned"
    """A source further up in the list sounds again."""


class Failure(Exception):
    """Why a source cannot go on; `detail` is for the log (a status, an address), in no language."""

    def __init__(self, reason: Reason, detail: str = "", whole: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail
        self.whole = whole
        """Whether it came to its own end: what is still to be heard of it is heard."""


@dataclass(frozen=True)
class Switch:
    """One change: `old` was left because of `reason`, `new` is tried next; None is silence."""

    at_us: Micros
    old: Source | None
    new: Source | None
    reason: Reason
    detail: str = ""

    @property
    def vi(self) -> str:
        """The sentence for the log, Vietnamese."""
        return self._sentence(0, "Chuyển sang “{}”.", "Tạm im lặng.")

    @property
    def en(self) -> str:
        """The sentence for the log, English."""
        return self._sentence(1, "On to “{}”.", "Silence for now.")

    def _sentence(self, language: int, onward: str, silence: str) -> str:
        old, new = (source.name if source else "" for source in (self.old, self.new))
        said = _WORDS[self.reason][language].format(old=old, new=new, detail=f" ({self.detail})" if self.detail else "")
        if self.reason in _WHOLE:
            return said
        return f"{said} {onward.format(new) if self.new else silence}"


_WHOLE = {Reason.STARTED, Reason.NO_SOURCE, Reason.BROKEN, Reason.ALL_FAILED, Reason.AGAIN, Reason.RETURNED}
_WORDS = {
    Reason.STARTED: ("Bắt đầu tiếp sóng “{new}”.", "The relay begins with “{new}”."),
    Reason.DEAD: ("Nguồn “{old}” ngừng phát{detail}.", "Source “{old}” ended{detail}."),
    Reason.UNREACHABLE: ("Không kết nối được nguồn “{old}”{detail}.", "Source “{old}” cannot be reached{detail}."),
    Reason.SILENT: ("Nguồn “{old}” không có tiếng{detail}.", "Source “{old}” is silent{detail}."),
    Reason.STALLED: (
        "Nguồn “{old}” không gửi gì nữa dù vẫn kết nối{detail}.",
        "Source “{old}” is connected but sends nothing{detail}.",
    ),
    Reason.NOT_AUDIO: (
        "Nguồn “{old}” trả về thứ không phải âm thanh{detail}.",
        "Source “{old}” answers with something that is no sound{detail}.",
    ),
    Reason.REFUSED_ADDRESS: (
        "Nguồn “{old}” dẫn tới địa chỉ không được phép{detail}.",
        "Source “{old}” leads to an address that is not allowed{detail}.",
    ),
    Reason.HTTP_ERROR: ("Nguồn “{old}” báo lỗi{detail}.", "Source “{old}” answers with an error{detail}."),
    Reason.UNTRUSTED: (
        "Chứng chỉ bảo mật của nguồn “{old}” không hợp lệ{detail}.",
        "The certificate of source “{old}” is not valid{detail}.",
    ),
    Reason.ENCRYPTED: (
        "Nguồn “{old}” bị mã hóa, chưa tiếp sóng được.",
        "Source “{old}” is encrypted and cannot be relayed.",
    ),
    Reason.NOTHING_NEW: (
        "Thư mục “{old}” không còn tệp âm thanh để phát{detail}.",
        "Folder “{old}” has no sound left to play{detail}.",
    ),
    Reason.NO_INPUT: ("Không mở được ngõ vào “{old}”{detail}.", "Sound input “{old}” cannot be opened{detail}."),
    Reason.UNFIT: ("Máy chủ không giải mã được nguồn “{old}”{detail}.", "The server cannot decode “{old}”{detail}."),
    Reason.NO_SOURCE: (
        "Không có nguồn tiếp sóng nào dùng được{detail}.",
        "There is no source that can be relayed{detail}.",
    ),
    Reason.BROKEN: (
        "Máy chủ gặp lỗi khi tiếp sóng: tạm im lặng, sẽ thử lại{detail}. Hãy báo kỹ thuật viên.",
        "The station failed at relaying: silence, to be tried again{detail}. Tell the technician.",
    ),
    Reason.ALL_FAILED: (
        "Mọi nguồn tiếp sóng đều hỏng: tạm im lặng, sẽ thử lại{detail}.",
        "Every source of the relay failed: silence, to be tried again{detail}.",
    ),
    Reason.AGAIN: ("Thử lại từ nguồn “{new}”.", "Trying again from “{new}”."),
    Reason.RETURNED: (
        "Nguồn “{new}” có tiếng trở lại: quay về từ “{old}”.",
        "Source “{new}” sounds again: back from “{old}”.",
    ),
}


def trouble(source: Source, reason: Reason, detail: str = "") -> tuple[str, str]:
    """What is wrong with a source, in Vietnamese and in English."""
    told = f" ({detail})" if detail else ""
    vi, en = (words.format(old=source.name, new=source.name, detail=told) for words in _WORDS[reason])
    return vi, en
