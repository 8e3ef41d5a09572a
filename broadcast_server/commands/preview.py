"""`tienglang say --preview`: how a text will be read, and its sound, here and nowhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from broadcast_server.commands.here import Here
from broadcast_server.commands.showing import language, length
from broadcast_server.problem import Problem


def preview(here: Here, manner: dict[str, Any], out: Path | None) -> None:
    """Tell what the voice will say of a text and what of it is doubtful, then write the sound into the file, or play
    it. Problem `no_player` where there is neither a file nor anything that plays."""
    reading = here.remote.call("POST", "/reading", manner)
    for line in _lines(reading):
        here.say(line)
    player = _player() if out is None else ""
    sound, engine = here.remote.hear("/announcements/preview", manner)
    answer = {**reading, "engine": engine, "file": str(out) if out else None}
    if out is not None:
        out.write_bytes(sound)
        here.show(answer, f"Đã ghi, chưa phát lên loa / written, not on air ({engine}): {out}")
        return
    here.show(answer, f"Nghe thử, chưa phát lên loa / a preview, not on air ({engine})")
    if subprocess.run([player, "-v", "error", "-nodisp", "-autoexit", "-"], input=sound, check=False).returncode:
        raise _no_player()


def _lines(reading: dict[str, Any]) -> Iterator[str]:
    """What is said, about how long it takes, each doubtful thing once, and what may be worth saying twice."""
    yield reading["text"]
    yield f"≈ {length(reading['duration_us'])}"
    for span in {(one["written"], one["spoken"]): one for one in reading["spans"] if one["doubt"]}.values():
        doubt = span["doubt"][language(os.environ)]
        yield f"! {' '.join(span['written'].split())} → {span['spoken'] or '-'}: {doubt}"
    for sentence in reading["important"]:
        yield f"Nên nhắc lại? Đặt ! đầu dòng / worth saying twice? Put ! before it: {sentence}"


def _player() -> str:
    found = shutil.which("ffplay")
    if found is None:
        raise _no_player()
    return found


def _no_player() -> Problem:
    vi = "Máy này không phát được tiếng (cần ffplay). Hãy thêm --out TỆP.ogg rồi mở tệp đó ở máy khác."
    return Problem(
        409, "no_player", vi, "It cannot be played here (that takes ffplay). Give --out FILE.ogg and open that."
    )
