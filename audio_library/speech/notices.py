"""The notices that every commune gives, as it writes them, with blanks to fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from audio_library.speech.blanks import Kind, Misfit, filled

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
"""Where a blank stands in the text of a notice, and its name."""


@dataclass(frozen=True)
class Blank:
    """What is to be filled in: of which kind, and what it is called."""

    name: str
    kind: Kind
    vi: str
    en: str

    @property
    def short(self) -> str:
        """What it is called where there is little room, in small letters."""
        return re.split(r",| \(", self.vi)[0].lower()


@dataclass(frozen=True)
class Notice:
    """A text with `{name}` for each blank, and what it is called."""

    name: str
    vi: str
    en: str
    text: str
    blanks: tuple[Blank, ...]


BLANKS: Final[Mapping[str, Blank]] = {
    one.name: one
    for one in (
        Blank("who", "text", "Ai (thôn, tổ, đối tượng)", "Who (village, group)"),
        Blank("place", "place", "Địa điểm", "Place"),
        Blank("where", "place", "Nơi bị cắt", "Where it is cut"),
        Blank("date", "date", "Ngày", "Day"),
        Blank("time", "time", "Từ mấy giờ", "From what time"),
        Blank("until", "time", "Đến mấy giờ", "Until what time"),
        Blank("last_date", "date", "Đến hết ngày", "Last day"),
        Blank("matter", "text", "Nội dung", "What it is about"),
        Blank("reason", "text", "Lý do, ví dụ: sửa chữa đường dây", "Reason"),
        Blank("vaccine", "text", "Loại vắc xin", "Vaccine"),
        Blank("fee", "text", "Khoản thu", "What is collected"),
        Blank("amount", "text", "Mức thu, ví dụ: 25.000 đồng mỗi hộ", "Amount"),
        Blank("phone", "phone", "Số điện thoại", "Phone number"),
        Blank("person", "text", "Họ tên", "Name"),
        Blank("age", "text", "Tuổi, ví dụ: 72 tuổi", "Age"),
        Blank("looks", "text", "Đặc điểm, quần áo", "Looks and clothes"),
        Blank("from_place", "place", "Đi khỏi đâu", "Where they left from"),
        Blank("seen_time", "time", "Lúc mấy giờ", "At what time"),
        Blank("seen_date", "past_date", "Vào ngày", "On which day"),
        Blank("storm", "text", "Tên bão, ví dụ: cơn bão số 3", "Name of the storm"),
        Blank("river", "text", "Sông, hồ", "River or lake"),
        Blank("visit_time", "time", "Lễ viếng từ mấy giờ", "Visits from what time"),
        Blank("visit_date", "date", "Lễ viếng ngày", "Visits on which day"),
        Blank("burial_time", "time", "Đưa tang lúc mấy giờ", "Burial at what time"),
        Blank("burial_date", "date", "Đưa tang ngày", "Burial on which day"),
        Blank("grave", "place", "An táng tại", "Buried at"),
    )
}
_TEXTS: Final = (
    ("meeting", "Mời họp", "A meeting",
     "Kính mời {who} đến dự họp tại {place}, vào hồi {time}, {date}. Nội dung: {matter}. "
     "Đề nghị bà con đến dự đầy đủ, đúng giờ để cuộc họp thành công. Trân trọng kính mời."),
    ("power", "Cúp điện", "Power cut",
     "Thông báo tạm ngừng cấp điện. Để {reason}, ngành điện tạm ngừng cấp điện tại {where}, từ {time} đến {until}, "
     "{date}. Đề nghị bà con chủ động sản xuất, sinh hoạt, tắt các thiết bị điện để bảo đảm an toàn. "
     "Nếu xong sớm, điện có thể được đóng lại trước giờ. Mong bà con thông cảm."),
    ("water", "Cúp nước", "Water cut",
     "Thông báo tạm ngừng cấp nước. Để {reason}, nước sạch tạm ngừng cấp tại {where}, từ {time} đến {until}, {date}. "
     "Đề nghị bà con chủ động dự trữ nước sinh hoạt, khóa kỹ vòi khi hết nước. "
     "Cần hỏi thêm, xin gọi số {phone}. Mong bà con thông cảm."),
    ("vaccination", "Tiêm phòng", "Vaccination",
     "Trạm Y tế xã thông báo: tổ chức tiêm {vaccine} cho {who}, từ {time} đến {until}, {date}, tại {place}. "
     "Đề nghị bà con mang theo sổ tiêm chủng hoặc căn cước công dân, đến đúng giờ và ở lại theo dõi ít nhất 30 phút "
     "sau tiêm. Trân trọng thông báo."),
    ("fee", "Thu phí", "A fee",
     "Thông báo về việc thu {fee}. Mức thu: {amount}. Thời gian thu: từ {date} đến hết {last_date}, tại {place}. "
     "Đề nghị bà con nộp đầy đủ, đúng hạn và nhận biên lai. Cần hỏi thêm, xin gọi số {phone}. Trân trọng thông báo."),
    ("missing", "Tìm người", "A lost person",
     "Thông báo tìm người. {person}, {age}, {looks}, đi khỏi {from_place} lúc {seen_time}, {seen_date}, đến nay "
     "chưa về. Ai nhìn thấy hoặc biết tin, xin báo cho Công an xã hoặc gọi số {phone}. Gia đình chân thành cảm ơn."),
    ("storm", "Bão", "A storm",
     "Thông báo của Ban chỉ huy phòng thủ dân sự xã. {storm} dự báo ảnh hưởng đến xã ta từ {time}, {date}. Đề nghị bà "
     "con chằng chống nhà cửa, chặt tỉa cành cây, cất trữ lương thực, nước uống, thuốc men, thu hoạch lúa và hoa màu "
     "đã chín, đưa gia súc về nơi an toàn, không ra đường khi có gió mạnh. Cần giúp đỡ, gọi số {phone}."),
    ("flood", "Lũ, ngập", "A flood",
     "Thông báo của Ban chỉ huy phòng thủ dân sự xã. Mực nước {river} đang lên, dự báo ngập tại {where} từ {time}, "
     "{date}. Đề nghị bà con đưa người già, trẻ em, tài sản và gia súc lên nơi cao, đến điểm sơ tán tại {place}; không "
     "vớt củi, không qua ngầm tràn, sông suối khi nước chảy xiết. Cần giúp đỡ, gọi số {phone}."),
    ("funeral", "Tin buồn", "A funeral",
     "Tin buồn. Gia đình vô cùng thương tiếc báo tin: {person}, {age}, đã từ trần lúc {seen_time}, {seen_date}. "
     "Lễ viếng bắt đầu lúc {visit_time}, {visit_date}, tại {place}. Lễ đưa tang lúc {burial_time}, {burial_date}. "
     "An táng tại {grave}. Xin kính báo để bà con, bạn bè gần xa được biết."),
)  # fmt: skip
NOTICES: Final[Mapping[str, Notice]] = {
    name: Notice(name, vi, en, text, tuple(BLANKS[one] for one in dict.fromkeys(PLACEHOLDER.findall(text))))
    for name, vi, en, text in _TEXTS
}
"""By their names, in the order in which they are shown."""


def fill(notice: Notice, values: Mapping[str, str], today: date) -> tuple[str | None, dict[str, Misfit]]:
    """The finished text, or None and what does not fit, by its blank."""
    told: dict[str, str] = {}
    misfits: dict[str, Misfit] = {}
    for blank in notice.blanks:
        try:
            told[blank.name] = filled(blank.kind, values.get(blank.name, ""), today)
        except Misfit as misfit:
            misfits[blank.name] = misfit
    if misfits:
        return None, misfits
    return PLACEHOLDER.sub(lambda one: told[one[1]], notice.text), {}


def example(notice: Notice, today: date) -> str:
    """It filled in with something, to hear what it is like; what is only words says what it is."""
    kinds: dict[Kind, str] = {"date": "hôm nay", "past_date": "hôm nay", "time": "19h30", "phone": "0912345678"}
    text, misfits = fill(notice, {one.name: kinds.get(one.kind, one.short) for one in notice.blanks}, today)
    if text is None:
        raise AssertionError(misfits)
    return text
