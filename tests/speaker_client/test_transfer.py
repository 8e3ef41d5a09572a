"""Which answers are a download of ours, when a link is too slow, and what comes next."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_library.content import ContentId
from speaker_client.cache import Need
from speaker_client.transfer import SENTENCES, Agenda, FetchFailed, RateWatch, judge, pause_s, spread_s

WANTED = Need(ContentId("c" * 64), 1_000_000, 0)
GOOD = {"content-type": "audio/ogg", "etag": f'"{"c" * 64}"', "content-length": "1000000"}
REST = {**GOOD, "content-length": "600000", "content-range": "bytes 400000-999999/1000000"}


def code(status: int, headers: dict[str, str], have: int = 0) -> str:
    with pytest.raises(FetchFailed) as refused:
        judge(status, headers, WANTED, have)
    assert refused.value.vi
    assert refused.value.en
    return refused.value.code


def test_a_whole_answer_begins_at_the_beginning_even_when_the_rest_was_asked_for() -> None:
    assert judge(200, GOOD, WANTED, 0) == 0
    assert judge(200, GOOD, WANTED, 400_000) == 0


def test_the_rest_goes_on_where_we_are() -> None:
    assert judge(206, REST, WANTED, 400_000) == 400_000


def test_a_login_page_of_the_network_is_not_sound() -> None:
    page = {"content-type": "text/html; charset=utf-8", "content-length": "1000000"}
    assert code(200, page) == "fetch_not_sound"
    assert code(200, {**GOOD, "content-type": "text/html"}) == "fetch_not_sound"
    assert code(302, {"location": "http://portal/"}) == "fetch_status"
    assert code(511, page) == "fetch_denied"


@pytest.mark.parametrize(
    ("status", "headers", "have", "expected"),
    [
        (200, {**GOOD, "etag": f'"{"d" * 64}"'}, 0, "fetch_other_content"),
        (200, {key: text for key, text in GOOD.items() if key != "etag"}, 0, "fetch_other_content"),
        (200, {**GOOD, "content-encoding": "gzip"}, 0, "fetch_other_content"),
        (200, {**GOOD, "content-length": "999999"}, 0, "fetch_length"),
        (206, {**REST, "content-range": "bytes 0-999999/1000000"}, 400_000, "fetch_length"),
        (206, {**REST, "content-range": "bytes 400000-999999/2000000"}, 400_000, "fetch_length"),
        (206, {**GOOD}, 400_000, "fetch_length"),
        (404, {}, 0, "fetch_gone"),
        (401, {}, 0, "fetch_denied"),
        (416, {}, 0, "fetch_status"),
        (503, {}, 0, "fetch_status"),
    ],
)
def test_whatever_else_is_refused_by_its_code(status: int, headers: dict[str, str], have: int, expected: str) -> None:
    assert code(status, headers, have) == expected


def test_a_trickle_is_given_up_and_a_slow_link_is_not() -> None:
    slow = RateWatch(began_s=0.0)
    for second in range(1, 301):
        slow.came(1_001, float(second))
    trickle = RateWatch(began_s=0.0)
    for second in range(1, 30):
        trickle.came(900, float(second))
    with pytest.raises(FetchFailed) as refused:
        trickle.came(900, 30.0)
    assert refused.value.code == "fetch_slow"


@given(tries=st.integers(1, 10_000), drawn=st.floats(0, 1, exclude_max=True))
def test_pauses_have_full_jitter_under_a_ceiling_that_doubles_to_a_minute(tries: int, drawn: float) -> None:
    ceiling = min(60.0, 2.0 ** min(tries - 1, 10))
    assert pause_s(tries, lambda: drawn) == pytest.approx(drawn * ceiling)


def test_a_fleet_spreads_except_when_it_is_urgent_or_has_no_clock() -> None:
    assert spread_s(120.0, lambda: 0.99) == 0.0
    assert spread_s(None, lambda: 0.99) == 0.0
    waits = [spread_s(86_400.0, random.Random(box).random) for box in range(200)]
    assert max(waits) > 500
    assert min(waits) < 50
    assert all(spread_s(due, lambda: 0.999) < due for due in (301.0, 600.0, 3600.0))


def needs(*due_in_s: float) -> list[Need]:
    return [Need(ContentId(f"{number:064x}"), 10, round(due * 1e6)) for number, due in enumerate(due_in_s)]


def test_the_soonest_due_comes_first_and_the_next_when_it_is_here() -> None:
    agenda, (soon, later) = Agenda(lambda: 0.5), needs(60, 120)
    agenda.update([soon, later], now_s=0.0, utc_us=0)
    assert agenda.next(0.0) == (soon, 0.0)
    agenda.succeeded(soon.content)
    assert agenda.next(0.0) == (later, 0.0)
    agenda.succeeded(later.content)
    assert agenda.next(0.0) == (None, None)


def test_what_an_order_needs_waits_for_no_pause() -> None:
    agenda, (ordered, later) = Agenda(lambda: 0.9), needs(-1e-6, 120)
    agenda.update([later], now_s=0.0, utc_us=0)
    for _ in range(8):
        agenda.failed(later.content, "fetch_network", now_s=0.0)
        agenda.failed(later.content, "fetch_gone", now_s=0.0)
    agenda.update([ordered, later], now_s=1.0, utc_us=0)
    assert agenda.next(1.0)[0] is None
    agenda.hurry()
    assert agenda.next(1.0) == (ordered, 0.0)
    agenda.succeeded(ordered.content)
    assert agenda.next(1.0)[0] is None, "what no order needs keeps its pause"


def test_a_content_that_is_gone_does_not_hold_back_the_next() -> None:
    agenda, (gone, later) = Agenda(lambda: 0.5), needs(60, 120)
    agenda.update([gone, later], now_s=0.0, utc_us=0)
    agenda.failed(gone.content, "fetch_gone", now_s=0.0)
    assert agenda.next(0.1) == (later, 0.0)
    assert agenda.next(0.6)[0] == gone


def test_a_dead_link_holds_back_everything_and_ever_longer() -> None:
    agenda, all_needs = Agenda(lambda: 0.999), needs(60, 120, 180)
    agenda.update(all_needs, now_s=0.0, utc_us=0)
    now, waits = 0.0, []
    for _ in range(8):
        need, _ = agenda.next(now)
        assert need
        agenda.failed(need.content, "fetch_network", now)
        nothing, wait = agenda.next(now)
        assert nothing is None
        assert wait is not None
        waits.append(wait)
        now += wait + 0.001
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60], rel=0.01)


def test_a_station_that_is_back_is_asked_at_once_but_not_for_what_it_did_not_have() -> None:
    agenda, (gone, later) = Agenda(lambda: 0.999), needs(60, 120)
    agenda.update([gone, later], now_s=0.0, utc_us=0)
    for _ in range(6):
        agenda.failed(gone.content, "fetch_gone", now_s=0.0)
        agenda.failed(later.content, "fetch_network", now_s=0.0)
    assert agenda.next(1.0)[0] is None
    agenda.back()
    assert agenda.next(1.0) == (later, 0.0)


def test_news_does_not_undo_a_pause_but_urgency_undoes_the_spread() -> None:
    agenda, (far, bad) = Agenda(lambda: 0.5), needs(86_400, 86_500)
    agenda.update([far, bad], now_s=0.0, utc_us=0)
    assert agenda.next(0.0)[0] is None
    urgent = Need(far.content, 10, 30_000_000)
    agenda.update([urgent, bad], now_s=1.0, utc_us=0)
    assert agenda.next(1.0)[0] == urgent
    agenda.failed(urgent.content, "fetch_hash", now_s=1.0)
    agenda.update([urgent, bad], now_s=1.1, utc_us=0)
    assert agenda.next(1.2)[0] is None


def test_what_came_damaged_three_times_is_left_for_an_hour_and_holds_nothing_back() -> None:
    agenda, (rotten, later) = Agenda(lambda: 0.5), needs(7200, 9000)
    agenda.update([rotten, later], now_s=0.0, utc_us=7200_000_000)
    for now_s in (0.0, 60.0, 120.0):
        assert agenda.next(now_s) == (rotten, 0.0)
        agenda.failed(rotten.content, "fetch_hash", now_s)
    agenda.update([rotten, later], now_s=130.0, utc_us=7330_000_000)
    assert agenda.next(3719.0)[0] == later
    assert agenda.next(3721.0) == (rotten, 0.0)
    agenda.failed(rotten.content, "fetch_network", 3721.0)
    agenda.failed(rotten.content, "fetch_hash", 3800.0)
    assert agenda.next(7399.0)[0] == later, "once more is enough"
    agenda.update([Need(rotten.content, 10, 7400_000_000), later], now_s=7399.0, utc_us=7399_000_000)
    assert agenda.next(7399.0)[0] == Need(rotten.content, 10, 7400_000_000), "the plan has something new of it"


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    assert all(vi and en and vi != en for vi, en in SENTENCES.values())


def test_what_an_order_needs_is_not_left_for_an_hour_however_often_it_came_damaged() -> None:
    agenda, (ordered,) = Agenda(lambda: 0.999), needs(-1e-6)
    agenda.update([ordered], now_s=0.0, utc_us=0)
    for _ in range(5):
        agenda.failed(ordered.content, "fetch_hash", now_s=0.0)
    assert agenda.next(61.0) == (ordered, 0.0)
