"""What is wrong with this box, said once when it breaks and once when it is whole again."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable

from speaker_client.output.fault import Trouble
from speaker_client.protocol.report import Fault


class Health:
    """Collects troubles from any thread; `on_change` is called in that thread."""

    def __init__(self, on_change: Callable[[], object]) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._standing: dict[str, str] = {}
        self._unreported: list[Fault] = []

    def trouble(self, trouble: Trouble) -> None:
        """Something broke or is whole again; saying it twice changes nothing."""
        with self._lock:
            if (trouble.code in self._standing) is trouble.raised:
                return
            if trouble.raised:
                self._standing[trouble.code] = trouble.detail
            else:
                del self._standing[trouble.code]
            self._unreported.append(Fault(code=trouble.code, detail=trouble.detail, raised=trouble.raised))
        self._on_change()

    def standing(self) -> tuple[str, ...]:
        """Codes of what is broken now."""
        with self._lock:
            return tuple(sorted(self._standing))

    def unreported(self) -> list[Fault]:
        """What has changed and is not yet in the journal, in order."""
        with self._lock:
            return list(self._unreported)

    def reported(self, count: int) -> None:
        """The first so many of those are in the journal now."""
        with self._lock:
            del self._unreported[:count]


def notify_supervisor(word: str) -> None:
    """Tell systemd (`READY=1`, `WATCHDOG=1`) if it is the one that started us."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.send(word.encode())
