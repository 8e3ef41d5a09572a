"""What can be wrong with an output, said once when it breaks and once when it is whole again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SENTENCES = {
    "audio_program_died": (
        "Chương trình nhận âm thanh đã dừng; đang khởi động lại.",
        "The program that takes the sound ended; it is being started again.",
    ),
    "audio_program_stuck": (
        "Chương trình nhận âm thanh không đọc dữ liệu; đang khởi động lại.",
        "The program that takes the sound does not read it; it is being started again.",
    ),
    "audio_program_missing": (
        "Không chạy được chương trình nhận âm thanh.",
        "The program that takes the sound cannot be run.",
    ),
    "audio_no_library": (
        "Thiếu thư viện PortAudio nên không dùng được card âm thanh.",
        "The PortAudio library is missing, so no sound card can be used.",
    ),
    "audio_no_card": (
        "Không mở được card âm thanh.",
        "The sound card cannot be opened.",
    ),
    "audio_unknown_output": (
        "Không có kiểu đầu ra âm thanh này.",
        "There is no such kind of sound output.",
    ),
    "audio_disk": (
        "Không ghi được tệp âm thanh ra đĩa.",
        "The sound file cannot be written to the disk.",
    ),
}
"""Code → (Vietnamese, English)."""


class OutputFault(Exception):
    """An output that does not work: a stable code and the technician's detail."""

    def __init__(self, code: str, detail: str) -> None:
        self.vi, self.en = SENTENCES[code]
        super().__init__(f"{self.en} ({detail})")
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Trouble:
    """An output broke (`raised`) or is whole again."""

    code: str
    detail: str
    raised: bool


OnTrouble = Callable[[Trouble], object]
"""Called from the output's own thread."""
