"""The link is what its profile says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from tests.link.net import NAME, PROFILES, Net, Profile, star

ONE_WAY = (
    "import socket, sys, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "for n in range(int(sys.argv[2])):\n"
    "    s.sendto(b'%d %d' % (n, time.monotonic_ns()), (sys.argv[1], 9)); time.sleep(0.003)\n"
)
DATAGRAMS = 600


@dataclass(frozen=True)
class Journey:
    """What came of the datagrams that were sent: which, in what order, and how long each took."""

    numbers: list[int]
    delays_ms: list[float]

    @property
    def lost_pct(self) -> float:
        return 100 - 100 * len(set(self.numbers)) / DATAGRAMS

    @property
    def overtaken(self) -> int:
        return sum(later < earlier for earlier, later in zip(self.numbers, self.numbers[1:], strict=False))

    def within(self, low_ms: float, high_ms: float) -> float:
        """The share (%) of delays between these."""
        return 100 * sum(low_ms <= one <= high_ms for one in self.delays_ms) / len(self.delays_ms)


def send(net: Net, sender: int, receiver: int) -> Journey:
    ear = _ear(net, receiver)
    command = (*net.inside(sender), sys.executable, "-c", ONE_WAY, net.address(receiver), str(DATAGRAMS))
    numbers, delays = [], []
    with ear, subprocess.Popen(command) as sending:
        ear.settimeout(2.0)
        try:
            while True:
                number, sent_ns = map(int, ear.recv(100).split())
                delays.append((time.monotonic_ns() - sent_ns) / 1e6)
                numbers.append(number)
        except TimeoutError:
            assert sending.wait(5) == 0
    return Journey(numbers, delays)


def _ear(net: Net, receiver: int) -> socket.socket:
    with net.entered(receiver):
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("", 9))
    return ear


@pytest.mark.parametrize("name", PROFILES)
def test_delay_and_loss_each_way(name: str) -> None:
    profile = PROFILES[name]
    low, high = profile.delay_ms - profile.jitter_ms, profile.delay_ms + profile.jitter_ms
    with star(2, profile) as net:
        for sender, receiver in ((0, 2), (1, 0)):
            journey = send(net, sender, receiver)
            assert journey.overtaken == 0
            assert 0.1 <= journey.lost_pct <= 3.5
            assert min(journey.delays_ms) >= low - 0.1
            assert journey.within(low, high + 5) > 90, "a busy machine may be late now and then"


def test_doubles_and_reorders_when_it_is_told_to() -> None:
    with star(1, Profile(20, 15)) as net:
        plain = send(net, 0, 1)
        assert (plain.lost_pct, plain.overtaken, len(plain.numbers)) == (0, 0, DATAGRAMS)
        net.become(Profile(20, 15, doubled_pct=10, reordered_pct=10))
        wild = send(net, 0, 1)
        assert wild.lost_pct == 0
        assert 20 < len(wild.numbers) - DATAGRAMS < 120
        assert wild.overtaken > 10


def test_a_cut_lets_nothing_through_until_it_heals() -> None:
    with star(1, Profile(5, 0)) as net:
        net.cut(True)
        assert _pinged(net) is False
        net.cut(False)
        assert _pinged(net) is True


def _pinged(net: Net) -> bool:
    with net.entered(1), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as knock:
        knock.settimeout(0.7)
        try:
            knock.connect((net.address(0), 9))
        except ConnectionRefusedError:
            return True  # somebody is there to refuse
        except TimeoutError:
            return False
    return True


def test_nothing_is_left_behind_even_by_who_was_killed() -> None:
    code = (
        "import time\nfrom tests.link.net import Profile, star\n"
        "with star(1, Profile(1, 0)):\n    print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen((sys.executable, "-c", code), stdout=subprocess.PIPE, env=os.environ) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == b"up\n"
        killed.kill()
    with star(1, Profile(1, 0)):
        listed = subprocess.run(("ip", "netns", "list"), capture_output=True, text=True, check=True).stdout
        assert f"{NAME}{killed.pid}x" not in listed
    listed = subprocess.run(("ip", "netns", "list"), capture_output=True, text=True, check=True).stdout
    assert f"{NAME}{os.getpid()}x" not in listed
