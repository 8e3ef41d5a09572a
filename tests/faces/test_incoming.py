"""The folder of uploads: what an earlier server left goes, what is coming in stays."""

from __future__ import annotations

from pathlib import Path

from broadcast_server.library.incoming import Incoming


def test_an_upload_that_comes_in_while_remains_are_swept_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "accepted").write_bytes(b"sound")
    (tmp_path / "torn.part").write_bytes(b"so")
    incoming = Incoming(tmp_path, largest=1_000)
    (tmp_path / "coming.part").write_bytes(b"s")

    assert incoming.sweep(["accepted"]) == ["torn.part"]

    assert sorted(file.name for file in tmp_path.iterdir()) == ["accepted", "coming.part"]
