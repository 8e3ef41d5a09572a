"""A real Icecast with a real source client, both to be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.relay.studio import TONES_HZ

_CONFIG = """<icecast>
<limits><clients>20</clients><sources>2</sources><burst-size>65535</burst-size></limits>
<authentication><source-password>tried</source-password><admin-password>tried</admin-password></authentication>
<hostname>localhost</hostname>
<listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><logdir>{folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog></logging>
<security><chroot>0</chroot>{owner}</security>
</icecast>
"""
_OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"


class Icecast:
    """The server and what plays into it: the first tone, at `url`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o777)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config = folder / "icecast.xml"
        config.write_text(_CONFIG.format(port=port, folder=folder, owner=_OWNER if os.getuid() == 0 else ""))
        self.url = f"http://127.0.0.1:{port}/live"
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(["icecast2", "-c", str(config)], **quiet)
        _until(lambda: _answers(port))
        sound = ["-re", "-f", "lavfi", "-i", f"sine={TONES_HZ['first']}", "-c:a", "libmp3lame", "-b:a", "64k"]
        to = ["-content_type", "audio/mpeg", "-f", "mp3", f"icecast://source:tried@127.0.0.1:{port}/live"]
        self.player = subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", *sound, *to], **quiet)
        _until(lambda: _answers(port, b"GET /live HTTP/1.0\r\n\r\n", b"200 OK"))

    def kill_server(self) -> None:
        """kill -9."""
        self.server.kill()
        self.server.wait()

    def kill_player(self) -> None:
        """kill -9: Icecast has no source any more."""
        self.player.kill()
        self.player.wait()

    def freeze_player(self) -> None:
        """It stays connected and sends nothing."""
        self.player.send_signal(signal.SIGSTOP)

    def end(self) -> None:
        """Both, whatever was done to them."""
        self.kill_player()
        self.kill_server()


def _answers(port: int, question: bytes = b"GET / HTTP/1.0\r\n\r\n", answer: bytes = b"HTTP") -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(question)
            return answer in line.recv(200)
    except OSError:
        return False


def _until(enough: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 20
    while not enough():
        assert time.monotonic() < until_s
        time.sleep(0.1)
