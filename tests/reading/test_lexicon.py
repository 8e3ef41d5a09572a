"""The station's own dictionary: it holds before what is built in and before every rule, however it is written."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.refusal import Refusal
from audio_library.speech.reading import DEFAULT, Lexicon, Region, entry, read, same
from audio_library.speech.reading.tones import even_tones
from tests.reading.corpus import misread, sentences


def own(*pairs: tuple[str, str]) -> Lexicon:
    """The dictionary that comes, with these entries of the station."""
    return DEFAULT.with_own(dict(entry(*one) for one in pairs))


@pytest.mark.parametrize(
    ("written", "said", "text", "read_so"),
    [
        ("XDCB", "Xây dựng  cơ bản", "Ban XDCB xã", "Ban xây dựng cơ bản xã"),
        ("UBND", "ủy ban", "UBND xã", "ủy ban xã"),
        ("TP", "thành đô", "TP. Thanh Hóa, Tp. Vinh, TP Huế", "thành đô Thanh Hóa, thành đô Vinh, thành đô Huế"),
        ("TL", "thủy lợi", "TL. Chủ tịch", "thừa lệnh Chủ tịch"),
        ("BCH", "ban chấp hành đảng bộ", "BCH PCTT, BCH", "ban chỉ huy phòng chống thiên tai, ban chấp hành đảng bộ"),
        ("QL47", "đường bốn bảy", "Trên QL47, QL47C", "Trên đường bốn bảy, quốc lộ bốn mươi bảy xê"),
        ("QĐ", "quyết nghị", "Số 12/QĐ-UBND", "Số mười hai, quyết nghị ủy ban nhân dân"),
        ("115", "cấp cứu một một năm", "Gọi 115, 1.115 hay 115.000", "Gọi cấp cứu một một năm, một nghìn một trăm "
         "mười lăm hay một trăm mười lăm nghìn"),
        ("ha", "mẫu tây", "5 ha và 3ha", "năm mẫu tây và ba mẫu tây"),
        ("#1", "số 1", "Tổ #1", "Tổ số một"),
        ("T7", "tổ bảy", "Họp T7", "Họp tổ bảy"),
        ("Lam Sơn", "lam sơn", "LAM SƠN", "lam sơn"),
    ],
)  # fmt: skip
def test_an_entry_holds_before_what_is_built_in_and_before_every_rule(
    written: str, said: str, text: str, read_so: str
) -> None:
    reading = read(text, own((written, said)))
    assert reading.text == read_so
    assert not reading.doubts


@pytest.mark.parametrize(
    ("written", "text", "longer"),
    [
        ("24/11", "Nghỉ 24/11; 24/11/2025; 3.24/11", "24/11/2025"),
        ("tayho.vn", "Xem tayho.vn/tin và tayho.vn.", "tayho.vn/tin"),
    ],
)
def test_of_a_longer_date_or_address_an_entry_is_no_part(written: str, text: str, longer: str) -> None:
    spans = read(text, own((written, "lời riêng"))).spans
    assert [one.written for one in spans if one.kind == "own"] == [written]
    assert longer in [one.written for one in spans]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kept", ["Hòa Thuỷ", "Hoà Thủy", "Hòa Thủy", "Hoà Thuỷ"])
@pytest.mark.parametrize("met", ["Hòa Thuỷ", "Hoà Thủy", "Hòa Thủy", "Hoà Thuỷ", "HÒA THỦY", "HOÀ THUỶ"])
def test_both_forms_of_unicode_and_both_places_of_a_tone_mark_are_one_word(form: str, kept: str, met: str) -> None:
    text = unicodedata.normalize(form, f"Thôn {met} họp.")
    reading = read(text, own((unicodedata.normalize(form, kept), "xóm bến")))
    assert reading.text == "Thôn xóm bến họp."
    assert [one.written for one in reading.spans] == [met]
    assert same(kept) == same("Hoà Thuỷ")


@pytest.mark.parametrize(
    ("written", "met", "known", "doubted"),
    [
        ("TĐC", "TĐC", True, False),
        ("TĐC", "tđc", True, True),
        ("TĐC", "Tđc", False, False),
        ("MAI", "mai", False, False),
        ("Păn", "PĂN", True, False),
        ("Păn", "păn", False, False),
        ("đ/s", "Đ/S", True, False),
        ("đ/s", "Đ/s", True, False),
        ("TĐC", "TĐCX", False, False),
        ("TĐC", "XTĐC", False, False),
    ],
)
def test_capitals_are_known_again_and_small_letters_only_where_they_are_no_word(
    written: str, met: str, known: bool, doubted: bool
) -> None:
    reading = read(f"Khu {met} nhé", own((written, "lời riêng")))
    assert ("lời riêng" in reading.text) is known
    assert any(one.doubt == "written_small" for one in reading.spans) is doubted


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Số 5", "số năm"),
        ("quốc lộ 1A", "quốc lộ một a"),
        ("  Vi-na-phôn ", "vi na phôn"),
        ("một, hai", "một, hai"),
        ("hoà", "hoà"),
        ("ban 12.", "ban mười hai"),
    ],
)
def test_what_is_said_is_kept_in_words(said: str, kept: str) -> None:
    assert entry("X", said)[1] == kept
    assert read("Vào X", own(("X", said))).text == f"Vào {kept}"


HOSTILE = ["", " ", "\n", "\0", "a\0b", "a\u202eb", "a\u200bb", "\ud800", "\ue000", "🎉", "<break time='1s'/>", "a<b",
           "<speak>a</speak>", "[[a]]", "a|b", "={1+1}", "=1+1", "@a", "+1", "-1", "...", "½" * 300, "a" * 201,
           "a " * 5_000, "x" * 10_240]  # fmt: skip


@pytest.mark.parametrize("bad", HOSTILE)
def test_what_cannot_be_an_entry_is_refused_by_the_side_it_is_on(bad: str) -> None:
    for pair, code in (((bad, "gì"), "lexicon_written"), (("XDCB", bad), "lexicon_said")):
        with pytest.raises(Refusal) as refused:
            entry(*pair)
        assert refused.value.code == code
        assert refused.value.vi.endswith(".")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=80), st.sampled_from(Region))
def test_any_entry_is_refused_or_leaves_any_text_readable(written: str, said: str, text: str, region: Region) -> None:
    lexicon, code = None, ""
    try:
        lexicon = own((written, said))
    except Refusal as refusal:
        code = refusal.code
    if lexicon is None:
        assert code in ("lexicon_written", "lexicon_said")
        return
    reading = read(f"{text} {written} {text}", lexicon, region)
    assert not any(char.isdigit() for char in reading.text)
    ends = [0, *(one.end for one in reading.spans)]
    assert all(one.start >= end for one, end in zip(reading.spans, ends, strict=False))


def test_the_dictionary_that_came_stays_as_it_was() -> None:
    assert own(("UBND", "ủy ban")).built_in == DEFAULT.built_in
    assert read("UBND").text == "ủy ban nhân dân"
    assert DEFAULT.with_own({}) is DEFAULT


def test_a_dictionary_of_names_that_do_not_occur_changes_no_reading() -> None:
    many = own(*((f"Zq{n}zq", "tên riêng") for n in range(50)))
    assert not misread(lambda text: read(text, many).text, sentences("open"))


@given(st.text(alphabet="oòóỏõọuùúủũụaàáảãạeèéẻẽẹyỳýỷỹỵhHOÒÓUÙÚYÝAÁ ", max_size=30))
def test_tone_marks_move_and_no_character_comes_or_goes(text: str) -> None:
    even = even_tones(text)
    assert len(even) == len(text)
    assert even_tones(even) == even


def test_two_thousand_entries_cost_a_text_next_to_nothing() -> None:
    """The whole of what is looked up is worked out when the dictionary changes, not when a text must sound."""
    text = " ".join(one.written for one in sentences("open"))[:2_000]
    many = own(*((f"Tên{n} riêng", "tên riêng") for n in range(2_000)))

    took: dict[Lexicon, list[float]] = {DEFAULT: [], many: []}
    for lexicon in (DEFAULT, many) * 30:
        begun = time.perf_counter()
        read(text, lexicon)
        took[lexicon].append(time.perf_counter() - begun)
    assert min(took[many]) < 2 * min(took[DEFAULT])
