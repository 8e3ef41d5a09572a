"""Bytes over a box's own link, counted where they leave the kernel: the box lives in a network namespace.

What is counted are the IP packets of the box's own conversations, as who sells a SIM does; the frames around them, and
what machines on an Ethernet say to each other (ARP, IPv6), are no part of a mobile link and are kept off this one.

Programme hour: content of one hour of speech and everything around it. Cut: the link is cut at 99 % of a
download. Idle: a quiet stretch, extended to a day. Repeats: twenty bulletins of which sixty per cent repeat.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from deploy.village import Village, soon_us
from tests.bench.figure import report
from tests.link.net import NAME, sweep
from tests.ports import free_ports
from tests.village.hearing import wait_until

HERE, THERE = "198.18.7.1", "198.18.7.2"
FRAME = 14
"""Of Ethernet, around every packet."""
NEAR, FAR = "02:54:4c:00:00:01", "02:54:4c:00:00:02"
HOUR_S = 3600
SOON_S = 250
"""What is due so soon is fetched at once; what is due later is spread over SPREAD_S by the boxes."""
SPREAD_S = 600
SETTLED_S = 460


class Link:
    """A veth pair into a namespace of our own; its counters are what an operator of the SIM would bill."""

    def __init__(self) -> None:
        sweep()
        self.name = f"{NAME}{os.getpid()}x"
        self.out, self.inside = (f"tl{os.getpid() % 100000}{end}" for end in "ab")
        self._ip("netns", "add", self.name)
        self._ip("link", "add", self.out, "type", "veth", "peer", "name", self.inside, "netns", self.name)
        self._end(self.out, (HERE, NEAR), (THERE, FAR))
        self._end(self.inside, (THERE, FAR), (HERE, NEAR), "-n", self.name)
        self._ip("-n", self.name, "link", "set", "lo", "up")

    def _end(self, device: str, own: tuple[str, str], other: tuple[str, str], *where: str) -> None:
        """One end that knows the other's address and speaks no IPv6."""
        self._ip(*where, "link", "set", device, "address", own[1], "addrgenmode", "none")
        self._ip(*where, "addr", "add", f"{own[0]}/30", "dev", device)
        self._ip(*where, "link", "set", device, "up")
        self._ip(*where, "neigh", "replace", other[0], "lladdr", other[1], "dev", device, "nud", "permanent")

    def bytes(self) -> int:
        """Both ways together, with the headers of IP and what it carries."""
        return sum(self._count(f"{way}_bytes") - FRAME * self._count(f"{way}_packets") for way in ("rx", "tx"))

    def _count(self, name: str) -> int:
        return int(Path(f"/sys/class/net/{self.out}/statistics/{name}").read_text())

    def up(self, up: bool) -> None:
        """Cut or heal. The outer end forgets the other's address when it is cut."""
        self._ip("link", "set", self.out, "up" if up else "down")
        if up:
            self._ip("neigh", "replace", THERE, "lladdr", FAR, "dev", self.out, "nud", "permanent")

    def close(self) -> None:
        """Take the namespace away."""
        self._ip("netns", "del", self.name)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)


class Stage:
    """A village of one cluster whose box is behind the link."""

    def __init__(self, folder: Path, link: Link) -> None:
        self.link = link
        self.village = Village(folder, free_ports(), {"TIENGLANG_HOST": HERE, "TIENGLANG_BROKER_HOST": HERE})
        self.village.url = f"http://{HERE}:{self.village.port}"
        self.village.found()
        self.village.start_server()
        (self.cluster,) = self.village.settle([("Thôn", ["Cụm"])])

    def start_box(self) -> None:
        """The daemon, inside the namespace."""
        box = self.village.box_folder(self.cluster)
        speaker = Path(self.village.bin("tienglang-speaker"))
        inside = ("ip", "netns", "exec", self.link.name, speaker, "--data", box, "run", "--output", "null")
        self.village.spawn(f"box-{self.cluster}", *inside)

    def held(self) -> int:
        """How many contents the box holds whole."""
        return len(list((self.village.box_folder(self.cluster) / "content" / "whole").glob("??/*")))

    def part(self) -> int:
        """Bytes of the download in progress."""
        parts = list((self.village.box_folder(self.cluster) / "content" / "parts").glob("*.part"))
        return max((part.stat().st_size for part in parts if part.exists()), default=0)


