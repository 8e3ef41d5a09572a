"""A real box's link as a program: `python -m tests.brokers.box PORT NAME SECRET [tls]`. Prints each state it enters."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys

from speaker_client.link import Link, routine_line
from speaker_client.protocol.ids import BoxId
from tests.brokers.house import STATION


async def main(port: int, name: str, secret: str, *tls: str) -> None:
    trusting = ssl.create_default_context() if tls else None
    line = routine_line("localhost" if tls else "127.0.0.1", port, STATION, BoxId(name), secret, trusting)
    await Link(line, lambda _: None, lambda state: print(state, flush=True)).run()


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
