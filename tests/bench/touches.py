"""What an officer does most, by real touches on a phone of 360 by 800 at the running demo: how many, and how long.

Each begins at Hôm nay of somebody who is signed in, and is over when its effect is there: in what the loudspeakers'
outputs wrote down, or in the timetable as the API tells it. Touches are those that the page felt. Seconds run from the
first of them, of an announcement from the app's start; nobody reads or thinks in them, and typing takes no time.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import BrowserContext, Page, expect

from deploy.demo import TEST as HELLO
from deploy.village import HORNS, Village, local_time, soon_us
from speaker_client.frames import us_of
from speaker_client.protocol.ids import DAY, SECOND
from tests.app.tour import Look, tour
from tests.bench.figure import report
from tests.bench.rig.finger import FEELS, PATIENCE_MS, Finger
from tests.faces.office import sound
from tests.village.hearing import ENDS, shelf_is_held, shelf_is_ready, starts, wait_for_ends, wait_until

GOALS = {"emergency": 3, "stop": 1, "repeat_bulletin": 4, "announce": 5, "schedule_upload": 7}
DEAF_MS = 800
"""A little longer than the bar takes no touch after its screen opened."""
HOLD_S = 2.3
HOLDS = 3
"""So often the bar is held at most."""
LOUD = 0.05
TEXT = "Kính mời bà con đến nhà văn hóa thôn họp lúc bảy giờ tối nay. Xin cảm ơn bà con."
BULLETIN, AT = "Bản tin xã", "11:15"
"""A quiet time of the demo's timetable."""
UPLOAD = "Tiêm phòng trẻ em"


@dataclass(frozen=True)
class Done:
    """What something took."""

    touches: int
    seconds: float
    characters: int = 0


class Outputs:
    """What the demo's boxes wrote down of what they sounded. `airings`: of each cluster the one that is meant."""

    def __init__(self, village: Village) -> None:
        heard = village.folder / "heard"
        self._folders = {cluster: heard / f"cum-{number}" for number, cluster in enumerate(village.clusters(), 1)}

    def began_us(self, airings: Mapping[str, str]) -> int:
        """When the last loudspeaker of the commune began, once all have been loud."""
        assert airings.keys() == self._folders.keys(), "not all clusters were meant"
        wait_until(lambda: self._loud(airings), lambda loud: loud == HORNS * len(airings), 120)
        return max(self._first_us(cluster, airing) for cluster, airing in airings.items())

    def ended_us(self, airings: Mapping[str, str]) -> int:
        """When the last of them fell silent, once all have."""
        wait_until(lambda: [self._end_us(*one) for one in airings.items()], all, 20)
        return max(self._end_us(*one) for one in airings.items())

    def _loud(self, airings: Mapping[str, str]) -> int:
        """How many loudspeakers have sounded it."""
        loud = 0
        for cluster, airing in airings.items():
            for wav in self._folders[cluster].glob(f"*{airing}.wav"):
                heard, _ = soundfile.read(wav, always_2d=True)
                loud += int((np.abs(heard).max(axis=0, initial=0.0) > LOUD).sum())
        return loud

    def _first_us(self, cluster: str, airing: str) -> int:
        return min(int(one["at_us"]) for one in starts(self._folders[cluster]) if one["airing"] == airing)

    def _end_us(self, cluster: str, airing: str) -> int:
        """0 while it sounds."""
        lines = [json.loads(line) for line in (self._folders[cluster] / "started.jsonl").read_text().splitlines()]
        start, end = [{}, *(line for line in lines if line["airing"] == airing)][-2:]
        return int(start["at_us"]) + us_of(end["frames"]) if end["what"] == "ended" else 0


