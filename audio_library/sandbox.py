"""The cell in which foreign bytes are decoded: no network, one file in sight, bounded in every resource.

Linux namespaces make the cell: user, mount, network, process ids, IPC. Its root is a small tmpfs with the
system's programs read-only and, at most, the one file to be read and what of ours reads it. Works as root and as an
ordinary user.
"""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_library.refusal import Refusal

INSIDE = "/in/sound"
"""Where the one file is seen in the cell."""

SWITCH = "TIENGLANG_SANDBOX"
"""Environment: `off` runs the tools with limits but without a cell; anything else demands the cell."""

ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "MALLOC_ARENA_MAX": "1"}
_TETHER = ("setpriv", "--pdeathsig", "KILL", "--")

_FURNISH = """
set -e
mount -t tmpfs -o size=256k,mode=755,nosuid,nodev none /mnt
cd /mnt
mkdir usr etc in
mount -o bind,ro /usr usr
for d in bin lib lib32 lib64 libx32; do
  if [ -L /$d ]; then cp -P /$d $d; elif [ -d /$d ]; then mkdir $d; mount -o bind,ro /$d $d; fi
done
if [ -d /etc/alternatives ]; then mkdir etc/alternatives; mount -o bind,ro /etc/alternatives etc/alternatives; fi
cp /etc/ld.so.cache etc/ld.so.cache
if [ -n "$1" ]; then : > in/sound; mount -o bind,ro "$1" in/sound; fi
shift
while [ "$1" != -- ]; do mkdir -p ".$1"; mount -o bind,ro "$1" ".$1"; shift; done
shift
exec chroot . "$@"
"""


@dataclass(frozen=True)
class Limits:
    """What one run may use up before it is killed."""

    wall_s: float
    cpu_s: int
    memory_bytes: int = 1_000_000_000
    """Address space, not resident memory: ffmpeg's libraries alone take 300 MB of it."""
    processes: int = 32


def command(argv: Sequence[str], file: Path | None, limits: Limits, folders: Sequence[Path] = ()) -> list[str]:
    """`argv` as it is to be started. `INSIDE` in it means `file`; `folders` of our own programs are seen where they
    are. Refusal if no cell can be had."""
    if os.environ.get(SWITCH) == "off":
        place = f"file:{file.absolute()}" if file else ""
        return [*_TETHER, *_bounds(limits), *(place if word == INSIDE else word for word in argv)]
    seen = str(file.absolute()) if file else ""
    lent = [str(folder) for folder in folders if not folder.is_relative_to("/usr")]
    return [*_TETHER, *_cell(), "sh", "-c", _FURNISH, "cell", seen, *lent, "--", *_disarm(), *_bounds(limits), *argv]


def beside_devices(argv: Sequence[str], limits: Limits) -> list[str]:
    """`argv` where it sees the machine's sound inputs: bounded and tethered, in no cell. Never for foreign bytes."""
    bounds = [f"--as={limits.memory_bytes}", f"--cpu={limits.cpu_s}", "--nofile=64", "--fsize=0", "--core=0"]
    return [*_TETHER, "prlimit", *bounds, "--", *argv]


@functools.cache
def _cell() -> tuple[str, ...]:
    """The strongest cell this machine allows, found by trying it. Refusal if there is none now: that is not kept.

    The last is for root inside a chroot, where the kernel knows no new users and `/` is no mount: its mounts stay
    inside only where the machine does not share them, so that is looked at.
    """
    spaces = ("-m", "-n", "-p", "-i", "-u", "-f", "--kill-child", "--")
    kept = ("unshare", "--propagation", "unchanged", *spaces)
    for cell in (("unshare", "-r", *spaces), ("unshare", *spaces), kept):
        trial = [*cell, "sh", "-c", _FURNISH, "cell", "", "--", *_disarm(), "true"]
        done = subprocess.run(trial, capture_output=True, env=ENVIRONMENT, timeout=10).returncode == 0
        if done and not _leaked():
            return cell
    raise Refusal("sandbox_unavailable", f"namespaces are not allowed here; {SWITCH}=off runs without")


def _leaked() -> bool:
    """Whether the trial's mount came out of its cell; if so it is taken away again."""
    if not Path("/mnt/in").exists():
        return False
    subprocess.run(["umount", "-R", "/mnt"], capture_output=True, timeout=10)
    return True


def _disarm() -> list[str]:
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


def _bounds(limits: Limits) -> list[str]:
    """All output leaves through pipes, so the tools may write not one byte into any file."""
    return [
        "prlimit",
        f"--as={limits.memory_bytes}",
        f"--cpu={limits.cpu_s}",
        f"--nproc={limits.processes}" if os.environ.get(SWITCH) != "off" else "--nofile=64",
        "--fsize=0",
        "--core=0",
        "--",
    ]
