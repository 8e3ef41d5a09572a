"""By what the components of a document are known: the standard phrases of Vietnamese administration.

Every pattern looks at one cell and is bounded. What is left out of the reading must be known by one of these.
"""

from __future__ import annotations

import re
from typing import Final

from audio_library.speech.reading.letters import LOWER, UPPER

_EVEN: Final = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("“”„«»", '"'), "：": ":", "／": "/"})
_TONES: Final = {"hoà": "hòa", "oà ": "òa ", "uỷ": "ủy", "thuỷ": "thủy", "khoẻ": "khỏe", "hoả": "hỏa"}

NATION: Final = re.compile(r"cộng hòa xã hội chủ nghĩa(?: việt nam)?|đảng cộng sản việt nam|việt nam")
NATION_AHEAD: Final = re.compile(r"(?<=\s)(?:C[ỘO]NG H(?:ÒA|OÀ) XÃ HỘI CHỦ NGHĨA|ĐẢNG CỘNG SẢN VIỆT NAM)")
MOTTO: Final = re.compile(r"độc lập ?[-.,] ?tự do ?[-.,] ?hạnh phúc\.?")
MOTTO_AHEAD: Final = re.compile(r"(?<=\s)Độc lập ?[-–—.,] ?Tự do ?[-–—.,] ?Hạnh phúc", re.IGNORECASE)
NUMBER: Final = re.compile(
    r"(?:luật |nghị quyết |quyết định )?số ?[:.]? ?[\d.…_/ ]{0,20}[a-z]? ?[-/]? ?[a-zđ][a-zđ\d&./-]{1,40}",
    re.IGNORECASE,
)
_SHORT_NUMBER: Final = re.compile(r"số ?[:.]? ?[\d.…_]{0,12}(?:/(?:19|20)\d\d)?\.?", re.IGNORECASE)
_BLANK: Final = r"(?:\d{1,2}|[.…_ ]{0,12})"
DATELINE: Final = re.compile(
    rf"[^,\d:;]{{0,50}},? ?ngày ?(?:{_BLANK} ?tháng ?{_BLANK} ?năm ?(?:(?:19|20)\d\d|2?0?[.…_ ]{{0,12}})"
    rf"|\d{{1,2}} ?[/.-] ?\d{{1,2}} ?[/.-] ?(?:19|20)\d\d)\.?",
    re.IGNORECASE,
)
DATELINE_AHEAD: Final = re.compile(rf"(?<=\s)[{UPPER}][^,\d:;]{{1,40}}, ?ngày ?{_BLANK} ?tháng")
AT_HOUR: Final = re.compile(r"[^,\d:;]{2,50}, ?(?:hồi|lúc) ?\d{1,2} ?(?:giờ|h|g) ?\d{0,2} ?(?:phút)?,?", re.IGNORECASE)
STAMP: Final = re.compile(
    r"(?:hỏa tốc(?: hẹn giờ)?|thượng khẩn|khẩn|tối mật|tuyệt mật|mật)(?: ?[-,] ?(?:hỏa tốc|khẩn|mật))?"
)
RULE: Final = re.compile(r"[\W_]+|o0o|-{1,9}(?:o0o|\*)-{1,9}|\W{0,9}o0o\W{0,9}", re.IGNORECASE)
PAGE: Final = re.compile(r"[-–—] ?\d{1,4} ?[-–—]|(?:trang|page) \d{1,4}(?: ?(?:/|of|trên) ?\d{1,4})?", re.IGNORECASE)
SUBJECT: Final = re.compile(r"\(?(?:v/v\b|về (?:việc|công tác|tình hình|kết quả|lịch)\b)", re.IGNORECASE)
ADDRESSED: Final = re.compile(r"(?:kính|đồng kính) gửi\b|kính mời ?:", re.IGNORECASE)
RECIPIENTS: Final = re.compile(r"n[ơo]i (?:nhận|gửi) ?(?:[:.]|\Z)", re.IGNORECASE)
AS_ABOVE: Final = re.compile(r"[-+*•]? ?như (?:trên|kính gửi|điều|đề gửi)\b", re.IGNORECASE)
FILED: Final = re.compile(
    r"[-+*•]? ?lưu(?: ?[:.,]? ?(?:vt|vp|hs|hồ sơ|văn thư|văn phòng|[A-ZĐ]{2,8})\b| ?[.;]?\Z)", re.IGNORECASE
)
BULLET: Final = re.compile(r"[-+*•●▪■○◦➢✓] ?")
_ITEM: Final = re.compile(
    r"[-+*•●▪■○◦➢✓] ?\S|\(?\d{1,2}(?:\.\d{1,2}){0,3}[.)-]\s|\d{1,2}\.\d{1,2}(?:\.\d{1,2})?\s"
    r"|[a-zđ]\)|[IVX]{1,5}[.)]\s|[A-EĐ]\.\s|(?:Điều|Khoản|Mục|Chương|Phần|Bước|Câu) [\dIVX]{1,4}\b"
    r"|(?:Căn cứ|Xét đề nghị|Theo đề nghị|Thực hiện|Kính gửi|Nơi nhận)\b"
)
OPENING: Final = re.compile(
    r"(?:căn cứ|thực hiện|thi hành|theo|xét|kính gửi|kính thưa|kính mời|điều \d|phần [ivx\d]|để|nhằm|nay|hôm nay"
    r"|trong|hiện nay|vừa qua|ủy ban|ubnd|ban chỉ đạo|ban chỉ huy|[ivx]{1,4}\.|\d{1,2}\.|a\.|- )",
    re.IGNORECASE,
)
_ANNEX: Final = re.compile(r"(?:phụ lục|phụ biểu|mẫu số)\b", re.IGNORECASE)
_TYPES: Final = (
    "nghị quyết|quyết định|chỉ thị|quy chế|quy định|thông cáo|thông báo|hướng dẫn|chương trình|kế hoạch|phương án"
    "|đề án|dự án|báo cáo|biên bản|tờ trình|hợp đồng|công văn|công điện|bản ghi nhớ|bản thỏa thuận|giấy ủy quyền"
    "|giấy mời|giấy giới thiệu|giấy nghỉ phép|phiếu gửi|phiếu chuyển|phiếu báo|thư công|thư ngỏ|thư mời|thư kêu gọi"
    "|lời kêu gọi|bản tin|tin|cảnh báo|lịch|danh sách|nội quy|quy ước|kết luận|đề cương|thể lệ|bài tuyên truyền"
)
TYPE: Final = re.compile(rf"(?:{_TYPES})(?!\w)")
_OFFICES: Final = (
    r"ủy ban|ubnd|hội đồng|hđnd|đảng ủy|đảng bộ|chi bộ|huyện ủy|tỉnh ủy|ban|bch|sở|phòng|trường|trạm|công an|quân sự"
    r"|hợp tác xã|htx|đoàn|hội|mặt trận|mttq|công ty|điện lực|xã|huyện|tỉnh|thôn|xóm|bản|làng|khu phố|tổ dân phố"
    r"|văn phòng|trung tâm|thành phố|phường|thị trấn|chi cục|cục|bưu điện|ngân hàng|quỹ|đài|chi nhánh|bệnh viện"
    r"|việt nam|bộ|nhà văn hóa|tổ|chi hội|nông dân|phụ nữ|cựu chiến binh|tổng công ty"
)
OFFICE: Final = re.compile(rf"(?:\*|-)? ?(?:{_OFFICES})\b")
ON_BEHALF: Final = re.compile(r"(?:TM|KT|TL|TUQ|Q|T/M|K/T|T/L|TM/|KT/)\s?[./]?\s?(?=[^\W\d_])")
_POST: Final = (
    r"(?:q\. ?)?(?:phó |quyền )?(?:chủ tịch|bí thư|trưởng (?:thôn|xóm|bản|ban|trạm|phòng|khu|công an|đài|khối)|trưởng"
    r"|giám đốc|hiệu trưởng|chủ nhiệm|chỉ huy trưởng|chánh văn phòng|văn phòng|tổ trưởng|hội trưởng|chính trị viên"
    r"|tổng giám đốc|thủ trưởng|thư ký|chủ tọa|người (?:lập|viết|làm|thông báo|báo cáo|ký)|công chức|cán bộ"
    r"|bí thư chi bộ|ban thường vụ|ban chấp hành|ban tổ chức|ban quản trị|đại diện|trạm trưởng|chỉ huy phó)"
)
POST: Final = re.compile(rf"{_POST}(?: [^.:;!?\d]{{1,80}})?")
POST_AHEAD: Final = re.compile(
    r"(?<=\s)(?:(?:TM|KT|TL|TUQ|T/M|K/T|T/L)\s?[./]\s?[A-ZĐỦỲ]|(?:PHÓ )?(?:CHỦ TỊCH|BÍ THƯ|GIÁM ĐỐC|HIỆU TRƯỞNG)"
    r"|TRƯỞNG (?:THÔN|BAN|TRẠM|CÔNG AN))"
)
SIGNED: Final = re.compile(
    r"\(?(?:đã ký|ký tên|ký, ?(?:ghi|đóng)|chữ ký|dấu|ký và|đã ký và)[^.]{0,60}\)?\.?", re.IGNORECASE
)
_TITLES: Final = (
    r"(?:(?:Ông|Bà|ThS|TS|BS|BSCKI{1,2}|KS|CN|PGS|GS|Thượng tá|Trung tá|Thiếu tá|Đại úy|Thượng úy)\.? ){0,2}"
)
NAME: Final = re.compile(rf"{_TITLES}[{UPPER}][{LOWER}]{{0,7}}(?: [{UPPER}][{LOWER}]{{0,7}}){{1,4}}")
SHOUTED_NAME: Final = re.compile(rf"{_TITLES}[{UPPER}]{{1,8}}(?: [{UPPER}]{{1,8}}){{1,4}}")
_SPACED: Final = re.compile(r"(?:[^\W\d_] ){2,20}[^\W\d_]")


