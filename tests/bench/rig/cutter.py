"""A mobile line to the station that breaks: TCP at a pace, and cut off after given numbers of bytes.

In turn as lines do: `closed` on both sides, `reset` on both sides, and `silent`, where the phone's side is gone and the
station is told nothing.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

PIECE = 16_384
ROOM = 65_536
"""Of the socket towards the phone: what waits there was sent by the phone, and not over the line yet."""
WAYS = ("closed", "reset", "silent")
_RESET = struct.pack("ii", 1, 0)


class Cutter:
    """Listens on `port` until closed. `sent` counts what the phone sent over the line, headers and all."""

    def __init__(self, target: tuple[str, int], cuts: Sequence[int], bytes_per_s: float) -> None:
        self._target, self._cuts, self._rate = target, list(cuts), bytes_per_s
        self.sent, self.made = 0, 0
        self._hanging: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """No more connections; the silent ones end too."""
        for line in (self._door, *self._hanging):
            line.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                phone, _ = self._door.accept()
                station = socket.create_connection(self._target)
                for line in (phone, station):
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry_up, args=(phone, station), daemon=True).start()
                threading.Thread(target=_carry_down, args=(station, phone), daemon=True).start()

    def _carry_up(self, phone: socket.socket, station: socket.socket) -> None:
        with suppress(OSError):
            while piece := phone.recv(PIECE):
                self.sent += len(piece)
                if self._cuts and self.sent >= self._cuts[0]:
                    self._cuts.pop(0)
                    self._cut(phone, station)
                    return
                time.sleep(len(piece) / self._rate)
                station.sendall(piece)
        _end(phone)
        _end(station)

    def _cut(self, phone: socket.socket, station: socket.socket) -> None:
        way = WAYS[self.made % len(WAYS)]
        self.made += 1
        if way == "silent":
            self._hanging.append(station)
        else:
            _end(station, reset=way == "reset")
        _end(phone, reset=way != "closed")


def _carry_down(station: socket.socket, phone: socket.socket) -> None:
    with suppress(OSError):
        while piece := station.recv(PIECE):
            phone.sendall(piece)
    _end(phone)


def _end(line: socket.socket, reset: bool = False) -> None:
    """Also for whoever waits at it in another thread."""
    with suppress(OSError):
        if reset:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            line.shutdown(socket.SHUT_RDWR)
    line.close()