class Officer:
    """Somebody with a phone at the demo."""

    def __init__(self, village: Village, context: BrowserContext) -> None:
        self._village, self._context = village, context
        self._outputs = Outputs(village)
        self._order: dict[str, Any] = {}
        self.holds_repeated = 0

    @contextmanager
    def _home(self) -> Iterator[tuple[Page, Finger]]:
        """The app, begun anew, at Hôm nay with all that comes there."""
        page = self._context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{self._village.url}/app/")
        for there in ("main .sample", "#timetable"):
            page.locator(there).wait_for()
        yield page, Finger(page)
        page.close()

    def emergency(self) -> Done:
        """Until every loudspeaker sounds it. A machine too busy to draw the bar growing has held nothing: it is held
        again, which costs touches and time as it costs a person."""
        with self._home() as (page, finger):
            began_us = _now_us()
            finger.tap(page.locator("nav a.now"))
            finger.tap(page.locator("a.tile", has_text="Lũ, xả tràn"))
            page.wait_for_timeout(DEAF_MS)
            finger.hold(page.locator("button.bar"), HOLD_S)
            while page.get_by_text("Buông tay trước 2 giây").is_visible():
                self.holds_repeated += 1
                assert self.holds_repeated < HOLDS, "the screen stood still whenever the bar was held"
                finger.hold(page.locator("button.bar"), HOLD_S)
            page.wait_for_url("**/now/order/*")
            self._order = self._village.api("GET", f"/orders/{_last(page.url)}")
            return Done(finger.touches, (self._outputs.began_us(_airings(self._order)) - began_us) / SECOND)

    def stop(self) -> Done:
        """Until none of them does, long before its end."""
        with self._home() as (page, finger):
            silence = page.locator("section.bar button")
            silence.wait_for()
            assert not self._order_stands()["over"]
            began_us = _now_us()
            finger.tap(silence)
            ended_us = self._outputs.ended_us(_airings(self._order))
            stopped = wait_until(self._order_stands, lambda seen: seen["over"], 20)
            assert {one["state"] for one in stopped["clusters"]} == {"PARTIAL"}
            return Done(finger.touches, (ended_us - began_us) / SECOND)

    def announce(self) -> Done:
        """From the app's start until the last loudspeaker says what was typed."""
        began_us = _now_us()
        with self._home() as (page, finger):
            finger.tap(page.locator(".tiles a", has_text="Gõ để đọc"))
            finger.tap(page.get_by_label("Nội dung thông báo"))
            finger.type(TEXT)
            finger.tap(page.get_by_role("button", name="Phát ngay", exact=True))
            page.wait_for_url("**/type/air/*")
            follow = f"/announcements/{_last(page.url)}"
            made = wait_until(lambda: self._village.api("GET", follow), lambda one: one["programme_id"], 120)
            lines = self._village.log(made["programme_id"])
            on_air_us = self._outputs.began_us({one["cluster_id"]: one["id"] for one in lines})
            done = Done(finger.touches, (on_air_us - began_us) / SECOND, finger.characters)
        wait_for_ends(self._village, made["programme_id"], len(lines), 120)
        return done

    def repeat_bulletin(self, file: Path) -> Done:
        """Until the timetable has it for tomorrow."""
        self._air_yesterday(file)
        yesterday, tomorrow = _day(-DAY), _day(DAY)
        with self._home() as (page, finger):
            began_us = _now_us()
            finger.tap(page.locator("nav a.schedule"))
            in_strip = page.get_by_role("button", name=re.compile(f"{yesterday[8:]}.{yesterday[5:7]}$"))
            on_monday = datetime.fromisoformat(_day()).weekday() == 0  # the week before opens with its last day
            finger.tap(page.get_by_role("button", name="Tuần trước") if on_monday else in_strip)
            finger.tap(page.locator(".list li button", has_text=BULLETIN))
            finger.tap(page.get_by_role("button", name="Phát lại ngày mai"))
            expect(page.locator(".snack")).to_contain_text(f"Lần tới {AT}", timeout=PATIENCE_MS)
            assert (AT, BULLETIN, "coming", "once") in self._agenda(tomorrow)[0]
            return Done(finger.touches, (_now_us() - began_us) / SECOND)

    def schedule_upload(self, file: Path) -> Done:
        """Until the timetable has it for every day."""
        with self._home() as (page, finger):
            began_us = _now_us()
            finger.choose(page.locator(".tiles a", has_text="Tải tệp lên"), file)
            finger.tap(page.get_by_role("link", name="Thêm lịch", exact=True))
            finger.tap(page.get_by_role("button", name="Hằng ngày 05:30", exact=True))
            finger.tap(page.get_by_role("button", name="Lưu lịch"))
            first = page.get_by_role("button", name="Cho bản này phát trước")  # the morning's bulletin is there already
            expect(first.or_(page.locator(".snack"))).to_be_visible(timeout=PATIENCE_MS)
            if first.is_visible():
                finger.tap(first)
            expect(page.locator(".snack")).to_contain_text("Lần tới 05:30", timeout=PATIENCE_MS)
            for day in self._agenda(_day(DAY), 7):
                assert ("05:30", UPLOAD, "coming", "daily") in day
            return Done(finger.touches, (_now_us() - began_us) / SECOND)

    def _order_stands(self) -> dict[str, Any]:
        return dict(self._village.api("GET", f"/orders/{self._order['id']}"))

    def _agenda(self, first: str, days: int = 1) -> list[list[tuple[str, str, str, str]]]:
        """Day by day the time, title and standing of what the station has, and how it repeats."""
        found = self._village.api("GET", "/schedule/agenda", params={"from": first, "days": days})["days"]
        return [[_entry(one) for one in day["entries"]] for day in found]

    def _air_yesterday(self, file: Path) -> None:
        """It is aired now, and the station's own book is told that it was yesterday."""
        village = self._village
        programme = village.air(BULLETIN, [village.upload(file, BULLETIN)], soon_us(15))
        lines = wait_for_ends(village, programme, len(village.clusters()), 120)
        assert {one["state"] for one in lines} == {"PLAYED"}
        day = _day(-DAY)
        wanted_us = int(datetime.fromisoformat(f"{day}T{AT}+07:00").timestamp()) * SECOND
        moved = ("scheduled_us", "start_us", "end_us", "until_us", "started_us", "decided_us")
        with closing(sqlite3.connect(village.station / "station.db", timeout=30)) as book, book:
            asked = "SELECT scheduled_us FROM airings WHERE programme_id = ?"
            by_us = wanted_us - book.execute(asked, (programme,)).fetchone()[0]
            for one in moved:
                book.execute(f"UPDATE airings SET {one} = {one} + ? WHERE programme_id = ?", (by_us, programme))  # noqa: S608 - columns, named above
            rule = {"day": day, "times": json.dumps([AT]), "of": programme}
            book.execute("UPDATE rules SET first_day = :day, times = :times WHERE programme_id = :of", rule)


