"""`python -m broadcast_server.library.composing SPEECH FILE TIMES`: an announcement, composed away from the server."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from audio_library.aside import aside
from audio_library.refusal import Refusal
from audio_library.worker import IntakeBroke

TOO_LONG = 3
TIME_LIMIT_S = 120.0


async def compose_away(speech: Path, file: Path, times: int) -> None:
    """Chime, the speech so often, closing, into `file`; Refusal if it gets too long, IntakeBroke otherwise."""
    argv = [sys.executable, "-W", "ignore", "-m", __name__, str(speech), str(file), str(times)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: ASYNC220 - asyncio's own wait for ever where a start is cancelled (3.11)
            argv, stdin=subprocess.DEVNULL, stderr=complaints
        )
        try:
            await aside(process.wait, TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Refusal("timeout", "composing") from None
        finally:
            process.kill()
            await aside(process.wait)
        complaints.seek(0)
        said = complaints.read().decode(errors="replace")[-400:]
    if process.returncode == TOO_LONG:
        raise Refusal("too_long", "announcement")
    if process.returncode:
        raise IntakeBroke(said)


def main(argv: list[str]) -> int:
    """Compose here."""
    from audio_library.announcement import Announcement, compose

    speech, file, times = argv
    try:
        compose(Announcement(Path(speech), times=int(times)), Path(file))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return TOO_LONG
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
