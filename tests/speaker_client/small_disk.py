"""A real disk of a few megabytes, to be filled and to fail. Needs root; without it the test fails, and says so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """A tmpfs of its own at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Not a byte more fits."""
        with (self.folder / "junk").open("wb", 0) as junk:
            try:
                while True:
                    junk.write(bytes(4096))
            except OSError:
                pass

    def empty(self) -> None:
        """There is room again."""
        (self.folder / "junk").unlink()

    def turn(self, mode: str) -> None:
        """Mount it again as `ro` or `rw`."""
        _run("mount", "-o", f"remount,{mode}", str(self.folder))


@contextmanager
def small_disk(folder: Path, size: str = "2m") -> Iterator[SmallDisk]:
    """Mounted at the folder until the block ends."""
    assert os.geteuid() == 0, "only root may mount: this test must not pass unseen"
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "-l", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
