"""The page "Hôm nay": true words, both languages, nothing to be run, readable on any phone."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from broadcast_server.fleet.ledger import State
from broadcast_server.fleet.presence import Presence
from broadcast_server.today import Broadcast, ClusterAiring, ClusterNow, Today
from broadcast_server.web.rendering import render
from broadcast_server.web.today_page import Page, Standing, page_of
from broadcast_server.web.words import WORDS, Language
from speaker_client.protocol.ids import HOUR, MINUTE, SECOND, AiringId, ClusterId, OccurrenceId, ProgrammeId
from tests.faces.office import Office

NOON = 1_795_496_400_000_000  # 24/11/2026 12:00 in Vietnam
CLUSTERS = ("Nhà văn hóa", "Đê sông Chu")
CSS = Path(__file__).parents[2] / "broadcast_server" / "web" / "static" / "station.css"
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;",
)


def broadcast(title: str, start_us: int, *states: State, minutes: int = 10) -> Broadcast:
    """A broadcast on the first clusters, one state each."""
    airings = tuple(
        ClusterAiring(
            AiringId(f"a{n}"), ClusterId(f"c{n}"), CLUSTERS[n], state, None, None, start_us, None, None, "", ""
        )
        for n, state in enumerate(states)
    )
    long_us = minutes * MINUTE
    return Broadcast(OccurrenceId(title), ProgrammeId("p"), title, 40, start_us, start_us + long_us, long_us, airings)


def day(*timetable: Broadcast, coming: Broadcast | None = None) -> Today:
    on_air = tuple(one for one in timetable if one.on_air)
    places = tuple(ClusterNow(ClusterId(f"c{n}"), name, None) for n, name in enumerate(CLUSTERS))
    return Today("Xã Tây Hồ", "Asia/Ho_Chi_Minh", NOON, date(2026, 11, 24), on_air, coming, timetable, places)


def page(today: Today, language: Language = "vi", *presences: Presence) -> Page:
    there = presences or (Presence.ONLINE, Presence.ONLINE)
    standings = {f"c{n}": Standing("Thôn Đông", 3, one, NOON - HOUR) for n, one in enumerate(there)}
    return page_of(today, standings, language)


def test_what_is_on_air_says_since_when_how_long_still_and_where() -> None:
    shown = page(day(broadcast("Bản tin", NOON - 4 * MINUTE, State.PLAYING, State.PLAYING)))
    assert [(show.title, show.about, show.permille) for show in shown.on_air] == [
        ("Bản tin", "Bắt đầu 11:56 · còn 6 phút · tất cả 2 cụm", 400)
    ]


@pytest.mark.parametrize(
    ("states", "kind", "words"),
    [
        ((State.PLAYED, State.PLAYED), "good", "Đã phát"),
        ((State.PLAYED, State.MISSED), "warn", "Phát được 1/2 cụm"),
        ((State.MISSED, State.MISSED), "bad", "Không phát được"),
        ((State.PLAYED, State.UNKNOWN), "warn", "Chờ cụm loa báo lại"),
        ((State.PENDING, State.PENDING), "warn", "Chờ cụm loa báo lại"),
        ((State.SUPERSEDED, State.SUPERSEDED), "wait", "Nhường chương trình khác"),
        ((State.PLAYING, State.MISSED), "live", "Đang phát"),
    ],
)
def test_a_past_slot_says_no_more_than_is_known(states: tuple[State, ...], kind: str, words: str) -> None:
    slot = page(day(broadcast("Bản tin", NOON - 2 * HOUR, *states))).slots[0]
    assert (slot.kind, slot.state) == (kind, words)


@pytest.mark.parametrize(
    ("programme", "nature", "said"),
    [
        ("drill", "drill", "Diễn tập"),
        ("emergency", "emergency", "Khẩn cấp"),
        ("live_emergency", "emergency", "Khẩn cấp"),
        ("p", "", None),
    ],
)
def test_a_drill_and_an_emergency_each_have_a_word_and_a_colour_of_their_own(
    programme: str, nature: str, said: str | None
) -> None:
    """Whatever title somebody gave it: neither is to be taken for the other, nor for a programme."""
    ordered = replace(broadcast("Lũ", NOON - MINUTE, State.PLAYING, State.PLAYING), programme=ProgrammeId(programme))
    shown = page(day(ordered))
    assert (shown.on_air[0].nature, shown.slots[0].nature) == (nature, nature)
    text = bytes(render("today.html", "vi", "Xã", today=shown, renews=False).body).decode()
    tags = re.findall(r'<span class="tag (\w+)">(.*?)</span>', text)
    assert tags == [(nature, said)] * (2 if said else 0)
    colours = dict(re.findall(r"\.tag\.(\w+) \{ color: var\(--(\w+)\)", CSS.read_text()))
    assert len(set(colours.values())) == len(colours) == 2


def test_a_future_slot_and_the_next_one() -> None:
    later = broadcast("Bản tin chiều", NOON + 5 * HOUR - 10 * MINUTE, State.PENDING)
    shown = page(day(later, coming=later))
    assert (shown.slots[0].time, shown.slots[0].state, shown.slots[0].past) == ("16:50", "Sẽ phát", False)
    assert shown.next is not None
    assert shown.next.about == "4 giờ 50 phút nữa · Nhà văn hóa · 10 phút"


def test_a_split_broadcast_is_as_long_as_it_sounds() -> None:
    split = replace(broadcast("Bản tin", NOON, State.PENDING, State.PENDING), sounding_us=84 * SECOND)
    shown = page(day(split, coming=split))
    assert shown.slots[0].about == "tất cả 2 cụm · 1 phút 24 giây"
    assert shown.next is not None
    assert shown.next.about.endswith("1 phút 24 giây")


def test_a_lost_cluster_is_called_so_with_the_hour() -> None:
    shown = page(day(), "vi", Presence.LOST, Presence.ONLINE)
    assert (shown.clusters[0].kind, shown.clusters[0].state) == ("bad", "Mất kết nối từ 11:00")
    assert (shown.fleet, shown.fleet_kind) == ("1/2 cụm sẵn sàng", "warn")


def test_every_word_has_both_languages_with_the_same_places() -> None:
    for key, (vi, en) in WORDS.items():
        assert vi.strip(), key
        assert en.strip(), key
        assert places(vi) == places(en), key
    for state in State:
        assert f"airing.{state.value}" in WORDS


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_titles_and_names_are_only_text(payload: str) -> None:
    assert Skeleton.of(page_with(payload)) == Skeleton.of(page_with("Bản tin"))


def page_with(name: str) -> str:
    """The page of a station, a programme and clusters that are all called so."""
    airing = broadcast(name, NOON - MINUTE, State.PLAYING, State.PLAYING)
    today = day(airing, coming=broadcast(name, NOON + HOUR, State.PENDING))
    today = replace(today, clusters=tuple(replace(one, name=name) for one in today.clusters))
    return bytes(render("today.html", "vi", name, today=page(today), renews=False).body).decode()


class Skeleton(HTMLParser):
    """The elements of a page with their attributes, without its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    @classmethod
    def of(cls, text: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
        parser = cls()
        parser.feed(text)
        return parser.elements


async def test_the_page_needs_no_login_and_says_silence_in_words(office: Office) -> None:
    answer = await office.visitor().get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for words in ("Xã Tây Hồ", "Loa đang im lặng", "Hôm nay chưa có lịch phát.", "Chưa có cụm loa nào."):
        assert words in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    english = await office.visitor().get("/?lang=en")
    assert "The loudspeakers are silent" in english.text
    assert '<html lang="en">' in english.text
    assert "im lặng" not in english.text


async def test_the_reference_is_whole_and_brings_nothing_from_elsewhere(office: Office) -> None:
    page_text = (await office.visitor().get("/api/v1/docs?lang=en")).text
    document = (await office.visitor().get("/api/v1/openapi.json")).json()
    for path in document["paths"]:
        assert path.replace("{", "{") in page_text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page_text)


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_colour_pair_has_enough_contrast(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", CSS.read_text(), re.S)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [("ink", "ground"), ("ink", "paper"), ("soft", "ground"), ("soft", "paper"), ("wait", "paper")]
    pairs += [(kind, f"{kind}-ground") for kind in ("good", "warn", "bad", "wait")]
    pairs += [
        ("drill", "drill-ground"),
        ("drill", "paper"),
        ("good", "paper"),
        ("warn", "paper"),
        ("bad", "paper"),
        ("ink", "good-ground"),
        ("soft", "good-ground"),
    ]
    pairs += [("mast-ink", "mast"), ("mast-soft", "mast"), ("live-ink", "live"), ("live-soft", "live")]
    for front, back in pairs:
        assert contrast(colours[front], colours[back]) >= 4.5, (front, back)


def test_no_text_is_smaller_than_seventeen_pixels() -> None:
    css = CSS.read_text()
    base = float(re.search(r"html \{ font-size: (\d+)px", css)[1])
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)rem", css)]
    assert min(sizes) * base >= 17


def contrast(front: str, back: str) -> float:
    """WCAG contrast ratio of two `#rrggbb`."""
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
