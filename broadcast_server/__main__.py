"""`python -m broadcast_server --data DIR`: the server process."""

from __future__ import annotations

import gc

gc.disable()  # what is imported stays: looking through it again and again costs a tenth of the start

from broadcast_server.serving import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
