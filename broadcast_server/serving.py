"""Runs the server process: HTTP until a signal comes, or until something behind it fails."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from audio_library.content import write_durably
from broadcast_server.api.live import LARGEST_MESSAGE
from broadcast_server.app import create_app
from broadcast_server.problem import Unfit
from broadcast_server.settings import ADDRESS_FILE, Settings, load
from broadcast_server.station import Station, open_station
from broadcast_server.store.station import NoStation
from broadcast_server.web_socket import StationSocket

log = logging.getLogger(__name__)

KEPT_OPEN_S = 75
"""How long a connection without requests is kept: on a mobile link a new one costs an alarm another round trip."""
LARGEST_FRAME = 4 * LARGEST_MESSAGE
"""Bytes of anything said to us on a WebSocket: what is larger than we take, and no larger than this, is told so."""
PING_EVERY_S = 60
"""How often a WebSocket that says nothing is asked whether anyone is there: a beat of the feed keeps its line open."""
GOODBYE_S = 3
"""How long running requests get to finish when the server closes."""


class StationServer(uvicorn.Server):
    """uvicorn that says where it serves, and lets the long polls go first when it is asked to stop."""

    def __init__(self, station: Station, as_json: bool = False) -> None:
        self.failure: BaseExceptionGroup[BaseException] | None = None
        self._station, self._as_json = station, as_json
        config = uvicorn.Config(
            create_app(station, on_failure=self.fail),
            host=station.settings.host,
            port=station.settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            lifespan="on",
            timeout_keep_alive=KEPT_OPEN_S,
            ws=StationSocket,
            ws_max_size=LARGEST_FRAME,
            ws_ping_interval=PING_EVERY_S,
            ws_per_message_deflate=False,  # small messages; a window for each screen costs more than it saves
            timeout_graceful_shutdown=GOODBYE_S,
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; where we serve stands in the data folder until we stop, for whoever works beside us."""
        await super().startup(sockets)
        settings = self._station.settings
        try:
            write_durably(settings.data / ADDRESS_FILE, [f"{settings.local_url}\n".encode()])
        except OSError as error:  # a full disk keeps no station from speaking
            log.warning("the address is not written down: %s", error)
        if self._as_json:
            print(json.dumps({"url": settings.local_url}), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; uvicorn hands the signal on afterwards, so nothing can be done later."""
        (self._station.settings.data / ADDRESS_FILE).unlink(missing_ok=True)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: everyone who waits is let go, then the server closes."""
        self._station.news.close()
        super().handle_exit(sig, frame)

    def fail(self, failure: BaseExceptionGroup[BaseException]) -> None:
        """A background job failed: close, and say so when all is down."""
        self.failure = failure
        self._station.news.close()
        self.should_exit = True


class AlreadyServed(Unfit):
    """Another server process holds the data folder."""


@contextmanager
def sole_server(folder: Path) -> Iterator[None]:
    """Hold the data folder; AlreadyServed if another process does, NoStation if there is none.

    A killed process holds nothing.
    """
    if not folder.is_dir():
        vi = f"Chưa có thư mục {folder}: hãy chạy `tienglang init`."
        raise NoStation(f"{vi} / There is no folder {folder}: run `tienglang init`.")
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        vi = f"Một máy chủ khác đang dùng thư mục {folder}."
        raise AlreadyServed(f"{vi} / Another server uses the folder {folder}.") from error
    finally:
        os.close(handle)


async def serve(settings: Settings, as_json: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; raises what a background job failed with."""
    with sole_server(settings.data):
        (settings.data / ADDRESS_FILE).unlink(missing_ok=True)  # a killed server's
        server = StationServer(await open_station(settings), as_json)
        await server.serve()
    if server.failure is not None:
        raise server.failure


def main() -> None:
    """`python -m broadcast_server --data DIR`: the server process. What is missing is said in words, exit 1."""
    parser = argparse.ArgumentParser(prog="tienglang serve", description="Chạy máy chủ / run the server.")
    parser.add_argument("--data", type=Path, default=None, help="thư mục dữ liệu / data folder")
    parser.add_argument("--host", help="địa chỉ lắng nghe / address to listen on")
    parser.add_argument("--port", type=int, help="cổng HTTP / HTTP port")
    parser.add_argument("--json", action="store_true", help="in địa chỉ khi đã chạy / print the address once serving")
    arguments = parser.parse_args()
    asked = {name: value for name in ("host", "port") if (value := getattr(arguments, name)) is not None}
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("transitions").setLevel(logging.WARNING)  # amqtt's state machine tells every step
    try:
        asyncio.run(serve(load(arguments.data).model_copy(update=asked), arguments.json))
    except Unfit as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
