"""What others use for the same: Snapcast, and Icecast with ffmpeg, on the same links and with the same voice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rig.marks import delays, recorded
from tests.link.net import Net
from tests.speaker_client.sound_of_tests import RECORDER

SNAP_SOURCE, SNAP_STREAM, SNAP_CONTROL, ICECAST = 4953, 1704, 1705, 8010
NOBODY = 65_534
PASSWORD = "only-inside-these-namespaces"
RAW = ("-f", "s16le", "-ar", "48000", "-ac", "1")
SILENCE_S = 8
"""Source and players find each other before the voice begins."""
PLAYERS_AFTER_S = 2
AFTER_S = 8
CARD_MS = 40
"""What the sound card behind a player that has no clock of its own holds: two blocks."""
DEFAULT_SOURCE = (*RAW, "-i", "pipe:0", "-f", "mp3", "-content_type", "audio/mpeg")
TUNED_SOURCE = (
    "-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0", *RAW, "-i", "pipe:0",
    "-c:a", "libopus", "-b:a", "128k", "-application", "lowdelay", "-frame_duration", "20",
    "-page_duration", "20000", "-flush_packets", "1", "-content_type", "application/ogg", "-f", "ogg",
)  # fmt: skip
TUNED_PLAYER = ("-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "32", "-analyzeduration", "0", "-f", "ogg")
ICECAST_XML = """<icecast>
<limits><clients>100</clients><sources>2</sources><queue-size>524288</queue-size>
<burst-on-connect>{flag}</burst-on-connect><burst-size>{burst}</burst-size></limits>
<authentication><source-password>{password}</source-password><admin-user>admin</admin-user>
<admin-password>{password}</admin-password></authentication>
<hostname>{host}</hostname><listen-socket><port>{port}</port><bind-address>{host}</bind-address></listen-socket>
<fileserve>0</fileserve>
<paths><basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>3</loglevel></logging>
<security><chroot>0</chroot></security></icecast>
"""


@dataclass(frozen=True)
class Played:
    """What was heard of a voice: for each box the delay of each mark (ms), and how often a card had nothing to play."""

    delays_ms: list[list[float | None]]
    underruns: int = 0


@dataclass(frozen=True)
class Peers:
    """A net with players at the ends 1 … `players`, and whoever speaks at the end after them."""

    net: Net
    folder: Path
    players: int
    sound: Path
    seconds: int

    def snapcast(self, buffer_ms: int, codec: str = "pcm") -> Played:
        """Its server with that buffer; the voice comes to it over the link; its clients play to a recorder."""
        folder = self._folder(f"snapcast-{buffer_ms}-{codec}")
        source = f"tcp://0.0.0.0:{SNAP_SOURCE}?name=voice&mode=server&sampleformat=48000:16:1"
        server = [
            "snapserver", "-c", "/dev/null", "--server.datadir", str(folder), "--http.enabled", "0",
            "--tcp.port", str(SNAP_CONTROL), "--stream.port", str(SNAP_STREAM), "--stream.buffer", str(buffer_ms),
            "--stream.codec", codec, "--stream.chunk_ms", "20", "--stream.source", source,
        ]  # fmt: skip
        client = ("snapclient", "-h", self.net.address(0), "-p", str(SNAP_STREAM), "--player", "file:filename=stdout")
        with ExitStack() as running:
            running.enter_context(self._run(folder, "server", 0, server))
            _await(self.net.address(0), SNAP_STREAM)
            for number in range(1, self.players + 1):
                heard = self._heard(folder, number)
                card = (sys.executable, str(RECORDER), str(heard))
                words = (*client, "--hostID", f"box{number}", "--logsink", f"file:{folder}/client{number}.log")
                running.enter_context(self._piped(folder, number, words, card))
            began_us, mouth = self._speak(running, folder, (self.net.address(0), str(SNAP_SOURCE)), ())
            mouth.wait()
            time.sleep(AFTER_S)
        return self._played(folder, began_us)

    def icecast(self, tuned: bool) -> Played:
        """Its server, ffmpeg as the source behind the link, and ffmpeg into a sound card behind each other link."""
        folder = self._folder(f"icecast-{'tuned' if tuned else 'default'}")
        host, mount = self.net.address(0), "voice.ogg" if tuned else "voice.mp3"
        conf = folder / "icecast.xml"
        values = {"flag": int(not tuned), "burst": 0 if tuned else 65_535, "password": PASSWORD}
        conf.write_text(ICECAST_XML.format(host=host, port=ICECAST, folder=folder, **values))
        os.chown(folder, NOBODY, NOBODY)
        server = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "icecast2", "-c", str(conf))
        source = TUNED_SOURCE if tuned else DEFAULT_SOURCE
        encoder = ("ffmpeg", "-v", "error", *source, f"icecast://source:{PASSWORD}@{host}:{ICECAST}/{mount}")
        player = ("ffmpeg", "-v", "error", *(TUNED_PLAYER if tuned else ()), "-i", f"http://{host}:{ICECAST}/{mount}")
        output = ("-flush_packets", "1", *RAW, "pipe:1")
        with ExitStack() as running:
            running.enter_context(self._run(folder, "server", 0, server))
            _await(host, ICECAST)
            began_us, mouth = self._speak(running, folder, (), encoder)
            time.sleep(PLAYERS_AFTER_S)
            for number in range(1, self.players + 1):
                card = (
                    sys.executable,
                    "-m",
                    f"{__package__}.soundcard",
                    str(self._heard(folder, number)),
                    "1",
                    CARD_MS,
                )
                running.enter_context(self._piped(folder, number, (*player, *output), card))
            mouth.wait()
            time.sleep(AFTER_S)
        return self._played(folder, began_us)

    # -- inside ----------------------------------------------------------------------------------------------

    def _speak(
        self, running: ExitStack, folder: Path, where: Sequence[str], encoder: Sequence[str]
    ) -> tuple[int, subprocess.Popen[bytes]]:
        """Begin to speak at the last end, through an encoder if one is named: when the voice's first sample is due."""
        mouth = (sys.executable, "-m", f"{__package__}.mouth", str(self.sound), str(SILENCE_S), *where)
        words = [*self.net.inside(self.players + 1), *mouth]
        output = subprocess.PIPE if encoder else None
        process = running.enter_context(_ended(subprocess.Popen(words, stdout=output, stderr=subprocess.PIPE)))
        if encoder:
            assert process.stdout
            inside = [*self.net.inside(self.players + 1), *encoder]
            with (folder / "encoder.log").open("wb") as log:
                running.enter_context(_ended(subprocess.Popen(inside, stdin=process.stdout, stderr=log)))
            process.stdout.close()
        assert process.stderr
        return int(process.stderr.readline()), process

    def _run(self, folder: Path, name: str, number: int, words: Sequence[str]) -> AbstractContextManager[object]:
        with (folder / f"{name}.log").open("wb") as log:
            return _ended(subprocess.Popen([*self.net.inside(number), *words], stdout=log, stderr=log))

    def _piped(self, folder: Path, number: int, words: Sequence[str], card: Sequence[object]) -> ExitStack:
        """A player at that end, and what takes its sound."""
        both = ExitStack()
        with (folder / f"player{number}.log").open("wb") as log:
            inside = [*self.net.inside(number), *words]
            player = both.enter_context(_ended(subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=log)))
            both.enter_context(_ended(subprocess.Popen(list(map(str, card)), stdin=player.stdout, stderr=log)))
        assert player.stdout
        player.stdout.close()
        return both

    def _played(self, folder: Path, began_us: int) -> Played:
        boxes = [self._heard(folder, number) for number in range(1, self.players + 1)]
        found = [
            delays(recorded(box, 1), began_us, self.seconds) if (box / "heard.txt").stat().st_size else [None]
            for box in boxes
        ]
        tired = [box / "underruns.txt" for box in boxes]
        return Played(found, sum(len(one.read_text().splitlines()) for one in tired if one.exists()))

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder

    @staticmethod
    def _heard(folder: Path, number: int) -> Path:
        heard = folder / f"heard{number}"
        heard.mkdir(exist_ok=True)
        return heard


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive this: it may finish what it does for a moment."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(host: str, port: int, patience_s: float = 10) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection((host, port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.1)
