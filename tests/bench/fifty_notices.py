"""Fifty notices as communes give them: those of the corpus, and the station's own nine with their blanks filled in.

People and numbers are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from audio_library.speech.notices import NOTICES, fill
from tests.reading.corpus import sentences

TODAY: Final = date(2026, 11, 24)
FILLED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "meeting": (
        ("bà con thôn Đông", "nhà văn hóa thôn Đông", "19h30", "27/11", "bàn việc làm đường bê tông ngõ 5"),
        ("các hộ tổ 3", "sân đình", "8h", "29/11/2026", "bầu trưởng thôn nhiệm kỳ 2026-2028"),
        ("toàn thể hội viên Hội Nông dân", "hội trường UBND xã", "13h30", "2/12", "tổng kết vụ mùa, đăng ký giống lúa"),
        ("phụ huynh học sinh lớp 9", "Trường THCS Phú Lâm", "7h15", "5/12", "hướng nghiệp và tuyển sinh lớp 10"),
    ),
    "power": (
        ("sửa chữa đường dây 0,4 kV", "thôn Đông và thôn Trung", "7h", "11h30", "ngày mai"),
        ("thay máy biến áp", "toàn xã", "5h30", "17h", "30/11"),
        ("chặt cây gần lưới điện", "xóm 6, xóm 7", "13h", "16h45", "1/12/2026"),
        ("di chuyển cột điện phục vụ làm đường", "khu vực chợ Mới đến cầu Đá", "8h15", "10h", "4/12"),
    ),
    "water": (
        ("súc rửa bể chứa", "thôn Đoài", "22h", "23h30", "hôm nay", "0912 345 678"),
        ("khắc phục vỡ ống D110", "các hộ ven tỉnh lộ 515", "9h", "15h", "26/11", "0237 3869 015"),
        ("đấu nối tuyến ống mới", "thôn Yên Hòa và khu tái định cư", "6h30", "18h", "3/12", "1900 6769"),
        ("thay đồng hồ tổng", "tổ dân phố số 2", "14h", "16h", "28/11", "0986.110.220"),
    ),
    "vaccination": (
        ("vắc xin sởi", "trẻ từ 9 đến 18 tháng tuổi", "7h30", "11h", "5/12", "trạm y tế xã"),
        ("vắc xin 5 trong 1", "trẻ 2, 3 và 4 tháng tuổi", "8h", "10h30", "10/12", "trạm y tế xã"),
        ("vắc xin cúm", "người từ 65 tuổi trở lên", "13h30", "16h", "1/12", "nhà văn hóa thôn Thượng"),
        ("vắc xin uốn ván", "phụ nữ có thai", "7h", "9h", "15/12/2026", "phòng khám đa khoa khu vực"),
    ),
    "fee": (
        ("tiền vệ sinh môi trường quý IV", "25.000 đồng mỗi hộ", "1/12", "10/12", "nhà văn hóa thôn", "0912 345 678"),
        ("thủy lợi phí vụ chiêm", "38.500 đồng một sào", "5/1", "20/1", "trụ sở hợp tác xã", "0237 3567 890"),
        ("quỹ phòng chống thiên tai", "10.000 đồng một lao động", "25/11", "15/12", "nhà trưởng thôn", "0978 001 002"),
        ("bảo hiểm y tế hộ gia đình", "1.263.600 đồng người thứ nhất", "1/12", "31/12", "bưu điện xã", "1900 1510"),
    ),
    "missing": (
        ("Cụ Nguyễn Thị Lan", "82 tuổi", "tóc bạc, mặc áo nâu, chống gậy", "nhà ở thôn Hạ", "6h", "hôm nay", "113"),
        ("Cháu Lê Văn Nam", "5 tuổi", "cao khoảng 1,1 m, mặc áo xanh", "chợ Mới", "16h15", "hôm qua", "0986 110 220"),
        ("Ông Trần Đình Phúc", "67 tuổi", "đi xe đạp màu đỏ", "bệnh viện huyện", "20h", "22/11", "0912 888 999"),
        ("Em Phạm Thu Hà", "13 tuổi", "mặc đồng phục học sinh", "cổng trường", "11h40", "23/11", "02373 869 113"),
    ),
    "storm": (
        ("Bão số 3", "13h", "ngày mai", "0237 3869 114"),
        ("Cơn bão số 9, gió cấp 10, giật cấp 12", "22h", "hôm nay", "0912 345 114"),
        ("Áp thấp nhiệt đới", "4h30", "26/11", "114"),
        ("Bão số 10 mạnh cấp 11", "18h15", "29/11", "0978 115 114"),
    ),
    "flood": (
        ("sông Chu", "bãi ngoài đê thôn Hạ", "15h", "hôm nay", "Trường Tiểu học Phú Lâm", "0237 3869 114"),
        ("sông Mã tại Giàng", "xóm Bến, xóm Chài", "2h", "ngày mai", "đình làng", "0912 345 114"),
        ("hồ Cửa Đạt", "các hộ dọc suối Khe", "10h45", "26/11", "nhà văn hóa thôn Thượng", "114"),
        ("sông Lạch Trường", "đồng Nẻ và khu chợ cũ", "20h30", "25/11", "trụ sở UBND xã", "0978 115 114"),
    ),
    "funeral": (
        ("cụ bà Lê Thị Mận", "91 tuổi", "3h15", "23/11", "8h", "24/11", "nhà riêng, thôn Đông", "15h30", "25/11",
         "nghĩa trang thôn Đông"),
        ("ông Hoàng Văn Bính, cựu chiến binh", "76 tuổi", "21h", "hôm qua", "7h30", "hôm nay", "tư gia, xóm 4", "14h",
         "ngày mai", "nghĩa trang liệt sĩ xã"),
        ("bà Đỗ Thị Tuyết", "68 tuổi", "10h05", "22/11", "13h", "24/11", "nhà văn hóa thôn Trung", "8h", "26/11",
         "đài hóa thân Hoàn Vũ"),
        ("cụ ông Vũ Đức Khang, 60 năm tuổi Đảng", "95 tuổi", "5h45", "24/11", "16h", "24/11", "nhà con trưởng",
         "9h30", "27/11", "núi Voi"),
    ),
}  # fmt: skip
"""What stands in the blanks of each, one after the other as the notice names them first."""


def fifty() -> tuple[str, ...]:
    """As they are written, always the same."""
    own = (_filled(name, values) for name, several in FILLED.items() for values in several)
    return (*(one.written for one in sentences("open") if one.category == "notices"), *own)


def some(count: int) -> tuple[str, ...]:
    """So many of them, of all kinds."""
    whole = fifty()
    return tuple(whole[at * len(whole) // count] for at in range(min(count, len(whole))))


def _filled(name: str, values: tuple[str, ...]) -> str:
    notice = NOTICES[name]
    blanks = {blank.name: value for blank, value in zip(notice.blanks, values, strict=True)}
    text, misfits = fill(notice, blanks, TODAY)
    if text is None:
        raise ValueError(f"{name}: {misfits}")
    return text
