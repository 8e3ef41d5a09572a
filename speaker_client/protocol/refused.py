"""Why a box does not obey a statement, in words for whoever reads of it at the station."""

from __future__ import annotations

SENTENCES = {
    "malformed": ("Lệnh không đọc được.", "It cannot be read."),
    "unknown_kind": ("Hộp không biết loại lệnh này.", "The box does not know this kind of statement."),
    "unknown_version": ("Lệnh thuộc phiên bản mà hộp không biết.", "It is of a version that the box does not know."),
    "unknown_key": ("Lệnh ký bằng khóa lạ hoặc khóa đã thu hồi.", "It is signed by a strange or a revoked key."),
    "bad_signature": ("Chữ ký của lệnh không đúng.", "Its signature is not genuine."),
    "wrong_role": ("Khóa đã ký không được ra lệnh loại này.", "The key that signed it may not give such orders."),
    "wrong_station": ("Lệnh của một trạm khác.", "It is another station's."),
    "wrong_place": ("Lệnh này không được đến bằng đường ấy.", "Such a statement may not come by that road."),
    "wrong_nonce": ("Câu trả lời về giờ không dành cho câu hỏi của hộp.", "This time answers no question of the box."),
    "not_addressed": ("Lệnh không dành cho hộp này.", "It is not for this box."),
    "not_newer": ("Hộp đã có lệnh này.", "The box has it already."),
    "replayed": ("Lệnh cũ bị phát lại.", "It is an older one, said again."),
    "leapt": ("Số thứ tự của lệnh nhảy quá xa.", "Its number is too far from the last one."),
    "old_epoch": ("Lệnh có từ trước lần thay khóa cuối cùng.", "It is from before the keys were last changed."),
    "expired": ("Lệnh đến muộn, đã hết hạn nên không phát.", "It came late and had expired: nothing sounds."),
    "too_early": ("Lệnh chưa có hiệu lực theo giờ của hộp.", "By the box's clock it is not in force yet."),
    "no_clock": ("Hộp chưa biết giờ nên chưa thi hành lệnh.", "The box does not know the time yet and obeys nothing."),
    "no_config": ("Hộp chưa có cấu hình.", "The box has no configuration yet."),
    "too_long": ("Buổi nói dài quá mức cho phép.", "The live would last longer than any may."),
    "live_in_plan": ("Lịch phát không được chứa buổi nói trực tiếp.", "A plan may carry no live voice."),
    "emergency_in_plan": ("Lịch phát không được chứa tin khẩn cấp.", "A plan may carry no emergency."),
    "alarm_in_drill": (
        "Diễn tập không được dùng tiếng báo động thật.",
        "A drill may not sound what is an emergency's own.",
    ),
}
"""Code → (Vietnamese, English)."""


def words(code: str) -> str:
    """`code: Vietnamese / English`; the code alone if a newer box says one that is not known here."""
    return ": ".join((code, *([" / ".join(SENTENCES[code])] if code in SENTENCES else [])))
