"""The embedded broker as a program: `python -m tests.brokers.embedded PORT PASSWORD BOX=SECRET…`.

Prints its port and how long it took to start, ends cleanly on SIGTERM. Everything logged goes to standard error.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time

from broadcast_server.broker import EmbeddedBroker
from speaker_client.protocol.ids import BoxId
from tests.brokers.house import STATION


class KnownBoxes:
    """A doorkeeper with a list."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets

    async def admits(self, box: BoxId, secret: str) -> bool:
        return self.secrets.get(box) == secret


async def serve(port: int, password: str, secrets: dict[str, str]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    began = time.perf_counter()
    async with EmbeddedBroker(STATION, KnownBoxes(secrets), "127.0.0.1", port, password) as broker:
        print(broker.port, time.perf_counter() - began, flush=True)
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.captureWarnings(True)
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], dict(pair.split("=") for pair in sys.argv[3:])))
