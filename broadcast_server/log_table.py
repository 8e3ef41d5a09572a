"""The log as a table for a spreadsheet: a line of CSV for each airing, in plain words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from broadcast_server.broadcast_log import Line
from broadcast_server.evidence import words_of
from broadcast_server.fleet.ledger import State
from broadcast_server.local_time import local
from broadcast_server.store.airings import RemarkRow
from speaker_client.protocol.ids import SECOND
from speaker_client.protocol.priority import Priority

Language = Literal["vi", "en"]

MARK = "\ufeff"
"""At the beginning, so that Excel reads the rest as UTF-8."""
_HEADS: Mapping[Language, tuple[str, ...]] = {
    "vi": (
        "Ngày", "Giờ theo lịch", "Giờ phải phát", "Giờ bắt đầu phát", "Chương trình", "Loại", "Cụm loa", "Kết quả",
        "Diễn giải", "Lệch giờ (ms)", "Đã phát (giây)", "Bằng chứng", "Ghi chú thêm",
    ),
    "en": (
        "Day", "Scheduled", "Due", "Began", "Programme", "Kind", "Cluster", "Outcome",
        "In words", "Off by (ms)", "Played (s)", "Evidence", "Notes",
    ),
}  # fmt: skip
_STATES: Mapping[Language, Mapping[State, str]] = {
    "vi": {
        State.PENDING: "Chưa phát",
        State.PLAYING: "Đang phát",
        State.UNKNOWN: "Chưa rõ",
        State.PLAYED: "Đã phát",
        State.PARTIAL: "Phát một phần",
        State.MISSED: "Không phát được",
        State.SUPERSEDED: "Nhường sóng",
        State.CANCELLED: "Đã hủy",
    },
    "en": {
        State.PENDING: "To be played",
        State.PLAYING: "On air",
        State.UNKNOWN: "Not known",
        State.PLAYED: "Played",
        State.PARTIAL: "Played in part",
        State.MISSED: "Not played",
        State.SUPERSEDED: "Gave way",
        State.CANCELLED: "Cancelled",
    },
}
_KINDS: Mapping[Language, Mapping[int, str]] = {
    "vi": {
        Priority.EMERGENCY: "Khẩn cấp",
        Priority.LIVE_EMERGENCY: "Nói khẩn",
        Priority.PRIORITY_ABOVE: "Ưu tiên cấp trên",
        Priority.PRIORITY_COMMUNE: "Ưu tiên của xã",
        Priority.LIVE: "Nói trực tiếp",
        Priority.ANNOUNCEMENT: "Thông báo",
        Priority.OWN: "Chương trình của xã",
        Priority.RELAY: "Tiếp sóng",
        Priority.FILLER: "Nhạc nền",
    },
    "en": {
        Priority.EMERGENCY: "Emergency",
        Priority.LIVE_EMERGENCY: "Live emergency",
        Priority.PRIORITY_ABOVE: "Priority from above",
        Priority.PRIORITY_COMMUNE: "Priority of the commune",
        Priority.LIVE: "Live voice",
        Priority.ANNOUNCEMENT: "Announcement",
        Priority.OWN: "Own programme",
        Priority.RELAY: "Relay",
        Priority.FILLER: "Filler",
    },
}
_DRILL: Mapping[Language, str] = {"vi": "Diễn tập", "en": "Drill"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet, whoever wrote the title."""


def head(language: Language) -> str:
    """The first line."""
    return MARK + _written([_HEADS[language]])


Remarks = Mapping[str, Sequence[RemarkRow]]
"""What people added, by occurrence."""


def rows(lines: Iterable[Line], drills: frozenset[str], remarks: Remarks, zone: str, language: Language) -> str:
    """A line for each airing; `drills` are the orders that are."""
    return _written(_cells(line, drills, remarks, zone, language) for line in lines)


def _cells(line: Line, drills: frozenset[str], remarks: Remarks, zone: str, language: Language) -> tuple[str, ...]:
    row, measured = line.row, words_of(line.row)
    kind = _DRILL[language] if row.order_id in drills else _KINDS[language].get(row.priority, "")
    return (
        f"{local(zone, row.start_us):%Y-%m-%d}",
        _clock(zone, row.scheduled_us),
        _clock(zone, row.start_us),
        _clock(zone, row.started_us),
        _plain(row.title),
        kind,
        _plain(line.cluster_name),
        _STATES[language][State(row.state)],
        line.sentence.vi if language == "vi" else line.sentence.en,
        "" if row.error_us is None else str(round(row.error_us / 1000)),
        "" if row.sounded_us is None else str(round(row.sounded_us / SECOND)),
        "" if measured is None else measured.vi if language == "vi" else measured.en,
        _plain("; ".join(_remark(one, zone) for one in remarks.get(row.occurrence_id, ()))),
    )


def _remark(row: RemarkRow, zone: str) -> str:
    return f"{row.text} ({row.by_name}, {local(zone, row.made_us):%Y-%m-%d %H:%M})"


def _clock(zone: str, moment_us: int | None) -> str:
    return "" if moment_us is None else f"{local(zone, moment_us):%H:%M:%S}"


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _written(table: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue()
