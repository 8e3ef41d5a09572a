"""Roads between station and box that are closed, or in the wrong hands."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
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
    """The only way by HTTP from a cluster's box to its station, from its next start on: so many bytes a second come,
    0 for as many as there are."""

    def __init__(self, village: Village, cluster: str, bytes_s: int = 0) -> None:
        self._station = ("127.0.0.1", village.port)
        self._ends: list[socket.socket] = []
        self.asked: list[str] = []
        """The requests for the content that comes slowly."""
        self.slow_down(bytes_s)
        self._listening = socket.create_server(("127.0.0.1", 0))
        _change(village, cluster, server=f"http://127.0.0.1:{self._listening.getsockname()[1]}")
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> SlowRoad:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def slow_down(self, bytes_s: int, content: str = "") -> None:
        """So many bytes a second from now on; of that content only, if one is named."""
        self._bytes_s, self._content = bytes_s, f"/content/{content}".encode() if content else b""

    def cut(self) -> None:
        """Nothing of what is under way arrives, as when the station's machine is gone and not its process alone."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                box, _ = self._listening.accept()
                try:
                    station = socket.create_connection(self._station)
                except ConnectionRefusedError:
                    box.close()
                    continue
                self._ends += [box, station]
                slowly = threading.Event()
                for carry in (self._there, self._back):
                    threading.Thread(target=carry, args=(box, station, slowly), daemon=True).start()

    def _there(self, box: socket.socket, station: socket.socket, slowly: threading.Event) -> None:
        """Until either end hangs up."""
        with suppress(OSError), box, station:
            while data := box.recv(8192):
                if self._content not in data:
                    slowly.clear()
                else:
                    slowly.set()
                    self.asked += [data.decode("latin-1")] if self._content else []
                station.sendall(data)

    def _back(self, box: socket.socket, station: socket.socket, slowly: threading.Event) -> None:
        with suppress(OSError), box, station:
            while data := station.recv(1024):
                box.sendall(data)
                if self._bytes_s and slowly.is_set():
                    time.sleep(len(data) / self._bytes_s)


@dataclass(frozen=True)
class Fetch:
    """A box's download of a recording, as its own disk shows it."""

    content: str
    size: int
    part: Path

    @property
    def came(self) -> int:
        """How many bytes of it are here, and it is not whole."""
        try:
            return self.part.stat().st_size
        except FileNotFoundError:
            return 0

    def is_under_way(self) -> bool:
        """Whether some of it is here and some is not."""
        return 0 < self.came < self.size


def fetch_of(village: Village, cluster: str, recording: str) -> Fetch:
    """How the cluster's box gets a recording."""
    content = village.api("GET", f"/library/{recording}")["content"]
    size = (village.station / "content" / content[:2] / content).stat().st_size
    return Fetch(content, size, village.box_folder(cluster) / "content" / "parts" / f"{content}.part")


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
