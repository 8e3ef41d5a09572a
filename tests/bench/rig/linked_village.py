"""A village in network namespaces: station and Mosquitto in the middle, every box and the presser behind a link."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.village import HORNS, PLACES, Village
from tests.bench.rig.ears import Ears
from tests.link.net import Net
from tests.speaker_client.sound_of_tests import recorder
from tests.village.hearing import wait_until
from tests.village.outside_broker import NAME as BROKER
from tests.village.outside_broker import OutsideBroker

PORT, BROKER_PORT = 8000, 8001
NICENESS = -16
STATION_PRIORITY, BOX_PRIORITY = 6, 5
PAUSE_US = 150_000
"""So much silence separates two starts."""


class LinkedVillage:
    """Seven boxes at the ends 1 … 7 of a net, a phone at end 8. The caller's thread must live in namespace 0."""

    def __init__(self, folder: Path, net: Net) -> None:
        here = net.address(0)
        self._net, self._folder = net, folder
        self.broker = OutsideBroker(folder / "broker", BROKER_PORT, here)
        self.village = Village(folder, PORT, {"TIENGLANG_HOST": here, **self.broker.settings})
        self.village.url = f"http://{here}:{PORT}"
        self.ears: list[Ears] = []
        self._phone: subprocess.Popen[str] | None = None

    def found(self, phone: str = "presser", shelf: bool = True) -> None:
        """Everything runs, the templates' sounds are in every box if `shelf`, and somebody is logged in.

        `phone` is the program beside this one that stands for it.
        """
        village = self.village
        village.found()
        village.start_server()
        clusters = village.settle(PLACES)
        self.broker.start(village)
        for number, cluster in enumerate(clusters, 1):
            self._start_box(number, cluster)
        if shelf:
            self._await_shelf(clusters)
        self._give_way_to("server", BROKER)
        form = {"name": "lan", "role": "officer"}
        password = village.api("POST", "/users", json=form)["one_time_password"]
        self._phone = self._pick_up(len(clusters) + 1, phone, password)

    def call(self, path: str, body: Any) -> dict[str, Any]:
        """What the phone was answered, and when it asked."""
        return self.tell({"path": path, "body": body})

    def tell(self, task: dict[str, Any]) -> dict[str, Any]:
        """Have the phone do something; what it says when that is done."""
        assert self._phone is not None
        assert self._phone.stdin is not None
        self._phone.stdin.write(json.dumps(task) + "\n")
        return self._answer()

    @property
    def heard(self) -> list[Path]:
        """Where each box's recorder keeps what arrives."""
        return [self._folder / "heard" / cluster for cluster in self.village.clusters()]

    def listen(self) -> None:
        """Take in what the loudspeakers have sounded."""
        for box in self.ears:
            box.listen()

    def hear_above(self, floor: int) -> None:
        """From now on only what is louder counts as heard."""
        self.listen()
        for box in self.ears:
            box.floor = floor

    def stop(self) -> None:
        """End every process."""
        if self._phone is not None:
            self._phone.kill()
            self._phone.communicate()
        self.village.stop()

    def stand_alone(self) -> None:
        """Station, broker and boxes run before all else on this machine: in a village each has one of its own."""
        for name, process in self.village.processes.items():
            priority = BOX_PRIORITY if name.startswith("box-") else STATION_PRIORITY
            for thread in map(int, os.listdir(f"/proc/{process.pid}/task")):
                if os.sched_getscheduler(thread) == os.SCHED_OTHER:
                    os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(priority))

    def _give_way_to(self, *names: str) -> None:
        """Here seven boxes take the station's processor away, which in a village have their own."""
        for name in names:
            for thread in os.listdir(f"/proc/{self.village.processes[name].pid}/task"):
                with suppress(ProcessLookupError):  # threads come and go
                    os.setpriority(os.PRIO_PROCESS, int(thread), NICENESS)

    def _start_box(self, number: int, cluster: str) -> None:
        heard = self._folder / "heard" / cluster
        heard.mkdir(parents=True)
        self.ears.append(Ears(heard, HORNS, PAUSE_US))
        output = "command:" + shlex.join(recorder(heard))
        speaker = self.village.bin("tienglang-speaker")
        words = (speaker, "--data", self.village.box_folder(cluster), "run", "--output", output)
        self.village.spawn(f"box-{cluster}", *self._net.inside(number), *words)

    def _await_shelf(self, clusters: list[str]) -> None:
        """Every template spoken, and in every box."""
        village = self.village
        templates = wait_until(
            lambda: village.api("GET", "/orders/templates")["items"], lambda all_: all(t["ready"] for t in all_), 180
        )
        wanted = {village.api("GET", f"/library/{one['recording_id']}")["content"] for one in templates}
        for cluster in clusters:
            folder = village.box_folder(cluster) / "content" / "whole"
            wait_until(lambda f=folder: {file.name for file in f.glob("*/*")}, lambda held: held >= wanted, 120)

    def _pick_up(self, number: int, phone: str, password: str) -> subprocess.Popen[str]:
        words = (sys.executable, "-m", f"{__package__}.{phone}", self._net.address(0), str(PORT), "lan", password)
        command = [*self._net.inside(number), *map(str, words)]
        process = self._phone = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._answer()
        return process

    def _answer(self) -> dict[str, Any]:
        assert self._phone is not None
        assert self._phone.stdout is not None
        line = self._phone.stdout.readline()
        assert line, "the phone is gone"
        answer: dict[str, Any] = json.loads(line)
        return answer
