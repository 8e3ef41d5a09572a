"""What runs in the cell sees one file, reaches nothing, writes nothing and cannot go on for ever."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from audio_library import ffmpeg, sandbox
from audio_library.refusal import Refusal
from audio_library.sandbox import ENVIRONMENT, INSIDE, Limits, command

LIMITS = Limits(wall_s=10, cpu_s=5)


def inside(
    words: list[str], file: Path | None = None, as_nobody: bool = False, folders: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """What a program says that runs in the cell."""
    argv = command(words, file, LIMITS, folders)
    if as_nobody and os.getuid() == 0:
        argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", *argv]
    return subprocess.run(argv, capture_output=True, text=True, env=ENVIRONMENT, timeout=20)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    file = tmp_path / "-o name;with 'quotes'.mp3"
    file.write_bytes(b"the one file")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return file


@pytest.mark.parametrize("as_nobody", [False, True])
def test_only_the_one_file_is_in_sight(sound: Path, as_nobody: bool) -> None:
    if as_nobody and "-r" not in command([], None, LIMITS):
        # Inside a chroot the kernel gives an ordinary user no cell: then nothing may run at all.
        assert inside(["true"], None, as_nobody).returncode != 0
        return
    assert inside(["cat", INSIDE], sound, as_nobody).stdout == "the one file"
    assert inside(["ls", "/in", "/"], sound, as_nobody).stdout.split()[:3] == ["/:", "bin", "etc"]
    assert inside(["ls", "/etc"], sound, as_nobody).stdout.split() == ["alternatives", "ld.so.cache"]
    assert inside(["cat", str(sound)], sound, as_nobody).returncode != 0
    assert inside(["cat", "/etc/passwd"], sound, as_nobody).returncode != 0


@pytest.mark.parametrize("as_nobody", [False, True])
def test_nothing_can_be_written(sound: Path, as_nobody: bool) -> None:
    for place in (INSIDE, "/usr/bin/x", "/in/x", "/x"):
        inside(["sh", "-c", f"echo harm > {place}"], sound, as_nobody)
    assert sound.read_bytes() == b"the one file"
    assert not Path("/usr/bin/x").exists()
    assert not Path("/x").exists()


def test_the_network_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.setblocking(False)
        port = ear.getsockname()[1]
        tool = ["ffmpeg", "-nostdin", "-v", "error", "-i", f"http://127.0.0.1:{port}/x", "-f", "null", "-"]
        assert "unreachable" in inside(tool).stderr.lower()
        with pytest.raises(BlockingIOError):
            ear.accept()


def test_a_tool_that_ignores_every_signal_is_killed_in_time() -> None:
    started = time.monotonic()
    stubborn = ffmpeg.running(["sh", "-c", "trap '' TERM INT; sleep 1000"], Limits(wall_s=1, cpu_s=5))
    with pytest.raises(Refusal) as refused, stubborn as run:
        run.finish()
    assert refused.value.code == "timeout"
    assert time.monotonic() - started < 8


def test_a_tool_that_eats_the_processor_is_a_bomb() -> None:
    greedy = ffmpeg.running(["sh", "-c", "while :; do :; done"], Limits(wall_s=60, cpu_s=1))
    with pytest.raises(Refusal) as refused, greedy as run:
        run.finish()
    assert refused.value.code == "bomb"


@pytest.fixture
def no_cell(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A machine where no cell can be had, until this is undone."""
    sandbox._cell.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "_FURNISH", "exit 1")
        yield patch
    sandbox._cell.cache_clear()


def test_without_a_cell_nothing_is_opened(no_cell: pytest.MonkeyPatch, sound: Path) -> None:
    with pytest.raises(Refusal) as refused:
        command(["cat", INSIDE], sound, LIMITS)
    assert refused.value.code == "sandbox_unavailable"


def test_a_cell_that_could_not_be_had_for_a_moment_is_tried_again(no_cell: pytest.MonkeyPatch, sound: Path) -> None:
    """Else a moment without memory refuses every upload and every text until the server is started anew."""
    with pytest.raises(Refusal):
        command(["cat", INSIDE], sound, LIMITS)
    no_cell.undo()
    assert inside(["cat", INSIDE], sound).stdout == "the one file"


def test_the_cell_can_be_given_up_only_by_name(
    monkeypatch: pytest.MonkeyPatch, no_cell: pytest.MonkeyPatch, sound: Path
) -> None:
    monkeypatch.setenv(sandbox.SWITCH, "off")
    assert command(["cat", INSIDE], sound, LIMITS)[-2:] == ["cat", f"file:{sound}"]


@pytest.mark.parametrize("as_nobody", [False, True])
def test_a_folder_of_ours_is_seen_where_it_is_and_stays_as_it_is(sound: Path, as_nobody: bool) -> None:
    if as_nobody and "-r" not in command([], None, LIMITS):
        return  # an ordinary user has no cell here, as above
    folder = sound.parent / "a library's folder"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "code.py").write_text("pass")
    script = 'cat "$1/code.py"; ls "$1/.."; rm -f "$1/code.py"; echo harm > "$1/new"'
    said = inside(["sh", "-c", script, "sh", str(folder)], None, as_nobody, [folder]).stdout
    assert said == "passa library's folder\n"
    assert [file.name for file in folder.iterdir()] == ["code.py"]
