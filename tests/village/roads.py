"""Roads between station and box that are closed, or in the wrong hands."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from deploy.village import Village
from speaker_client.protocol.datagram import ORDER, datagram
from speaker_client.protocol.envelope import Envelope, payload_of
from speaker_client.protocol.order import Emergency

_ENDS = re.compile(r"^ *\d+: 0100007F:([0-9A-F]{4}) 0100007F:([0-9A-F]{4}) ", re.M)


CLOSED_PORT = 9
"""Nobody listens there."""


def close_datagrams(village: Village, cluster: str) -> None:
    """From its next start on the cluster's box reaches the station's UDP port no more."""
    _change(village, cluster, time_port=CLOSED_PORT)


def _change(village: Village, cluster: str, **changes: object) -> None:
    path = village.box_folder(cluster) / "identity.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


class SlowRoad:
    """The only way by HTTP from a cluster's box to its station, from its next start on: so many bytes a second come."""

    def __init__(self, village: Village, cluster: str, bytes_s: int) -> None:
        self._station, self._bytes_s = ("127.0.0.1", village.port), bytes_s
        self._listening = socket.create_server(("127.0.0.1", 0))
        _change(village, cluster, server=f"http://127.0.0.1:{self._listening.getsockname()[1]}")
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> SlowRoad:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                box, _ = self._listening.accept()
                station = socket.create_connection(self._station)
                for ends in ((box, station, 0), (station, box, self._bytes_s)):
                    threading.Thread(target=_carry, args=ends, daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, bytes_s: int) -> None:
    """Until either end hangs up."""
    with suppress(OSError), source, target:
        while data := source.recv(1024):
            target.sendall(data)
            time.sleep(len(data) / bytes_s if bytes_s else 0)


class TakenPort:
    """The UDP port of a station whose server is dead: what is said here comes to the boxes from its address."""

    def __init__(self, village: Village) -> None:
        self._port = village.port + 2
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self._port))

    def __enter__(self) -> TakenPort:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, order: Envelope) -> None:
        """As a datagram, to each socket on this machine that is connected to this port."""
        said = datagram(ORDER, order.encode())
        assert said
        ends = _ENDS.findall(Path("/proc/net/udp").read_text())
        there = {int(own, 16) for own, other in ends if int(other, 16) == self._port}
        assert there, "no box has a socket to the station"
        for port in there:
            self._socket.sendto(said, ("127.0.0.1", port))


def as_given(village: Village, order: str, cluster: str) -> Emergency:
    """An emergency as the station signed it for a cluster."""
    query = "SELECT envelope FROM commands WHERE order_id = ? AND audience = ?"
    with closing(sqlite3.connect(village.station / "station.db")) as database:
        (text,) = database.execute(query, (order, f"cluster:{cluster}")).fetchone()
    return Emergency.read(payload_of(Envelope.model_validate_json(text)))


def journal(village: Village, cluster: str) -> list[dict[str, Any]]:
    """What the cluster's box has written down, with what it knew of the time."""
    path = village.box_folder(cluster) / "journal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [json.loads(text) for (text,) in database.execute("SELECT text FROM reports ORDER BY n")]
