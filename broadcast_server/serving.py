"""Runs the server process: HTTP until a signal comes, or until something behind it fails."""

from __future__ import annotations

from types import FrameType

import uvicorn

from broadcast_server.app import create_app
from broadcast_server.settings import Settings
from broadcast_server.station import Station, open_station

GOODBYE_S = 3
"""How long running requests get to finish when the server closes."""


class StationServer(uvicorn.Server):
    """uvicorn that lets the long polls go first when it is asked to stop."""

    def __init__(self, station: Station) -> None:
        self.failure: BaseExceptionGroup[BaseException] | None = None
        self._station = station
        config = uvicorn.Config(
            create_app(station, on_failure=self.fail),
            host=station.settings.host,
            port=station.settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=GOODBYE_S,
        )
        super().__init__(config)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: everyone who waits is let go, then the server closes."""
        self._station.news.close()
        super().handle_exit(sig, frame)

    def fail(self, failure: BaseExceptionGroup[BaseException]) -> None:
        """A background job failed: close, and say so when all is down."""
        self.failure = failure
        self._station.news.close()
        self.should_exit = True


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; raises what a background job failed with."""
    server = StationServer(await open_station(settings))
    await server.serve()
    if server.failure is not None:
        raise server.failure
