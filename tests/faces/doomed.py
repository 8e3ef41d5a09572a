"""The server process, that kills itself at a point between the last byte of an upload and its answer.

`python doomed.py POINT --data DIR …`: `counted`, all bytes are on disk; `moved`, the file is in the folder of what came
in and the transaction is open; `entered`, the intake is written down and nobody has been told.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from broadcast_server import serving
from broadcast_server.library.reception import Reception
from broadcast_server.library.unfinished import Unfinished

POINTS = {"counted": (Unfinished, "give"), "moved": (Reception, "adopt"), "entered": (Reception, "ring")}


def die(*_arguments: Any) -> NoReturn:
    """kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("alive")


if __name__ == "__main__":
    setattr(*POINTS[sys.argv.pop(1)], die)
    serving.main()
