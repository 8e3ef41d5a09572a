"""What somebody recorded of a phrase, or of a part of a notice, is looked at away from the server and kept."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from audio_library.refusal import Refusal
from audio_library.room import check_room, is_full
from audio_library.speech.parts import Part
from audio_library.speech.phrases import Phrase
from audio_library.speech.taking import LARGEST, Taken, take_in_away
from audio_library.worker import IntakeBroke
from broadcast_server.ballast import DiskFull
from broadcast_server.library.incoming import refused
from broadcast_server.problem import Problem


async def take_recorded(takes: Path, phrase: Phrase | Part, sound: bytes, anyway: bool) -> Taken:
    """Keep it in the folder of takes if it is good, or `anyway`. Problem 422 with the code of the Refusal, 500
    `intake_failed`, 507."""
    try:
        check_room(takes.parent, 10 * LARGEST)
        with tempfile.TemporaryDirectory(prefix="take-") as folder:
            original = Path(folder, "original")
            await asyncio.to_thread(original.write_bytes, sound)
            return await take_in_away(original, takes, phrase, anyway)
    except Refusal as refusal:
        raise (DiskFull() if refusal.code == "disk_full" else refused(refusal)) from refusal
    except OSError as error:
        if is_full(error):
            raise DiskFull from error
        raise
    except IntakeBroke as error:
        vi = "Máy chủ không xử lý được bản ghi này. Hãy thử lại hoặc báo kỹ thuật viên."
        en = "The server could not work on this recording. Try again or tell the technician."
        raise Problem(500, "intake_failed", vi, en) from error