def even(text: str) -> str:
    """The text with one form of each dash, as it is compared."""
    return text.translate(_EVEN)


def unspaced(text: str) -> str:
    """A title that is s p a c e d as its words; any other text as it is."""
    if not _SPACED.fullmatch(text):
        return text
    closed = plain(text).replace(" ", "")
    return next((one.upper() for one in _TYPES.split("|") if one.replace(" ", "") == closed), text)


def plain(text: str) -> str:
    """Small letters, one spelling of each tone's place."""
    small = even(text).lower()
    for old, new in _TONES.items():
        small = small.replace(old, new)
    return small


def is_shouted(text: str) -> bool:
    """Whether all its letters are capitals, and there are some."""
    return text.isupper() and sum(map(str.isalpha, text)) > 2


def is_number(text: str) -> bool:
    """The line with number and code: `Số: 12/TB-UBND`, also with its number still blank."""
    text = even(text)
    if _SHORT_NUMBER.fullmatch(text):
        return any(char in "/…._" or char.isdigit() for char in text)
    return NUMBER.fullmatch(text) is not None and any(sign in text for sign in "/-")


def is_dateline(text: str) -> bool:
    """`Thọ Xương, ngày 5 tháng 3 năm 2026`, with the hour or the first half of it in an urgent one."""
    text = even(text)
    hour = AT_HOUR.match(text)
    rest = text[hour.end() :].strip() if hour else text
    return not rest or DATELINE.fullmatch(rest) is not None


