"""The one place that runs ffmpeg and ffprobe: in the cell, bounded in time and size, always reaped."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, Final

import ffmpeg as graph

from audio_library.refusal import Refusal
from audio_library.sandbox import ENVIRONMENT, INSIDE, Limits, beside_devices, command

PIPE: Final = subprocess.PIPE
PIPE_BYTES: Final = 1 << 20
"""The most that an ordinary user may ask for: with less, tools that feed each other wait for each other."""
RATE: Final = 48_000
BYTES_PER_SECOND: Final = RATE * 2
"""Mono s16le, the form in which sound goes between the steps."""
HIGH_PASS_HZ: Final = 120
CLEAR_HZ: Final = 250
PRESENCE_HZ: Final = 2_800
PRESENCE_WIDTH: Final = 0.7
"""As a Q: half the lift at 1.4 and 5.4 kHz."""
PRESENCE_DB: Final = 3.0
HEADROOM_DB: Final = 4.0
"""So much softer, that what is lifted is not clipped; it is levelled afterwards."""
ROTATED_HZ: Final = 400
ROTATIONS: Final = 4
"""Turning the phase around 400 Hz makes the spikes of a voice 2 to 3 dB lower and cannot be heard: less to limit."""
CODECS: Final = (
    "mp3,mp3float,mp2,mp2float,aac,aac_fixed,alac,flac,vorbis,libvorbis,opus,libopus,amrnb,amrwb,amr_nb,amr_wb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_s8,pcm_f32le,pcm_f64le,"
    "pcm_alaw,pcm_mulaw,adpcm_ima_wav,adpcm_ms"
)
_GLOBAL: Final = ("-nostdin", "-hide_banner", "-nostats", "-filter_complex_threads", "1")
_STDERR_KEPT: Final = 400
_KILLED: Final = ("Cannot allocate memory", "unshare: sigprocmask unblock failed")
"""What is said when a limit struck; the second is how unshare 2.38 reports a killed child."""


class ToolFailed(Exception):
    """The tool ended badly; `said` holds the end of what it wrote."""

    def __init__(self, returncode: int, said: str) -> None:
        self.returncode = returncode
        self.said = said
        super().__init__(f"exit {returncode}: {said[-400:]}")


class Run:
    """One running tool. Its pipes are `stdin` and `stdout`; leave it through `finish` or `kill`."""

    def __init__(
        self,
        argv: Sequence[str],
        limits: Limits,
        file: Path | None = None,
        stdin: IO[bytes] | int | None = None,
        devices: bool = False,
        folders: Sequence[Path] = (),
    ) -> None:
        """`devices`: outside the cell, for a sound input of this machine. `folders`: of ours, seen in the cell."""
        self.late = False
        self._said: deque[str] = deque(maxlen=_STDERR_KEPT)
        self.process = subprocess.Popen(
            beside_devices(argv, limits) if devices else command(argv, file, limits, folders),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT | _sound_setup() if devices else ENVIRONMENT,
            process_group=0,
        )
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()
        self._timer = threading.Timer(limits.wall_s, self._expire)
        self._timer.daemon = True
        self._timer.start()

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> BufferedReader:
        assert isinstance(self.process.stdout, BufferedReader)
        return self.process.stdout

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as words:
            while line := words.readline(4096):
                self._said.append(line.decode("utf-8", "replace"))

    def _expire(self) -> None:
        self.late = True
        self.end()

    def finish(self) -> str:
        """Wait for the end. What it said; Refusal `timeout` or `bomb` if a limit ended it, else ToolFailed."""
        if self.process.stdin and not self.process.stdin.closed:
            self._close_stdin()
        returncode = self.process.wait()
        self._ear.join(5)
        said = "".join(self._said)
        if self.late:
            raise Refusal("timeout", said[-400:])
        if returncode and (returncode in (-9, 137) or any(word in said for word in _KILLED)):
            raise Refusal("bomb", f"exit {returncode}: {said[-400:]}")
        if returncode:
            raise ToolFailed(returncode, said)
        return said

    def _close_stdin(self) -> None:
        try:
            self.stdin.close()
        except BrokenPipeError:
            return  # it has already ended; its exit code tells why

    def end(self) -> None:
        """End it now, if it still runs: its whole group, for what unshare has just forked does not yet end with it."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):  # another thread waits for it, and has just seen its end
                os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it, and leave nothing of it behind."""
        self._timer.cancel()
        self.end()
        self.process.wait()
        self._ear.join(5)
        self.stdout.close()
        if self.process.stdin and not self.process.stdin.closed:
            self._close_stdin()


def _sound_setup() -> dict[str, str]:
    """Where ALSA finds what this machine's inputs are called."""
    names = ("HOME", "ALSA_CONFIG_PATH", "XDG_RUNTIME_DIR")
    return {name: os.environ[name] for name in names if name in os.environ}


@contextmanager
def running(
    argv: Sequence[str],
    limits: Limits,
    *,
    file: Path | None = None,
    stdin: IO[bytes] | int | None = None,
    folders: Sequence[Path] = (),
) -> Iterator[Run]:
    """A tool that is gone when the block is left, whichever way."""
    with ExitStack() as stack:
        run = Run(argv, limits, file, stdin, folders=folders)
        stack.callback(run.kill)
        yield run


