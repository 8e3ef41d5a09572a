"""HLS as ffmpeg writes it, watched folders, and a sound input of ALSA's without a sound card."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcast_server.relay.folder import Found, newest, ready_files
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.probe import probe
from broadcast_server.relay.reason import Failure, Reason
from broadcast_server.relay.source import Source, SourceKind
from tests.relay.ear import Ear
from tests.relay.studio import HERE, TONES_HZ, Quiet, Studio, Tapes, aged, ffmpeg, put, served


def hls(folder: Path, *words: str) -> None:
    """Six seconds of the first tone, whole, in `x.m3u8`."""
    sound = ("-f", "lavfi", "-i", f"sine={TONES_HZ['first']}:d=6", "-c:a", "aac", "-f", "hls", "-hls_time", "2")
    ffmpeg(*sound, "-hls_playlist_type", "vod", *words, str(folder / "x.m3u8"))


async def test_both_forms_of_hls_are_heard_to_their_end(tmp_path: Path) -> None:
    forms = ("mpegts", "fmp4")
    for form in forms:
        (tmp_path / form).mkdir()
        hls(tmp_path / form, "-hls_segment_type", form)
        (tmp_path / form / "master.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nx.m3u8\n")
    heard_s = await asyncio.gather(*(heard_to_its_end(tmp_path / form) for form in forms))
    assert min(heard_s) > 5.5
    assert max(heard_s) < 6.5


class Busy(Quiet):
    """Refuses the first who asks for what fMP4 needs before all else."""

    asked = 0

    def send_head(self) -> Any:
        if "init" in self.path:
            Busy.asked += 1
            if Busy.asked == 1:
                return self.send_error(503)
        return super().send_head()


async def test_a_head_that_is_not_there_at_once_is_asked_for_again(tmp_path: Path) -> None:
    hls(tmp_path, "-hls_segment_type", "fmp4")
    with served(tmp_path, Busy) as url:
        found = await probe(Source("s", "s", SourceKind.HLS, f"{url}/x.m3u8"), HERE)
    assert (found.reason, Busy.asked) == (None, 2)


async def heard_to_its_end(folder: Path) -> float:
    """Seconds of sound of the HLS in this folder."""
    with served(folder) as url:
        async with Ear.to([Source("s", "s", SourceKind.HLS, f"{url}/master.m3u8")]) as ear:
            await ear.hears("first")
            await ear.until(lambda: any(one.reason is Reason.DEAD for one in ear.switches), 30)
            return sum(any(frame) for frame in ear.frames) * 0.02


async def test_ranges_are_asked_for_and_a_server_that_gives_all_instead_is_refused(tmp_path: Path) -> None:
    hls(tmp_path, "-hls_flags", "single_file")
    with served(tmp_path) as url:
        found = await probe(Source("s", "s", SourceKind.HLS, f"{url}/x.m3u8"), HERE)
    assert (found.reason, found.detail) == (Reason.HTTP_ERROR, "HTTP 200")


async def test_a_segment_elsewhere_and_a_key_are_never_fetched(tmp_path: Path, tapes: Tapes) -> None:
    async with Studio(tapes) as studio:
        lists = {
            "private": "#EXTM3U\n#EXTINF:2,\nhttp://10.0.0.1/a.ts\n",
            "host": f"#EXTM3U\n#EXTINF:2,\nhttp://localhost:{studio.port}/first\n",
            "map": f'#EXTM3U\n#EXT-X-MAP:URI="http://localhost:{studio.port}/first"\n#EXTINF:2,\na.m4s\n',
            "master": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://localhost:{studio.port}/first.m3u8\n",
            "file": "#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n",
            "key": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:{studio.port}/first"\n#EXTINF:2,\na.ts\n',
        }
        for name, text in lists.items():
            (tmp_path / f"{name}.m3u8").write_text(text)
        with served(tmp_path) as url:
            sources = [Source(name, name, SourceKind.HLS, f"{url}/{name}.m3u8") for name in lists]
            found = await asyncio.gather(*(probe(source, HERE) for source in sources))
        assert [one.reason for one in found] == [*[Reason.REFUSED_ADDRESS] * 5, Reason.ENCRYPTED]
        assert studio.asked == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "news").mkdir(parents=True)
    return root


async def test_a_folder_is_played_through_and_then_left(root: Path, tapes: Tapes) -> None:
    put(root / "news", "old.mp3", "third", 2, 90_000)
    put(root / "news", "2.m4a", "second", 2, 100)
    put(root / "news", "1.mp3", "first", 2, 90)
    (root / "news" / "3.mp3").write_bytes(b"<html>")
    aged(root / "news" / "3.mp3", 80)
    (root / "news" / "copying.mp3").write_bytes(b"half")
    guard = replace(HERE, root=root)
    async with Studio(tapes) as studio:
        sources = [Source("f", "Bản tin", SourceKind.FOLDER, "news"), studio.source("third")]
        assert (await probe(sources[0], guard)).ok
        async with Ear.to(sources, guard) as ear:
            await ear.hears("third")
            told = ear.switches[-1]
    assert ear.order == ["first", "second", "third"], (ear.heard, ear.switches)
    assert told.reason is Reason.NOTHING_NEW
    assert "“Bản tin”" in told.vi
    assert "3.mp3" in told.detail


async def test_what_becomes_ready_while_a_folder_is_played_is_played_too(root: Path) -> None:
    put(root / "news", "1.mp3", "first", 2, 100)
    guard = replace(HERE, root=root)
    async with Ear.to([Source("f", "f", SourceKind.FOLDER, "news")], guard) as ear:
        await ear.hears("first")
        put(root / "news", "0.mp3", "second", 1, 11)
        await ear.hears("second", 5)


def test_nothing_outside_the_root_is_seen(root: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.mp3", "first", 1, 100)
    (root / "link").symlink_to(tmp_path)
    (root / "news" / "link.mp3").symlink_to(secret)
    os.utime(root / "news" / "link.mp3", (1, 1), follow_symlinks=False)
    for folder, reason in (
        ("link", Reason.REFUSED_ADDRESS),
        ("..", Reason.REFUSED_ADDRESS),
        ("news/../..", Reason.REFUSED_ADDRESS),
        ("news", Reason.NOTHING_NEW),
        ("missing", Reason.NOTHING_NEW),
    ):
        with pytest.raises(Failure) as told:
            ready_files(root, folder, time.time())
        assert told.value.reason is reason, folder
    with pytest.raises(Failure):
        ready_files(None, "news", time.time())


def test_the_newest_files_that_came_together_are_played_by_name() -> None:
    files = [Found(Path(name), at) for name, at in (("b", 1000), ("a", 1500), ("old", 300), ("copying", 1995))]
    assert [file.path.name for file in newest(files, 2000)] == ["a", "b"]
    ahead = [Found(Path("of the clock"), 9000)]
    assert newest(ahead, 2000) == ahead
    with pytest.raises(Failure):
        newest(files[3:], 2000)


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ALSA inputs that play tapes: `tape` sounds, `still` is silent."""
    parts = ["</usr/share/alsa/alsa.conf>"]
    for name, graph in (("tape", f"sine={TONES_HZ['first']}:d=120"), ("still", "anullsrc=d=120")):
        raw = tmp_path / f"{name}.raw"
        ffmpeg("-f", "lavfi", "-i", graph, "-t", "120", "-f", "s16le", "-ar", "48000", "-ac", "2", str(raw))
        slave = f'slave.pcm "null"; file "/dev/null"; infile "{raw}"; format "raw"'
        parts.append(f"pcm.{name} {{ type file; {slave} }}")
    (tmp_path / "asound.conf").write_text("\n".join(parts))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))


@pytest.mark.usefixtures("inputs")
async def test_a_sound_input_is_heard_and_one_that_is_silent_or_missing_is_left() -> None:
    names = ("missing", "still", "tape")
    sources = [Source(name, name, SourceKind.INPUT, name) for name in names]
    found = await asyncio.gather(*(probe(source, Guard()) for source in sources))
    assert [one.reason for one in found] == [Reason.NO_INPUT, Reason.SILENT, None]
    async with Ear.to(sources, Guard()) as ear:
        await ear.hears("first", 30)
        reasons = [one.reason for one in ear.switches]
    assert reasons == [Reason.STARTED, Reason.NO_INPUT, Reason.SILENT]
