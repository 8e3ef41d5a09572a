"""Who is right where sea-g2p reads otherwise, by kind, and by which rule of `corpus/RULES.md`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audio_library.speech.reading.tones import even_tones

_DIGIT: Final = "một|hai|ba|bốn|năm|sáu|bảy|tám|chín"


@dataclass(frozen=True)
class Stretch:
    """What two readers say of a stretch of a text."""

    written: str
    kinds: frozenset[str]
    """What our reader took it for; `word` for what is said as it is written."""
    ours: str
    theirs: str


@dataclass(frozen=True)
class Verdict:
    """Who is right in one kind of disagreement."""

    kind: str
    title: str
    right: str
    why: str
    even: Callable[[str], str] | None = None
    """Makes both readings the same if this is all that keeps them apart."""
    spans: frozenset[str] = frozenset()
    """Otherwise: of this kind is what our reader took for one of these."""


def kinds_of(stretch: Stretch) -> tuple[str, ...]:
    """Of which kinds a disagreement is: of all choices of words that make it up, or of the first kind that has it."""
    choices = [one for one in VERDICTS if one.even]
    if _alike(stretch, choices):
        return tuple(one.kind for one in choices if not _alike(stretch, [each for each in choices if each != one]))
    return (next(one.kind for one in VERDICTS if not one.even and (not one.spans or one.spans & stretch.kinds)),)


def _alike(stretch: Stretch, choices: list[Verdict]) -> bool:
    ours, theirs = even_tones(stretch.ours), even_tones(stretch.theirs)
    for one in choices:
        assert one.even
        ours, theirs = one.even(ours), one.even(theirs)
    return ours == theirs


def _becomes(pattern: str, even: str) -> Callable[[str], str]:
    found = re.compile(rf"\b(?:{pattern})\b")
    return lambda said: " ".join(found.sub(even, said).split())


def _digits(said: str) -> str:
    """What stands after a comma, digit by digit."""
    whole, comma, after = said.partition(" phẩy ")
    for word, digit in (("mười", "một"), ("mốt", "một"), ("lăm", "năm"), ("mươi", ""), ("trăm", "")):
        after = re.sub(rf"\b{word}\b", digit, after)
    return whole + comma + " ".join(after.split())


OURS: Final = "We are right"
EITHER: Final = "Either is right"
THEIRS: Final = "sea-g2p is right"

VERDICTS: Final = (
    # Choices of words: nothing is misread, one says it so and another so.
    Verdict(
        "mùng", "Days 1 to 10 without “mùng”", EITHER,
        "Nobody misunderstands “ngày hai tháng chín”. *Dates and times* asks for *mùng*, as announcers of the north "
        "say.",
        _becomes("ngày|mùng", ""),
    ),
    Verdict(
        "tư", "“hai mươi bốn”", EITHER,
        "It is said too; *Numbers* takes “hai mươi tư”.",
        _becomes("mươi tư", "mươi bốn"),
    ),
    Verdict(
        "fourth", "“tháng bốn”, “lần thứ bốn”", OURS,
        "*Dates and times*: the fourth month and the fourth time are *tư*, and nobody says otherwise.",
        _becomes("(?<!phần )(?<!mươi )tư", "bốn"),
    ),
    Verdict(
        "linh", "“lẻ” where we say “linh”", EITHER,
        "*linh* of the north (*Numbers*); with the southern voice our reader says *lẻ* too. sea-g2p mixes: *lẻ* of "
        "the south with *nghìn* of the north.",
        _becomes("linh", "lẻ"),
    ),
    Verdict(
        "point", "A dot of a decimal as “chấm”", EITHER,
        "“tám chấm năm” is heard too. *Numbers* says *phẩy* for either sign, so that one number has one name.",
        _becomes("chấm", "phẩy"),
    ),
    Verdict(
        "decimal", "Decimals digit by digit", EITHER,
        "“sáu phẩy bảy lăm” is said too. *Numbers*: up to three digits as one number. Of 1,250 sea-g2p drops the last"
        " zero.",
        _digits,
    ),
    Verdict(
        "fraction", "“ba trên bốn diện tích”", OURS,
        "*Numbers*: before *số, tổng, diện tích, dân số* a fraction is *ba phần tư*; *trên* is for counts.",
        lambda said: _becomes("phần tư", "trên bốn")(_becomes("phần(?= (?:hai|ba))", "trên")(said)),
    ),
    Verdict(
        "zero", "A leading zero is spoken", OURS,
        "*Numbers*: dropped of quantities and dates. “còn không năm hộ nghèo” sounds as if nobody were left.",
        _becomes(rf"không (?={_DIGIT})", ""),
    ),
    Verdict(
        "minutes", "“không phút” spoken, “phút” left out", EITHER,
        "*Dates and times*: `00` is silent and *phút* is said of `8 giờ 30` too. Both ways are said and understood.",
        _becomes("không phút|phút$", ""),
    ),
    Verdict(
        "centimetre", "“xen ti mét”", EITHER,
        "Laws write xentimét, schools and people say *xăng ti mét* (*Words and signs*).",
        _becomes("xăng ti mét", "xen ti mét"),
    ),
    Verdict(
        "đồng", "“Việt Nam đồng”", EITHER,
        "*Words and signs*: VNĐ is *đồng*; in a commune no other money is meant.",
        _becomes("việt nam đồng", "đồng"),
    ),
    Verdict(
        "hyphen", "“gạch nối” in an address", EITHER,
        "*Words and signs*: *gạch ngang*. The key that is meant is the same.",
        _becomes("gạch nối", "gạch ngang"),
    ),
    Verdict(
        "P", "The letter P as “phê”", OURS,
        "*Words and signs*: *pê*, as schools and offices call it.",
        _becomes("phê", "pê"),
    ),
    Verdict(
        "O", "The letter O as “ô”", THEIRS,
        "*Words and signs* lists *o*, the name in the alphabet. But OTP is called “ô tê pê”, and our own dictionary "
        "has “ô cốp”. **Mend:** name O among capitals *ô* and let the corpus accept both.",
        _becomes("o(?= tê)", "ô"),
    ),
    Verdict(
        "lunar", "Months of the lunar year by number", OURS,
        "*Dates and times*: before *âm lịch* month 1 is *giêng* and 12 *chạp*.",
        lambda said: _becomes("tháng giêng", "tháng một")(_becomes("tháng chạp", "tháng mười hai")(said)),
    ),
    Verdict(
        "range", "“đến” is left out", OURS,
        "*Numbers*, *Dates and times*: a dash between two is *đến*. “từ bảy giờ tám giờ” is no time.",
        _becomes("đến", ""),
    ),
    # Misreadings, and what one of the two does not know.
    Verdict(
        "document", "Numbers of documents", OURS,
        "*Documents*: codes are expanded, `/` and `-` silent, the year is a year. sea-g2p spells what it does not "
        "know and says *trên*, as of a fraction; 01/2025 becomes a month, QH15 loses *khóa*. Only 125/UBND-VP is good"
        " in neither: “ủy ban nhân dân văn phòng” is the order of the code, not of speech.",
        spans=frozenset({"document"}),
    ),
    Verdict(
        "abbreviation", "Abbreviations", OURS,
        "*Words and signs*, dictionary. sea-g2p knows the common ones (UBND, HĐND, HTX, CCCD, BHYT) and spells the "
        "rest; the V of VNeID it takes for five, BCH is *chấp hành* before *quân sự* too, CN is letters. "
        "Numbers of roads it says digit by digit, which drivers do as well: either.",
        spans=frozenset({"abbreviation"}),
    ),
    Verdict(
        "phone", "Telephone numbers", OURS,
        "*Numbers*: digit by digit. “một trăm mười ba” is no number to call, and dots between groups are pauses.",
        spans=frozenset({"phone"}),
    ),
    Verdict(
        "plate", "Number plates", OURS,
        "*Numbers*: digit by digit. For the province “ba mươi sáu a” is common speech: either. But sea-g2p says dots,"
        " makes thousands of the rest, and loses digits of 30F-555.21 and 36MĐ-005.11.",
        spans=frozenset({"plate"}),
    ),
    Verdict(
        "coordinates", "Coordinates", OURS,
        "*Words and signs*: `'` is *phút*, `\"` *giây* and N, S, E, W *bắc, nam, đông, tây* after degrees. sea-g2p "
        "says *phẩy* of both signs, letters of the rest, and drops `,0`.",
        spans=frozenset({"coordinates"}),
    ),
    Verdict(
        "web", "Web and mail addresses", "Each in a part",
        "*Words and signs*: `https://` is silent and digits are said one by one; there we are right. *gov* and *edu* "
        "as words or letters: either. That sea-g2p parts *dichvucong* into *dich vu cong* is better: rules accept it, "
        "but our reader leaves the label whole, and espeak-ng says that one with English sounds. **Mend:** part a "
        "label that is made of Vietnamese syllables, but not what only looks so: *moha* stays whole.",
        spans=frozenset({"web"}),
    ),
    Verdict(
        "roman", "Roman numerals", OURS,
        "*Dates and times*: after *cấp độ, khu vực, hạng, đợt, phụ lục, báo động* they are numbers. sea-g2p spells "
        "them.",
        spans=frozenset({"roman"}),
    ),
    Verdict(
        "first", "“lần thứ một”", OURS, "*Dates and times*: *thứ I* is *thứ nhất*.", spans=frozenset({"ordinal"})
    ),
    Verdict(
        "dates", "Dates and counts taken for each other", OURS,
        "*Numbers* and *Dates and times*: the words around decide. sea-g2p takes *có 3/4 số hộ*, *nhà số 10/3* and "
        "*2-3 ngày* for dates and *đến 12/3* for a fraction; *7-9h* becomes “ngày bảy tháng chính”, and of *tháng năm"
        " năm* one word is lost.",
        spans=frozenset({"date", "share"}),
    ),
    Verdict(
        "dash", "A range taken for something else", OURS,
        "*Numbers*: between two numbers a dash is *đến*, not *trừ*, *âm* or a month.",
        spans=frozenset({"range"}),
    ),
    Verdict(
        "minute", "The sign of minutes", OURS,
        "*Dates and times*: 15' is *mười lăm phút*.",
        spans=frozenset({"time"}),
    ),
    Verdict(
        "unit", "Units and money", OURS,
        "*Words and signs*, units; *Numbers*, 5k and 2,5tr. sea-g2p leaves kV, kWh, trđ and /ha as letters, says *ca*"
        " of 50k and *ét* of /s, reads 2,5tr as a list and is silent on ‰. *decibel* and *u s d* need an English "
        "voice.",
        spans=frozenset({"quantity", "rate"}),
    ),
    Verdict(
        "letters", "Letters by name", EITHER,
        "*Words and signs*: by name. QR, ATM and SMS it leaves to an English voice, which is nearer to “kiu a” and "
        "“ét em ét” as many say; no rule or listener of ours decides that, the station's lexicon can. **Mend:** none "
        "before listeners were asked. The number of TBR225 is a cardinal by rule; farmers say either.",
        spans=frozenset({"letters"}),
    ),
    Verdict(
        "sign", "Signs and page numbers", OURS,
        "*Words and signs*: strokes between words and bullets are silent, № is *số*; *Pasted pages*: a line that is "
        "only the number of a page is not read.",
        spans=frozenset({"sign", "word"}),
    ),
    Verdict(
        "whole", "A zero after the comma", OURS,
        "*Numbers*: 17,0 says how exactly it was measured.",
        spans=frozenset({"number"}),
    ),
    Verdict("other", "Not judged yet", "Nobody knows", "No verdict of this list fits."),
)  # fmt: skip
"""In the order in which they are listed; what is no choice of words is of the first kind that fits."""
