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
        "officers": ("Dành cho cán bộ đài", "For the station's officers"),
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
        "in_whole_hours": ("{hours} giờ nữa", "in {hours} h"),
        "very_soon": ("ngay bây giờ", "any moment now"),
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
        "renew": ("Tự làm mới mỗi 20 giây", "Renew this page every 20 seconds"),
        "renews": ("Thôi tự làm mới", "Stop renewing this page"),
        "airing.PENDING": ("Sẽ phát", "To come"),
        "airing.PLAYING": ("Đang phát", "On air"),
        "airing.PLAYED": ("Đã phát", "Played"),
        "airing.PARTIAL": ("Phát một phần", "Played in part"),
        "airing.MISSED": ("Không phát được", "Did not play"),
        "airing.SUPERSEDED": ("Nhường chương trình khác", "Gave way to another"),
        "airing.CANCELLED": ("Đã hủy", "Cancelled"),
        "airing.UNKNOWN": ("Chờ cụm loa báo lại", "Waiting for the cluster's word"),
        "airing.MIXED": ("Phát được {played}/{all} cụm", "Played on {played} of {all} clusters"),
        "nature.drill": ("Diễn tập", "Drill"),
        "nature.emergency": ("Khẩn cấp", "Emergency"),
        "no_source": ("nguồn tiếp sóng chưa có tín hiệu", "no source of the relay is there yet"),
        "cluster.playing": ("Đang phát", "On air"),
        "cluster.online": ("Sẵn sàng", "Ready"),
        "cluster.late": ("Trả lời chậm", "Slow to answer"),
        "cluster.lost": ("Mất kết nối", "Disconnected"),
        "cluster.never": ("Chưa kết nối", "Not connected yet"),
        "since": ("từ {time}", "since {time}"),
        "reference": ("Giao diện lập trình (REST API)", "Programming interface (REST API)"),
        "reference_login": (
            "Gọi bằng khóa truy cập (Authorization: Bearer …) hoặc phiên đăng nhập.",
            "Call it with a token (Authorization: Bearer …) or a session.",
        ),
        "reference_who": ("Ai được gọi:", "Who may call:"),
        "places": ("Các trang", "Pages"),
        "week": ("Lịch phát hôm nay và 6 ngày tới", "Today and the next six days"),
        "week_short": ("Lịch 7 ngày", "Seven days"),
        "nothing_that_day": ("Chưa có lịch phát.", "Nothing is planned."),
        "listen": ("Nghe lại", "Listen again"),
        "listen_about": (
            "Những gì loa đã phát trong 30 ngày qua.",
            "What the loudspeakers broadcast in the last 30 days.",
        ),
        "nothing_to_hear": ("Chưa có bản tin nào để nghe lại.", "There is nothing to hear again yet."),
        "report": ("Báo loa hỏng hoặc ồn", "A loudspeaker is broken or too loud"),
        "report_short": ("Báo loa hỏng", "Report a fault"),
        "report_about": (
            "Không cần để lại tên. Cán bộ đài đọc mọi phản ánh.",
            "No name is needed. The station's officer reads every report.",
        ),
        "report_where": ("Cụm loa nào?", "Which cluster?"),
        "report_anywhere": ("Không rõ", "I don't know"),
        "report_what": ("Loa bị gì?", "What is wrong?"),
        "matter.broken": ("Loa không kêu hoặc rè", "It is silent, or it crackles"),
        "matter.loud": ("Loa to quá", "It is too loud"),
        "matter.quiet": ("Loa nhỏ quá, nghe không rõ", "It is too quiet to be understood"),
        "matter.other": ("Việc khác", "Something else"),
        "report_words": ("Nói rõ hơn (không bắt buộc)", "More about it (if you like)"),
        "report_send": ("Gửi phản ánh", "Send the report"),
        "report_thanks": ("Đã nhận. Cảm ơn bà con.", "Received. Thank you."),
        "report_thanks_about": (
            "Cán bộ đài sẽ xem và kiểm tra cụm loa.",
            "The station's officer will look into it.",
        ),
        "code": ("Mã", "Code"),
        "warning_where": ("Nơi nghe: {places}", "For: {places}"),
        "warning_given": ("Phát lúc {time}", "Given at {time}"),
        "warning_sounds": ("Đang phát trên loa, từ {time}", "On the loudspeakers since {time}"),
        "warning_listen": (
            "Hãy nghe loa và làm theo hướng dẫn của thôn, xã.",
            "Listen to the loudspeakers and follow the village's instructions.",
        ),
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
