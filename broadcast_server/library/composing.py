"""`python -m broadcast_server.library.composing SPEECH FILE TIMES`: an announcement, composed away from the server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.worker import IntakeBroke

TOO_LONG = 3
TIME_LIMIT_S = 120.0


async def compose_away(speech: Path, file: Path, times: int) -> None:
    """Chime, the speech so often, closing, into `file`; Refusal if it gets too long, IntakeBroke otherwise."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", __name__, str(speech), str(file), str(times),
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            _, said = await process.communicate()
    except TimeoutError:
        raise Refusal("timeout", "composing") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == TOO_LONG:
        raise Refusal("too_long", "announcement")
    if process.returncode:
        raise IntakeBroke(said.decode(errors="replace")[-400:])


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
