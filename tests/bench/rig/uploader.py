"""A phone that uploads by tus and never gives up: `python -m tests.bench.rig.uploader PORT TOKEN FILE STATE`.

Where its bytes go stands in STATE, so that it goes on there after it was killed. Ends when all is sent.
"""

from __future__ import annotations

import base64
import http.client
import sys
import time
from pathlib import Path

from audio_library.content import write_durably

AGAIN_S = 0.2
PATIENCE_S = 10


class Phone:
    """One upload."""

    def __init__(self, port: int, token: str, file: Path, state: Path) -> None:
        self._port, self._file, self._state = port, file, state
        self._headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}
        self._size = file.stat().st_size

    def send(self) -> None:
        """Until all is there."""
        while not self._sent():
            time.sleep(AGAIN_S)

    def _sent(self) -> bool:
        """Whether all is there; else the line broke."""
        try:
            place = self._place()
            at = int(self._ask("HEAD", place)["Upload-Offset"])
            while at < self._size:
                at = int(self._add(place, at)["Upload-Offset"])
        except (OSError, http.client.HTTPException) as error:
            print(f"{error!r}: again", file=sys.stderr)
            return False
        return True

    def _place(self) -> str:
        if not self._state.exists():
            name = base64.b64encode(self._file.name.encode()).decode()
            more = {"Upload-Length": str(self._size), "Upload-Metadata": f"filename {name}"}
            write_durably(self._state, [self._ask("POST", "/api/v1/uploads", more)["Location"].encode()])
        return self._state.read_text()

    def _add(self, place: str, at: int) -> http.client.HTTPMessage:
        with self._file.open("rb") as file:
            file.seek(at)
            more = {
                "Upload-Offset": str(at),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(self._size - at),
            }
            return self._ask("PATCH", place, more, file)

    def _ask(
        self, method: str, place: str, more: dict[str, str] | None = None, body: object = None
    ) -> http.client.HTTPMessage:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            line.request(method, place, body=body, headers=self._headers | (more or {}))
            answer = line.getresponse()
            if answer.status >= 300:
                raise ConnectionError(f"{method}: {answer.status} {answer.read()!r}")
            return answer.headers
        finally:
            line.close()


if __name__ == "__main__":
    port, token, file, state = sys.argv[1:]
    Phone(int(port), token, Path(file), Path(state)).send()