def probe_argv(demuxer: str) -> list[str]:
    """Describe the file in the cell as JSON, looking at no more than 5 MB of it.

    All codecs are allowed here, for ffprobe opens even those of a cover picture; nothing comes out but words.
    """
    return [
        "ffprobe", "-hide_banner", "-v", "error", "-threads", "1", "-probesize", "5000000",
        "-analyzeduration", "20000000", "-protocol_whitelist", "file", "-format_whitelist", demuxer,
        "-f", demuxer, "-of", "json", "-show_entries",
        "format=duration,nb_streams:stream=index,codec_type,codec_name,sample_rate,channels,duration", INSIDE,
    ]  # fmt: skip


def decode_argv(demuxer: str, codec: str, limit_s: float) -> list[str]:
    """The first sound stream of the file in the cell, mono, high-passed, as s16le on stdout."""
    source = graph.input(
        INSIDE, f=demuxer, t=limit_s, protocol_whitelist="file", format_whitelist=demuxer,
        codec_whitelist=CODECS, threads=1, **({"c:a": "libopus"} if codec == "opus" else {}),
    )  # fmt: skip
    return _argv(_for_horns(source["a:0"]), _PCM_OUT, "error")


def _for_horns(sound: Any) -> Any:
    """Mono at the house's rate, without what a horn cannot give, and its phase turned."""
    sound = (
        sound.filter("aresample", RATE)
        .filter("aformat", sample_fmts="fltp", channel_layouts="mono")
        .filter("highpass", f=HIGH_PASS_HZ)
    )
    for _ in range(ROTATIONS):
        sound = sound.filter("allpass", f=ROTATED_HZ, t="q", w=0.7)
    return sound


def equalised_argv(rate: int) -> list[str]:
    """The WAV of a voice in the cell, mono, as s16le of that rate on stdout: as many samples, softer, less below a
    horn's band and more where consonants are."""
    source = graph.input(
        INSIDE, f="wav", protocol_whitelist="file", format_whitelist="wav", codec_whitelist="pcm_s16le", threads=1
    )
    sound = (
        source["a:0"]
        .filter("aformat", sample_fmts="fltp", channel_layouts="mono")
        .filter("volume", f"{-HEADROOM_DB}dB", precision="float")
        .filter("highpass", f=CLEAR_HZ)
        .filter("equalizer", f=PRESENCE_HZ, t="q", w=PRESENCE_WIDTH, g=PRESENCE_DB)
    )
    return _argv(sound, _PCM_OUT | {"ar": rate}, "error")


def relay_argv(demuxer: str, place: str = "pipe:0") -> list[str]:
    """A stream on stdin, or the file in the cell (`INSIDE`), as it is to be heard, as soon as it comes.

    f32le on stdout with two channels: the sound, and the same K-weighted for whoever levels it.
    """
    source = graph.input(
        place, f=demuxer, protocol_whitelist="file" if place == INSIDE else "pipe", format_whitelist=demuxer,
        codec_whitelist=CODECS, threads=1, probesize=_STREAM_PROBE, analyzeduration=1_500_000,
    )  # fmt: skip
    return _argv(_weighed(source["a:0"]), _PAIRS_OUT, "error")


def input_argv(device: str) -> list[str]:
    """The same of a sound input, by its ALSA name; runs outside the cell, where the devices are."""
    source = graph.input(device, f="alsa", channels=2, sample_rate=RATE).audio
    return _argv(_weighed(source.filter("asetnsamples", n=_FRAME, p=0)), _PAIRS_OUT, "error")


def _weighed(sound: Any) -> Any:
    """The sound beside its K weighting (BS.1770, coefficients for 48 kHz)."""
    pair = _for_horns(sound).filter_multi_output("asplit")
    weighted = (
        pair[1]
        .filter("aformat", sample_fmts="dblp")
        .filter("biquad", b0=1.53512485958697, b1=-2.69169618940638, b2=1.19839281085285,
                a0=1, a1=-1.69065929318241, a2=0.73248077421585)
        .filter("biquad", b0=1, b1=-2, b2=1, a0=1, a1=-1.99004745483398, a2=0.99007225036621)
    )  # fmt: skip
    return graph.filter([pair[0], weighted], "join", inputs=2, channel_layout="stereo")


def plain_argv(demuxer: str, limit_s: float, higher: float = 1.0) -> list[str]:
    """The first sound stream of the file in the cell, mono, otherwise as it is, as s16le on stdout. `higher`: so many
    times in pitch, as long and with the same formants."""
    source = graph.input(
        INSIDE, f=demuxer, t=limit_s, protocol_whitelist="file", format_whitelist=demuxer,
        codec_whitelist=CODECS, threads=1,
    )  # fmt: skip
    sound = source["a:0"]
    if higher != 1.0:
        sound = (
            sound.filter("aresample", RATE)
            .filter("aformat", sample_fmts="fltp", channel_layouts="mono")
            .filter("rubberband", pitch=higher, formant="preserved", pitchq="quality")
        )
    return _argv(sound, _PCM_OUT, "error")


