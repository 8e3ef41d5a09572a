"""`python -m broadcast_server.library.composing SPEECH FILE TIMES`: an announcement, composed away from the server."""

from __future__ import annotations

import sys
from pathlib import Path

from audio_library.away import run_away
from audio_library.refusal import Refusal
from audio_library.worker import IntakeBroke

TOO_LONG = 3
TIME_LIMIT_S = 120.0


async def compose_away(speech: Path, file: Path, times: int) -> None:
    """Chime, the speech so often, closing, into `file`; Refusal if it gets too long, IntakeBroke otherwise."""
    ended = await run_away(__name__, str(speech), str(file), str(times), time_limit_s=TIME_LIMIT_S)
    if ended.returncode == TOO_LONG:
        raise Refusal("too_long", "announcement")
    if ended.returncode:
        raise IntakeBroke(ended.said)


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
