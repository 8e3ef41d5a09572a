"""Network namespaces around one station, each behind a link of its own whose delay and loss are chosen.

Needs root, `ip` and gcc. The namespaces bear our process id: what a killed run left behind is taken away by the next.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

SOURCE = Path(__file__).with_name("hub.c")
NAME = "tllink"
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Profile:
    """One direction of a link; the other is its like. A packet is delayed by delay ± jitter, evenly spread."""

    delay_ms: float
    jitter_ms: float
    loss_pct: float = 0.0
    doubled_pct: float = 0.0
    reordered_pct: float = 0.0

    def words(self) -> str:
        """As the hub reads it."""
        times = (self.delay_ms * 1000, self.jitter_ms * 1000)
        shares = (self.loss_pct * 100, self.doubled_pct * 100, self.reordered_pct * 100)
        return " ".join(str(round(number)) for number in (*times, *shares))


PROFILES = {"4g": Profile(30, 10, 1), "4g-weak": Profile(60, 20, 1)}


class Net:
    """A star: the station is number 0, its ends are 1 … n. Made by `star`."""

    def __init__(self, ends: int, profile: Profile) -> None:
        self.ends, self.profile = ends, profile
        self._prefix = f"{NAME}{os.getpid()}x"
        self._hub: subprocess.Popen[str] | None = None

    def name(self, number: int) -> str:
        """The namespace's name."""
        return f"{self._prefix}{number}"

    def address(self, number: int) -> str:
        """Where it is reached by the others."""
        return f"198.18.0.{1 + number}"

    def inside(self, number: int) -> tuple[str, ...]:
        """The words to put before a command that is to run there. `ip netns exec` does not work inside a chroot."""
        return ("nsenter", f"--net=/run/netns/{self.name(number)}")

    @contextmanager
    def entered(self, number: int) -> Iterator[None]:
        """This thread, and what it starts, lives there meanwhile."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name(number)}", os.O_RDONLY)
        try:
            _set_namespace(there)
            yield
        finally:
            _set_namespace(here)
            os.close(here)
            os.close(there)

    def become(self, profile: Profile) -> None:
        """Another link from now on; what is on its way arrives as it would have."""
        self.profile = profile
        self._set(profile)

    def cut(self, cut: bool) -> None:
        """Nothing gets through, or everything again as before."""
        self._set(replace(self.profile, loss_pct=100.0) if cut else self.profile)

    def open(self) -> None:
        """Make the namespaces and join them. CalledProcessError where that is not allowed."""
        sweep()
        for number in range(self.ends + 1):
            _run("ip", "netns", "add", self.name(number))
            _run(*self.inside(number), "ip", "link", "set", "lo", "up")
        command = (built(), self._prefix, str(self.ends))
        self._hub = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._await("READY")
        for number in range(self.ends + 1):
            _run(*self.inside(number), "ip", "addr", "add", f"{self.address(number)}/24", "dev", "wan0")
            _run(*self.inside(number), "ip", "link", "set", "wan0", "up", "txqueuelen", "1000")
        self._set(self.profile)

    def close(self) -> None:
        """Take it all away."""
        if self._hub is not None and self._hub.stdin and self._hub.stdout:
            self._hub.kill()
            self._hub.wait()
            with suppress(BrokenPipeError):
                self._hub.stdin.close()
            self._hub.stdout.close()
        for number in range(self.ends + 1):
            subprocess.run(("ip", "netns", "del", self.name(number)), capture_output=True)

    def _set(self, profile: Profile) -> None:
        assert self._hub is not None
        assert self._hub.stdin is not None
        self._hub.stdin.write(f"{profile.words()}\n")
        self._await("SET")

    def _await(self, word: str) -> None:
        assert self._hub is not None
        assert self._hub.stdout is not None
        said = self._hub.stdout.readline().strip()
        assert said == word, f"the hub says {said!r} instead of {word}"


@contextmanager
def star(ends: int, profile: Profile) -> Iterator[Net]:
    """A net that is gone afterwards, whatever happens."""
    net = Net(ends, profile)
    try:
        net.open()
        yield net
    finally:
        net.close()


def built() -> Path:
    """The hub, compiled if it is older than its source."""
    program = Path(tempfile.gettempdir()) / f"{NAME}-hub-{os.getuid()}-{sysconfig.get_platform()}"
    if not program.exists() or program.stat().st_mtime < SOURCE.stat().st_mtime:
        fresh = program.with_suffix(f".{os.getpid()}")
        subprocess.run(("gcc", "-O2", "-Wall", "-Wextra", "-o", fresh, SOURCE), check=True, capture_output=True)
        fresh.replace(program)
    return program


def sweep() -> None:
    """Take away the namespaces of ours whose process is no more."""
    for line in _run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        pid = name.removeprefix(NAME).partition("x")[0] if name.startswith(NAME) else ""
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            subprocess.run(("ip", "netns", "del", name), capture_output=True)


def _set_namespace(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