def loudness_argv() -> list[str]:
    """EBU R128 of the s16le on stdin; the summary is written to stderr."""
    return _metered(graph.input("pipe:0", protocol_whitelist="pipe", **PCM).audio.filter("ebur128", framelog="verbose"))


def result_argv() -> list[str]:
    """EBU R128 of the Ogg Opus on stdin, decoded, and its true peak; both summaries are written to stderr.

    The true peak is that of BS.1770: the highest sample at four times the rate. In single precision this takes half
    the time of what ebur128 does itself.
    """
    sound = graph.input("pipe:0", protocol_whitelist="pipe", **OGG).audio.filter("ebur128", framelog="verbose")
    upsampled = sound.filter("aresample", 4 * RATE, internal_sample_fmt="fltp", osf="fltp")
    return _metered(upsampled.filter("astats", measure_perchannel="none", measure_overall="Peak_level"))


def _metered(sound: Any) -> list[str]:
    return _argv(sound, {"f": "null"}, "info", "-")


def encode_argv(gain_db: float, ceiling_db: float, bitrate: int, complexity: int, cutoff_hz: int) -> list[str]:
    """s16le in; gain and limiter, its ceiling on samples, in dBFS; Ogg Opus out, with nothing above `cutoff_hz`.

    Equal input gives equal bytes. One tool and not two: each takes 45 MB before it has done anything.
    """
    sound = (
        graph.input("pipe:0", protocol_whitelist="pipe", **PCM)
        .audio.filter("volume", f"{gain_db:.2f}dB", precision="float")
        .filter("alimiter", **_limiter(ceiling_db))
        .filter("aformat", sample_fmts="s16")
    )
    return _argv(sound, _opus(bitrate, complexity, cutoff_hz), "error")


def spoken_argv(
    rate: int, headroom: int, ceiling_db: float, bitrate: int, complexity: int, cutoff_hz: int
) -> list[str]:
    """s32le of that rate, `headroom` times too small, in; high-passed, limited, as Ogg Opus out."""
    source = graph.input("pipe:0", protocol_whitelist="pipe", probesize=32, f="s32le", ar=rate, ac=1, threads=1)
    sound = _for_horns(source.audio)
    sound = sound.filter("volume", headroom, precision="float").filter("alimiter", **_limiter(ceiling_db))
    return _argv(sound, _opus(bitrate, complexity, cutoff_hz), "error")


def _limiter(ceiling_db: float) -> dict[str, Any]:
    return {"limit": f"{10 ** (ceiling_db / 20):.5f}", "level": 0, "attack": 5, "release": 50}


def _opus(bitrate: int, complexity: int, cutoff_hz: int) -> dict[str, Any]:
    return {
        "c:a": "libopus", "b:a": bitrate, "application": "audio", "compression_level": complexity,
        "cutoff": cutoff_hz, "vbr": "constrained", **_OGG_OUT,
    }  # fmt: skip


def turn_argv(gain_db: float) -> list[str]:
    """Ogg Opus in and out, packet by packet the same; every decoder turns it by `gain_db` (RFC 7845, output gain)."""
    copy = {"c:a": "copy", "bsf:a": f"opus_metadata=gain={round(gain_db * 256)}", **_OGG_OUT}
    return _argv(graph.input("pipe:0", protocol_whitelist="pipe", f="ogg")["a:0"], copy, "error")


PCM: Final[dict[str, Any]] = {"f": "s16le", "ar": RATE, "ac": 1, "threads": 1}
OGG: Final[dict[str, Any]] = {"f": "ogg", "format_whitelist": "ogg", "codec_whitelist": "libopus", "c:a": "libopus"}
"""By libopus, as boxes and browsers do: ffmpeg's own decoder has been seen 5 dB off for single frames of speech."""
_OGG_OUT: Final[dict[str, Any]] = {"serial_offset": 0, "page_duration": 1_000_000, "f": "ogg"}
_STREAM_PROBE: Final = 200_000
_FRAME: Final = RATE // 50
"""ffmpeg asks ALSA for the smallest pieces that there are."""
_PAIRS_OUT: Final[dict[str, Any]] = {"f": "f32le", "ar": RATE, "ac": 2, "c:a": "pcm_f32le", "flush_packets": 1}
_PCM_OUT: Final[dict[str, Any]] = {"f": "s16le", "ar": RATE, "ac": 1, "c:a": "pcm_s16le"}


def _argv(sound: Any, output: Mapping[str, Any], loudness_of_log: str, target: str = "pipe:1") -> list[str]:
    plain = {"map_metadata": -1, "map_chapters": -1, "vn": None, "sn": None, "dn": None}
    bitexact = {"fflags": "+bitexact", "flags:a": "+bitexact", "threads": 1}
    program, *rest = graph.output(sound, target, **plain, **bitexact, **output).compile()
    return [program, *_GLOBAL, "-v", loudness_of_log, *map(str, rest)]
