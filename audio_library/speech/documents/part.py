"""What a document is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal[
    "nation",
    "issuer",
    "number",
    "dateline",
    "stamp",
    "title",
    "addressees",
    "body",
    "table",
    "annex",
    "signature",
    "recipients",
    "running",
    "page",
    "rule",
]
"""Components of an administrative document, named after those of Nghị định 30/2020/NĐ-CP, and what a page adds."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
WORDS: Final[dict[Kind, tuple[str, str]]] = {
    "nation": ("Quốc hiệu, tiêu ngữ", "State title and motto"),
    "issuer": ("Cơ quan ban hành", "Issuing body"),
    "number": ("Số, ký hiệu", "Number and code"),
    "dateline": ("Địa danh, ngày tháng", "Place and date"),
    "stamp": ("Độ khẩn, độ mật", "Urgency or secrecy"),
    "title": ("Tên văn bản, trích yếu", "Title and subject"),
    "addressees": ("Kính gửi", "Addressed to"),
    "body": ("Nội dung", "Body"),
    "table": ("Bảng", "Table"),
    "annex": ("Phụ lục", "Annex"),
    "signature": ("Chức vụ, chữ ký", "Position and signature"),
    "recipients": ("Nơi nhận", "Recipients"),
    "running": ("Đầu trang, chân trang", "Page header or footer"),
    "page": ("Số trang", "Page number"),
    "rule": ("Đường kẻ", "Rule"),
}
"""Each kind as it is called: Vietnamese, English."""
READ: Final[frozenset[Kind]] = frozenset({"title", "addressees", "body", "table", "annex"})
"""What is read if nobody wishes otherwise: what it says, not who filed it."""


class Stretch(NamedTuple):
    """From `start` to before `end`, in characters of the given text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph, or one component of the letterhead or the end."""

    kind: Kind
    text: str
    """What was written, its broken lines joined; one paragraph is one line."""
    places: tuple[Stretch, ...]
    """Where it stands, from left to right."""
