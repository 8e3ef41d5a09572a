"""Why a reading may be wrong: the closed catalogue of reasons, each in plain words."""

from __future__ import annotations

from typing import Final

DOUBTS: Final[dict[str, tuple[str, str]]] = {
    "capitals_unknown": (
        "Chữ viết tắt này chưa có trong từ điển nên được đọc từng chữ cái.",
        "This abbreviation is not in the dictionary, so it is spelt.",
    ),
    "word_unknown": (
        "Từ viết hoa này chưa có trong từ điển nên được đọc như một từ.",
        "This word in capitals is not in the dictionary, so it is read as a word.",
    ),
    "written_small": (
        "Chữ viết tắt này viết thường; đã đọc như khi viết hoa.",
        "This abbreviation is in small letters; it is read as if in capitals.",
    ),
    "several_meanings": (
        "Chữ viết tắt này có nhiều nghĩa; hãy nghe lại cho đúng.",
        "This abbreviation means several things; check it.",
    ),
    "date_or_share": (
        "Có thể là ngày tháng, có thể là tỷ số; đang đọc là tỷ số.",
        "It may be a date or a share; it is read as a share.",
    ),
    "days_or_date": (
        "Có thể là từ ngày đến ngày, có thể là ngày và tháng; đang đọc là từ ngày đến ngày.",
        "It may be a range of days, or a day and its month; it is read as a range.",
    ),
    "no_such_date": (
        "Không có ngày này trong lịch.",
        "There is no such date.",
    ),
    "short_year": (
        "Năm chỉ ghi hai chữ số.",
        "The year has only two digits.",
    ),
    "comma_once": (
        "Dấu phẩy ở đây có thể là số thập phân hoặc hàng nghìn; đang đọc là số thập phân.",
        "This comma may begin a fraction or group thousands; it is read as a fraction.",
    ),
    "grams_or_hours": (
        "Chữ g ở đây có thể là giờ hoặc gam; đang đọc là giờ.",
        "This g may be hours or grams; it is read as hours.",
    ),
    "minus_or_list": (
        "Dấu trừ ở đầu dòng có thể chỉ là gạch đầu dòng.",
        "This minus begins a line and may be a list's dash.",
    ),
    "roman_or_letters": (
        "Có thể là số La Mã, có thể là chữ viết tắt; đang đọc là số.",
        "It may be a Roman number or letters; it is read as a number.",
    ),
    "number_too_long": (
        "Số này quá dài nên được đọc từng chữ số.",
        "This number is too long, so it is spelt.",
    ),
    "page_or_number": (
        "Số đứng riêng một dòng được coi là số trang nên không đọc.",
        "A number alone in its line is taken for a page number and not read.",
    ),
    "leading_zero": (
        "Số này bắt đầu bằng số không nên được đọc từng chữ số.",
        "This number begins with zero, so it is spelt.",
    ),
    "dot_between": (
        "Dấu chấm ở đây có thể là ngày tháng, giờ phút hoặc số thập phân; hãy nghe lại cho đúng.",
        "This dot may part a day and its month, hours and minutes, or a fraction; check it.",
    ),
    "dot_or_end": (
        "Dấu chấm sau chữ cái này có thể hết câu, có thể không; hãy nghe lại cho đúng.",
        "The dot behind this letter may end a sentence or not; check it.",
    ),
    "foreign_word": (
        "Từ này không giống tiếng Việt và chưa có trong từ điển; có thể viết sai, hoặc giọng đọc sẽ đọc sai.",
        "This word is not like Vietnamese and not in the dictionary; it may be misspelt, or the voice may misread it.",
    ),
    "several_dashes": (
        "Không rõ các dấu gạch giữa các số này nghĩa là gì; đang đọc lần lượt từng số.",
        "It is not clear what the dashes between these numbers mean; the numbers are read one after another.",
    ),
}
"""Code to its Vietnamese and English sentence."""
