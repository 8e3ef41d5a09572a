"""The words of the pages, in both languages; every key has both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

Language = Literal["vi", "en"]

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "today": ("Hôm nay", "Today"),
        "brand": ("Đài truyền thanh thông minh", "Smart village radio"),
        "other_language": ("English", "Tiếng Việt"),
        "other_language_hint": ("Read this page in English", "Xem trang này bằng tiếng Việt"),
        "skip": ("Tới nội dung chính", "Skip to the content"),
        "on_air": ("Đang phát", "On air"),
        "silence": ("Loa đang im lặng", "The loudspeakers are silent"),
        "silence_until": ("Không có chương trình nào đang phát.", "No programme is on air."),
        "started": ("Bắt đầu {time}", "Began at {time}"),
        "left": ("còn {minutes} phút", "{minutes} min left"),
        "left_seconds": ("còn chưa đầy một phút", "less than a minute left"),
        "next": ("Tiếp theo", "Next"),
        "nothing_next": ("Hôm nay không còn chương trình nào nữa.", "Nothing more is planned for today."),
        "in_minutes": ("{minutes} phút nữa", "in {minutes} min"),
        "in_hours": ("{hours} giờ {minutes} phút nữa", "in {hours} h {minutes} min"),
        "very_soon": ("ngay bây giờ", "any moment now"),
        "tomorrow": ("ngày mai", "tomorrow"),
        "timetable": ("Lịch phát hôm nay", "Today's timetable"),
        "nothing_today": ("Hôm nay chưa có lịch phát.", "Nothing is planned for today."),
        "clusters": ("Cụm loa", "Loudspeaker clusters"),
        "no_clusters": ("Chưa có cụm loa nào.", "There are no clusters yet."),
        "ready_count": ("{ready}/{all} cụm sẵn sàng", "{ready} of {all} clusters ready"),
        "horns": ("{count} loa", "{count} loudspeakers"),
        "all_clusters": ("tất cả {count} cụm", "all {count} clusters"),
        "some_clusters": ("{count} cụm", "{count} clusters"),
        "one_cluster": ("1 cụm", "1 cluster"),
        "minutes_long": ("{minutes} phút", "{minutes} min"),
        "minutes_seconds_long": ("{minutes} phút {seconds} giây", "{minutes} min {seconds} s"),
        "seconds_long": ("{seconds} giây", "{seconds} s"),
        "updated": ("Cập nhật lúc {time}", "Updated at {time}"),
        "refreshes": ("trang tự làm mới mỗi 20 giây", "this page renews itself every 20 seconds"),
        "of_clusters": ("{count}/{all} cụm", "{count} of {all} clusters"),
        "airing.PENDING": ("Sẽ phát", "To come"),
        "airing.PLAYING": ("Đang phát", "On air"),
        "airing.PLAYED": ("Đã phát", "Played"),
        "airing.PARTIAL": ("Phát một phần", "Played in part"),
        "airing.MISSED": ("Không phát được", "Did not play"),
        "airing.SUPERSEDED": ("Nhường chương trình khác", "Gave way to another"),
        "airing.CANCELLED": ("Đã hủy", "Cancelled"),
        "airing.UNKNOWN": ("Chờ cụm loa báo lại", "Waiting for the cluster's word"),
        "airing.MIXED": ("Phát được {played}/{all} cụm", "Played on {played} of {all} clusters"),
        "cluster.playing": ("Đang phát", "On air"),
        "cluster.online": ("Sẵn sàng", "Ready"),
        "cluster.late": ("Trả lời chậm", "Slow to answer"),
        "cluster.lost": ("Mất kết nối", "Disconnected"),
        "cluster.never": ("Chưa kết nối", "Not connected yet"),
        "since": ("từ {time}", "since {time}"),
        "reference": ("Giao diện lập trình (REST API)", "Programming interface (REST API)"),
        "reference_login": (
            "Gọi bằng khoá truy cập (Authorization: Bearer …) hoặc phiên đăng nhập.",
            "Call it with a token (Authorization: Bearer …) or a session.",
        ),
        "reference_who": ("Ai được gọi:", "Who may call:"),
        "speak": ("Nói trực tiếp", "Speak live"),
        "speak.name": ("Tên đăng nhập", "User name"),
        "speak.password": ("Mật khẩu", "Password"),
        "speak.login": ("Đăng nhập", "Log in"),
        "speak.where": ("Nơi phát", "Where"),
        "speak.everywhere": ("Tất cả các cụm loa", "All loudspeaker clusters"),
        "speak.what": ("Tên buổi nói", "Title"),
        "speak.emergency": ("Khẩn cấp: ngắt mọi chương trình", "Emergency: over every programme"),
        "speak.begin": ("Bắt đầu nói", "Begin to speak"),
        "speak.end": ("Kết thúc", "End"),
        "speak.more": ("Nói thêm 10 phút", "10 minutes more"),
        "speak.wait": ("Đang mở micrô và gọi các cụm loa…", "Opening the microphone and calling the clusters…"),
        "speak.open": ("ĐANG PHÁT. Mời nói.", "ON AIR. Please speak."),
        "speak.state": (
            "ĐANG PHÁT [seconds] giây · [playing]/[loudspeakers] loa · trễ [delay_ms] ms · mất [lost] %",
            "ON AIR [seconds] s · [playing]/[loudspeakers] loudspeakers · delay [delay_ms] ms · lost [lost] %",
        ),
        "speak.extended": ("Được nói tới [minutes] phút.", "You may speak up to [minutes] minutes."),
        "speak.closed": ("Đã kết thúc. Bản ghi ở trong thư viện.", "Ended. The recording is in the library."),
        "speak.lost": ("Mất kết nối: loa đã ngừng phát.", "Connection lost: the loudspeakers have stopped."),
        "speak.deaf": (
            "Không mở được micrô. Hãy cho phép trang này dùng micrô (cần HTTPS).",
            "The microphone cannot be opened. Allow this page to use it (HTTPS is needed).",
        ),
        "not_found_title": ("Không có trang này", "There is no such page"),
        "not_found_text": ("Địa chỉ này không có gì.", "There is nothing at this address."),
        "back": ("Về trang Hôm nay", "To the page Today"),
    }
)
_DAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def word(key: str, language: Language, **values: object) -> str:
    """The word or sentence of that key, its places filled in."""
    vi, en = WORDS[key]
    return (vi if language == "vi" else en).format(**values)


def day_text(day: date, language: Language) -> str:
    """`Thứ Hai, 23/11/2026`."""
    names = _DAYS_VI if language == "vi" else _DAYS_EN
    return f"{names[day.weekday()]}, {day:%d/%m/%Y}"


def length_text(duration_us: int, language: Language) -> str:
    """`8 phút 20 giây`; whole minutes from ten minutes on."""
    minutes, seconds = divmod(round(duration_us / 1_000_000), 60)
    if not minutes:
        return word("seconds_long", language, seconds=seconds)
    if minutes >= 10 or not seconds:
        return word("minutes_long", language, minutes=minutes)
    return word("minutes_seconds_long", language, minutes=minutes, seconds=seconds)
