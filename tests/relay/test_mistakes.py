"""Mistakes of the station's own cost one source, with a word for it; and what has ended whole plays out at leisure."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio_library import probe as looking
from broadcast_server.relay import feed as feeding
from broadcast_server.relay import intake as taking
from broadcast_server.relay.feed import RELAY_FRAME_BYTES
from broadcast_server.relay.guard import Guard
from broadcast_server.relay.intake import Intake
from broadcast_server.relay.probe import probe
from broadcast_server.relay.reason import Failure, Reason
from broadcast_server.relay.source import Source, SourceKind
from tests.relay.ear import Ear
from tests.relay.studio import HERE, Studio, Tapes, put


async def test_what_nobody_foresaw_in_a_source_is_left_for_the_next_with_a_word(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    well = Intake._from_http

    async def broken(self: Intake) -> None:
        if self.source.id == "first":
            raise LookupError("a mistake of ours")
        await well(self)

    monkeypatch.setattr(Intake, "_from_http", broken)
    async with Studio(tapes) as studio:
        found = await probe(studio.source("first"), HERE)
        assert (found.ok, found.reason, found.detail) == (False, Reason.UNFIT, "LookupError")
        async with Ear.to([studio.source("first"), studio.source("second")]) as ear:
            await ear.hears("second")
    assert [one.reason for one in ear.switches] == [Reason.STARTED, Reason.UNFIT]
    assert "a mistake of ours" in caplog.text


async def test_a_file_that_is_described_oddly_does_not_end_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "news").mkdir()
    for name in ("1.mp3", "2.mp3"):
        put(tmp_path / "news", name, "first", 1, 100)

    def described(path: Path) -> looking.Source:
        if path.name == "1.mp3":
            raise ValueError("could not convert string to float: 'N/A'")
        return looking.probe(path)

    monkeypatch.setattr(taking, "probe", described)
    found = await probe(Source("f", "f", SourceKind.FOLDER, "news"), Guard(root=tmp_path))
    assert found.ok, found


class Whole(Intake):
    """A second of sound that came at once, and nothing more to come."""

    looks = 0

    async def pull(self) -> None:
        self._frames.extend([bytes(RELAY_FRAME_BYTES)] * 50)
        self.ended = True
        raise Failure(Reason.DEAD, whole=True)

    @property
    def ready(self) -> bool:
        type(self).looks += 1
        return super().ready


async def test_a_source_that_ended_whole_plays_out_without_a_busy_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "Intake", Whole)
    async with Ear.to([Source("x", "x", SourceKind.HTTP, "http://127.0.0.1:9/")]) as ear:
        await ear.until(lambda: any(one.reason is Reason.DEAD for one in ear.switches))
    assert Whole.looks < 200, "each frame looks once, and the watch ten times a second"
