"""Alarms that the tests order: from a template, and in the officer's own words."""

from __future__ import annotations

from broadcast_server.ordering import Wish

SIREN = Wish("emergency", "siren", ("all",), 2, "emergency:one")
TEXT = (
    "Hồ Cửa Đạt xả tràn lúc mười bốn giờ hôm nay. Bà con thôn một, thôn hai, thôn ba không ra sông, không vớt củi, "
    "đưa trâu bò lên đê."
)
WISH = Wish("emergency", "", ("all",), None, "k1", TEXT)
