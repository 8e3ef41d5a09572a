"""A radio station on the Internet, as a relay meets it: an endless MP3 stream over HTTP, in real time."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

from tests.speaker_client.sound_of_tests import Samples, voice

ROUND_S = 4.0
KBIT = 96
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-name: Radio\r\n\r\n"
OPEN = {"TIENGLANG_RELAY_HOSTS": "127.0.0.1", "TIENGLANG_RELAY_PRIVATE": "127.0.0.0/8"}
"""Lets a station relay what stands on this machine."""


def morning() -> Samples:
    """Four seconds of one programme."""
    return voice(ROUND_S)


def evening() -> Samples:
    """Four seconds of another."""
    at = np.arange(round(ROUND_S * 48_000)) / 48_000
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * at)
    return np.asarray(swell * np.sin(2 * np.pi * (1200 - 120 * at) * at) * 12_000, dtype=np.int16)


class Radio:
    """Serves one sound over and over to whoever connects, from here until `die`. `pulls` counts who came."""

    def __init__(self, folder: Path, name: str, sound: Samples) -> None:
        self.wav, mp3 = folder / f"{name}.wav", folder / f"{name}.mp3"
        soundfile.write(self.wav, sound, 48_000, subtype="PCM_16")
        rounds = ("-stream_loop", "14")
        encode = ("-c:a", "libmp3lame", "-b:a", f"{KBIT}k", "-write_xing", "0", "-id3v2_version", "0")
        subprocess.run(["ffmpeg", "-v", "error", "-y", *rounds, "-i", self.wav, *encode, mp3], check=True)
        self._stream = mp3.read_bytes()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self._began = time.monotonic()
        self.pulls = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/live.mp3"
        self._dead = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def die(self) -> None:
        """The machine is gone: connections break, nobody listens any more."""
        self._dead.set()
        for line in (self._listening, *self._lines):
            line.close()

    def _serve(self) -> None:
        while not self._dead.is_set():
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self.pulls += 1
            self._lines.append(line)
            threading.Thread(target=self._play, args=(line,), daemon=True).start()

    def _play(self, line: socket.socket) -> None:
        second = KBIT * 1000 // 8
        try:
            line.recv(65_536)
            line.sendall(HEAD)
            at = int((time.monotonic() - self._began) * second)
            line.sendall(self._stretch(at, at + 2 * second))  # as Icecast does
            at, began, sent = at + 2 * second, time.monotonic(), 0
            while not self._dead.is_set():
                time.sleep(0.1)
                due = int((time.monotonic() - began) * second)
                line.sendall(self._stretch(at + sent, at + due))
                sent = due
        except OSError:
            return

    def _stretch(self, begin: int, end: int) -> bytes:
        """Bytes of an endless stream."""
        at = begin % len(self._stream)
        return (self._stream[at:] + self._stream)[: end - begin]
