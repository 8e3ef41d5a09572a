"""What a station has ready from the day it is founded. The texts are the commune's to change."""

from __future__ import annotations

import secrets
from collections.abc import Container
from dataclasses import dataclass

from broadcast_server.store.orders import TemplateRow
from speaker_client.protocol.ids import StationId

CHIME, CLOSING = "chime", "closing"
EMERGENCY, DRILL, SOUND = "emergency", "drill", "sound"
"""What a template is for; a sound only goes before or after others.

What a drill says names itself as one in its first words, and no emergency may use it: see `ordering`.
"""
RECANTING = frozenset({"correction", "all_clear"})
"""The templates that say of what was given before that it was never true, or is over."""


@dataclass(frozen=True)
class Template:
    """One template as it comes; `text` None is a sound of our own, of the same name.

    `hours` and `minutes` are phrases of the clock, from which later rounds tell when they were ordered.
    """

    name: str
    kind: str
    title: str
    text: str | None
    lead: str | None = "siren"
    rounds: int = 3


TEMPLATES = (
    Template("siren", EMERGENCY, "Còi hú", None, None, 10),
    Template(
        "flood",
        EMERGENCY,
        "Lũ, xả tràn",
        "Khẩn cấp! Khẩn cấp! Nước lũ đang về. Đề nghị bà con ở vùng thấp, ven sông, ven suối đưa người già, trẻ em "
        "lên nơi cao ngay. Tuyệt đối không qua ngầm, qua suối. Làm theo hướng dẫn của Ban chỉ huy.",
    ),
    Template(
        "storm",
        EMERGENCY,
        "Bão",
        "Khẩn cấp! Khẩn cấp! Bão sắp đổ bộ. Đề nghị bà con ở yên trong nhà kiên cố, không ra ngoài, cắt điện khi ngập. "
        "Nhà tạm, nhà yếu chuyển ngay đến nơi tránh bão của thôn.",
    ),
    Template(
        "fire",
        EMERGENCY,
        "Cháy",
        "Khẩn cấp! Khẩn cấp! Có cháy. Bà con gần đám cháy ra khỏi nhà ngay, tránh xa khói, gọi một một bốn. "
        "Lực lượng tại chỗ đến ngay nhà văn hóa thôn.",
    ),
    Template(
        "correction",
        EMERGENCY,
        "Đính chính: báo nhầm",
        "Đính chính. Tin khẩn cấp vừa phát là do nhầm lẫn. Không có thiên tai, không có sự cố. Bà con yên tâm. "
        "Ủy ban nhân dân xã xin lỗi bà con.",
        "chime",
        2,
    ),
    Template(
        "all_clear",
        EMERGENCY,
        "Hết báo động",
        "Hết báo động. Tình hình nguy hiểm đã qua. Bà con có thể trở về nhà, làm theo hướng dẫn của thôn.",
        "chime",
        2,
    ),
    Template(CHIME, SOUND, "Chuông báo", None, None, 1),
    Template(
        "drill",
        DRILL,
        "Diễn tập",
        "Đây là diễn tập. Xin nhắc lại, đây chỉ là diễn tập, không có thiên tai. Bà con làm quen với tiếng loa "
        "và đường đi đến nơi an toàn. Xin cảm ơn bà con.",
        None,
        2,
    ),
    Template("hours", SOUND, "Giờ phát lệnh", None, None, 1),
    Template("minutes", SOUND, "Phút phát lệnh", None, None, 1),
    Template(CLOSING, SOUND, "Chuông kết", None, None, 1),
)


def rows(station: StationId, known: Container[str] = ()) -> list[TemplateRow]:
    """The templates of a station, but those whose names it has already."""
    return [
        TemplateRow(
            id=secrets.token_hex(8),
            station_id=station,
            name=one.name,
            kind=one.kind,
            title=one.title,
            text=one.text,
            lead=one.lead,
            rounds=one.rounds,
            position=position,
        )
        for position, one in enumerate(TEMPLATES)
        if one.name not in known
    ]
