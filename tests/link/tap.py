"""What leaves a network namespace: every packet is seen, whatever sent it and whether or not it arrives."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.link.net import Profile, star

ALL = 3
"""ETH_P_ALL."""
TALK = (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
"""Of IPv6; the kernel greets its neighbours by itself."""
LONGEST = 65_535


class Tap:
    """Hears the one way out of this thread's namespace."""

    def __init__(self, device: str) -> None:
        self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
        self._wire.bind((device, ALL))
        self._wire.setblocking(False)

    def sent(self) -> list[str]:
        """Where packets were sent to, since it was last asked."""
        found = []
        while True:
            try:
                packet, (_, _, kind, *_) = self._wire.recvfrom(LONGEST)
            except BlockingIOError:
                return found
            if kind == socket.PACKET_OUTGOING and (to := _receiver(packet)):
                found.append(to)

    def close(self) -> None:
        """Hear no more."""
        self._wire.close()


def _receiver(packet: bytes) -> str | None:
    if packet[0] >> 4 == 4:
        return str(ipaddress.ip_address(packet[16:20]))
    return str(ipaddress.ip_address(packet[24:40])) if packet[6] in TALK else None


@contextmanager
def apart() -> Iterator[Tap]:
    """This thread, and what it starts, lives where every address but 127.0.0.0/8 lies behind one tapped wire that
    leads nowhere."""
    with star(1, Profile(0, 0)) as net, net.entered(0):
        subprocess.run(("ip", "route", "add", "default", "dev", "wan0"), check=True, capture_output=True)
        tap = Tap("wan0")
        try:
            yield tap
        finally:
            tap.close()