def _entry(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return one["time"][:5], one["title"], one["standing"], one["repeats"] and one["repeats"]["kind"]


def _now_us() -> int:
    return time.time_ns() // 1000


def _day(away_us: int = 0) -> str:
    """The day so far from now, at the station."""
    return local_time(_now_us() + away_us)[0]


def _last(address: str) -> str:
    return address.rpartition("/")[2]


def _airings(order: Mapping[str, Any]) -> dict[str, str]:
    return {one["cluster_id"]: one["airing_id"] for one in order["clusters"]}


def _rest(village: Village) -> None:
    """The demo has said its hello, and all that an emergency needs lies in the boxes."""
    shelf_is_ready(village)
    shelf_is_held(village, village.clusters())

    def hello() -> set[str]:
        return {one["state"] for one in village.log() if one["title"] == HELLO}

    wait_until(hello, lambda states: states and states <= ENDS, 120)


def main() -> None:
    """Measure and report."""
    with TemporaryDirectory() as folder, tour(Path(folder)) as taken:
        with taken.officer(Look()) as page:
            signed_in = page.context.storage_state()
        with taken.phone(Look(), storage_state=signed_in, has_touch=True, is_mobile=True) as context:
            context.add_init_script(FEELS)
            _rest(taken.village)
            officer = Officer(taken.village, context)
            done = {
                "emergency": officer.emergency(),
                "stop": officer.stop(),
                "announce": officer.announce(),
                "repeat_bulletin": officer.repeat_bulletin(sound(Path(folder) / "bulletin.wav", 6)),
                "schedule_upload": officer.schedule_upload(sound(Path(folder) / f"{UPLOAD}.wav", 20, 600)),
            }
        assert not taken.faults, taken.faults
    figures: dict[str, float] = {}
    for name, goal in GOALS.items():
        figures |= {name: done[name].touches, f"{name}_goal": goal, f"{name}_s": done[name].seconds}
    typed = sum(one.characters for one in done.values())
    report({**figures, "typed_characters": typed, "holds_repeated": officer.holds_repeated})


if __name__ == "__main__":
    main()
