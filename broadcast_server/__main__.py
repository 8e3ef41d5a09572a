"""`python -m broadcast_server --data DIR`: the server process."""

from __future__ import annotations

import gc


def start() -> None:
    """Load the server and run it."""
    gc.disable()  # what is imported stays: looking through it again and again costs a tenth of the start
    from broadcast_server.serving import main

    gc.freeze()
    gc.enable()
    main()


if __name__ == "__main__":
    start()