def is_nation(text: str) -> bool:
    """The state's title or motto, or the party's title."""
    small = plain(text).strip(' *"-_=.')
    return NATION.fullmatch(small) is not None or MOTTO.fullmatch(small) is not None


def is_stamp(text: str) -> bool:
    """How urgent or secret it is."""
    return text.isupper() and STAMP.fullmatch(plain(text).strip(" .!*-()")) is not None


def is_rule(text: str) -> bool:
    """Nothing but signs: what parts the letterhead from the text."""
    return RULE.fullmatch(text) is not None


def is_issuer(text: str) -> bool:
    """A line of the name of a body, in capitals."""
    return is_shouted(text) and len(text) <= 90 and text[-1:] not in ".:;!?" and OFFICE.match(plain(text)) is not None


def is_office(text: str) -> bool:
    """The same in small letters, as villages write it."""
    return (
        len(text) <= 60 and text[:1].isupper() and text[-1:] not in ".:;!?," and OFFICE.match(plain(text)) is not None
    )


def is_title(text: str) -> bool:
    """The kind of document, in capitals: `THÔNG BÁO`, `T H Ô N G  B Á O`, `KẾ HOẠCH phòng chống bão`."""
    text = unspaced(text)
    found = TYPE.match(plain(text))
    return found is not None and len(text) <= 250 and text[: found.end()].isupper()


def is_title_alone(text: str) -> bool:
    """The kind of document and nothing else: its subject follows."""
    return is_title(text) and TYPE.fullmatch(plain(unspaced(text))) is not None


def is_annex(text: str) -> bool:
    """The line with which an annex begins."""
    return _ANNEX.match(text) is not None and (is_shouted(text) or len(text) <= 30)


def is_post(text: str) -> bool:
    """In whose name, and in which office somebody signs."""
    bare = text.strip(" .,:*")
    if ON_BEHALF.match(bare) and is_shouted(bare):
        return True
    return len(bare) <= 90 and (is_shouted(bare) or len(bare) <= 40) and POST.fullmatch(plain(bare)) is not None


def is_on_behalf(text: str) -> bool:
    """`TM. ỦY BAN NHÂN DÂN`: nothing but a signature begins so."""
    return ON_BEHALF.match(text) is not None and is_shouted(text)


def is_name(text: str) -> bool:
    """A person's name alone."""
    bare = text.strip(" .,*")
    return NAME.fullmatch(bare) is not None or SHOUTED_NAME.fullmatch(bare) is not None


def is_item(text: str) -> bool:
    """What begins a paragraph of its own whatever stands before it."""
    return _ITEM.match(text.translate(_EVEN)) is not None
