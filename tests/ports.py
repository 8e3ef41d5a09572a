"""Ports for servers of tests: below those from which the kernel takes the near end of a connection."""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 20_000, 32_000
KINDS = (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)
"""HTTP, MQTT, time."""


def free_ports() -> int:
    """The first of three free ports in a row, for HTTP, MQTT and time."""
    chance = random.SystemRandom()
    for _ in range(100):
        port = chance.randrange(LOWEST, HIGHEST, len(KINDS))
        if all(_is_free(port + more, kind) for more, kind in enumerate(KINDS)):
            return port
    raise AssertionError("no free ports")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(type=kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
