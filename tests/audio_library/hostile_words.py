"""Texts made to harm whoever reads them aloud: some 600, by what they are after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

FRAMES = ("{}", "{} bà con", "Kính mời bà con {} họp lúc 7h30.")
"""Alone, at the beginning, where an option would stand, and in a sentence."""

OPTIONS = (
    "-", "--", "-w /tmp/x.wav", "--help", "-f /etc/passwd", "--path=/nowhere", "--stdout", "-x", "-v en", "-q",
    "--compile", "-w said.wav", "--phonout=/tmp/x", "-s 999999", "@/etc/passwd", "/dev/zero", "file:///etc/passwd",
)  # fmt: skip
SHELL = (
    "$(touch {})", "`touch {}`", "; touch {}", "| touch {}", "&& touch {}", "> {}", "$HOME", "${{IFS}}", "\\n", "\\x00",
    "%s%n%n", "{{0}}", "{{{{}}}}", "${{jndi:ldap://127.0.0.1/x}}", "'; DROP TABLE users; --", "../../{}", "C:\\{}",
    "~root", "*", "?", "!!", "#!", "\x1b[31m", "\x1b]0;x\x07",
)  # fmt: skip
MARKUP = (
    "<speak>bà con</speak>", '<audio src="http://127.0.0.1/x"/>', "<break time='3600s'/>", '<prosody volume="+100dB">',
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "<script>alert(1)</script>", "&lt;b&gt;",
    "<![CDATA[x]]>", "<mark name='x'/>", "<say-as interpret-as='characters'>", "<" * 400, "&" * 400, "<a" * 400,
    "[[h@l'oU]]", "[[[[", "]]]]", "[" * 400, "[[" * 300 + "a", "[[a" * 200, "{x-voice}", "\\pause=9999\\",
)  # fmt: skip
WEIRD = (
    "\ud800", "\udfff", "\ufffe", "\uffff", "\ufffd", "\ue000", "\U000e0041", "\U000f0000", "\U0010ffff", "\u0378",
    "e" + "\u0301" * 300, "\u0301" * 300, "\u0e47" * 300, "\u200d".join("👨👩👧👦"), "🇻🇳", "🎉" * 500, "1️⃣", "☎", "①②③",
    "Ⅷ", "𝟙𝟚𝟛", "１２３", "½⅓¼", "²³", "٣٤٥", "๑๒๓", "一二三", "中文", "ไทย", "العربية", "עברית", "हिन्दी", "Ω≈ç√∫",
    "ﷺ", "ﬁ", "ǅ", "İ", "ß", "ſ", "K", "\u1e9e", "\u0149", "\u0f73", "\ufb2c", "ẹ̀́",
)  # fmt: skip
LONG = (
    "a" * 1_999, "a" * 100_000, "bà con " * 15_000, "1" * 1_990, "9" * 100_000, "1." * 900, "1/" * 900,
    "-" * 1_990 + "a", "." * 1_990 + "a", "A" * 1_990, "\n" * 50_000 + "a", " " * 7_900 + "a", "Ủ" * 1_990,
    "a\n" * 990, "(" * 1_990 + "a",
    "a@" * 900, "www." * 450, "0 1 " * 450, "tháng 1 " * 200, "UBND " * 380, "0912345678 " * 170,
)  # fmt: skip
NUMBERS = (
    "0", "-0", "00000", "9" * 60, "1e308", "NaN", "inf", "0x41", "1.2.3.4.5.6", "99/99/9999", "00/00/0000", "25h61",
    "24h60", "-5°C", "1000000%", "1/0", "0/0", "+84" + "0" * 40, "3-2-1", "1,2,3,4", "10^100", "II" * 50,
    "MMMMMMM", "IIII",
)  # fmt: skip


def hostile_texts(canary: str) -> Iterator[str]:
    """Each once. `canary` is the name of a file that some of them want to be made."""
    controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
    turning = list(
        "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
    )
    shell = [one.format(canary) for one in SHELL]
    for frame, harm in product(FRAMES, (*OPTIONS, *shell, *MARKUP, *WEIRD, *NUMBERS)):
        yield frame.replace("{}", harm)
    for char in (*controls, *turning):
        yield f"Bà{char}con họp"
        yield f"{char}Bà con"
    yield from LONG