def main() -> None:
    """Measure all four, or the idle link alone, and say so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["idle"], help="measure this alone, of a box that settled")
    parser.add_argument("--idle", type=int, default=660, help="seconds of idle link that are watched")
    arguments = parser.parse_args()
    link = Link()
    try:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(Path(folder), link)
            try:
                report(_alone(stage, arguments.idle) if arguments.only else _measure(stage, arguments.idle))
            finally:
                stage.village.stop()
    finally:
        link.close()


def _alone(stage: Stage, idle_s: int) -> dict[str, float]:
    """Of a box that does nothing else; its clock has the drift by then, and is asked for the time as seldom as ever."""
    stage.start_box()
    time.sleep(SETTLED_S)
    return _idle(stage, idle_s)


def _idle(stage: Stage, idle_s: int) -> dict[str, float]:
    before, began = stage.link.bytes(), time.monotonic()
    time.sleep(idle_s)
    day = (stage.link.bytes() - before) / (time.monotonic() - began) * 86400
    return {"idle_day_mb": day / 1e6, "idle_day_goal_mb": 1.3, "idle_watched_s": idle_s}


def _measure(stage: Stage, idle_s: int) -> dict[str, float]:
    village = stage.village
    stage.start_box()
    time.sleep(20)
    hour = village.upload(_speech(village.folder, HOUR_S, 1), "Một giờ", 300)
    hour_bytes = _fetch(stage, [hour], 1)
    repeats_saved = _week(stage)
    refetched = _cut(stage)
    time.sleep(45)
    return {
        "programme_hour_mb": hour_bytes / 1e6,
        "programme_hour_goal_mb": 11.6,
        "refetched_after_cut_kib": refetched / 1024,
        "refetched_after_cut_goal_kib": 64,
        "repeats_saved_pct": repeats_saved,
        "repeats_saved_goal_pct": 58,
    } | _idle(stage, idle_s)


def _fetch(stage: Stage, recordings: list[str], new: int) -> int:
    """Schedule recordings soon; the link's bytes until the box holds `new` more contents and is quiet."""
    before, held = stage.link.bytes(), stage.held()
    programme = stage.village.air("Chương trình", recordings, soon_us(SOON_S))
    wait_until(stage.held, lambda count: count >= held + new, 120)
    time.sleep(3)
    spent = stage.link.bytes() - before
    stage.village.api("DELETE", f"/programmes/{programme}")
    return spent


def _week(stage: Stage) -> float:
    """Twenty one-minute bulletins of which twelve repeat an earlier one: how much is saved against fetching all."""
    fresh = [stage.village.upload(_speech(stage.village.folder, 60, seed), f"Bản tin {seed}") for seed in range(2, 10)]
    sizes = {one: stage.village.api("GET", f"/library/{one}")["size"] for one in fresh}
    week = [*fresh, *(fresh * 2)[:12]]
    before, held = stage.link.bytes(), stage.held()
    for day, recording in enumerate(week):
        stage.village.air(f"Bản tin {day}", [recording], soon_us(3600 + day * 28_000))
    wait_until(stage.held, lambda count: count >= held + len(fresh), SPREAD_S + 60)
    time.sleep(10)
    spent = stage.link.bytes() - before
    return (1 - spent / sum(sizes[one] for one in week)) * 100


def _cut(stage: Stage) -> int:
    """Cut the link when 99 % of a download is on disk; the content bytes that came more than once."""
    village = stage.village
    recording = village.upload(_speech(village.folder, 1200, 77), "Hai mươi phút", 200)
    size = village.api("GET", f"/library/{recording}")["size"]
    _limit(stage.link, "4mbit")
    held = stage.held()
    programme = village.air("Chương trình", [recording], soon_us(SOON_S))
    wait_until(stage.part, lambda have: have >= size * 0.99 or stage.held() > held, 120)
    stage.link.up(False)
    time.sleep(2)
    before = stage.link.bytes()
    have = stage.part()
    stage.link.up(True)
    wait_until(stage.held, lambda count: count > held, 120)
    _limit(stage.link, None)
    village.api("DELETE", f"/programmes/{programme}")
    # Everything that passed after the cut, less what was still missing: repeated content and all the talk around it.
    return max(0, stage.link.bytes() - before - (size - have))


def _limit(link: Link, rate: str | None) -> None:
    words = ["tc", "qdisc", "replace" if rate else "del", "dev", link.out, "root"]
    words += ["tbf", "rate", rate, "burst", "16kb", "latency", "200ms"] if rate else []
    subprocess.run(words, check=True, capture_output=True)


def _speech(folder: Path, seconds: int, seed: int) -> Path:
    """So many seconds of speech, another one for each seed."""
    wav, long = folder / f"speech-{seed}.wav", folder / f"long-{seed}.mp3"
    text = f"Bản tin số {seed}. Kính mời bà con nghe bản tin của đài truyền thanh xã. " * (2 + seed % 3)
    speed = ["-s", str(130 + seed % 60), "-p", str(30 + seed % 40)]
    subprocess.run(["espeak-ng", "-v", "vi", "-a", "70", *speed, "-w", wav, "--stdin"], input=text.encode(), check=True)
    loop = ["-stream_loop", "-1", "-i", wav, "-t", str(seconds), "-b:a", "64k", long]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *loop], check=True)
    return long


if __name__ == "__main__":
    main()
