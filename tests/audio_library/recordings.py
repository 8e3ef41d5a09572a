"""How the tests come by recordings, and how they listen to results with a player of their own."""

from __future__ import annotations

import random
import re
import subprocess
import wave
from array import array
from pathlib import Path

from audio_library.content import FolderStore


def speak(text: str, file: Path, voice: str = "vi") -> Path:
    command = ["espeak-ng", "-v", voice, "-a", "70", "--stdin", "-w", str(file)]
    subprocess.run(command, input=text.encode(), check=True, timeout=30)
    return file


def convert(source: Path, file: Path, *words: str) -> Path:
    """Another format of the same sound; `words` are ffmpeg's output options."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), *words, str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def lavfi(graph: str, file: Path, *words: str) -> Path:
    """A sound by ffmpeg's generators."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", graph, *words, str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def clicks(file: Path) -> Path:
    """Six seconds in which twice a second four samples are at full scale: too little sound for any gain."""
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes((array("h", [30_000, -30_000] * 2) + array("h", bytes(2 * 23_996))).tobytes() * 12)
    return file


def amr(file: Path, seconds: int) -> Path:
    """AMR at 12.2 kbit/s. Debian cannot encode it, so the frames hold noise: a decoder speaks any bits."""
    noise = random.Random(12)
    frames = (b"\x3c" + noise.randbytes(31) for _ in range(seconds * 50))
    file.write_bytes(b"#!AMR\n" + b"".join(frames))
    return file


def heard(file: Path) -> array[int]:
    """What libopus decodes: s16 at 48 kHz mono, and nothing resampled or mixed to get there."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-c:a", "libopus", "-i", str(file), "-f", "s16le", "pipe:1"]
    return array("h", subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def meter(file: Path) -> tuple[float, float]:
    """Integrated loudness and true peak of the file, as libopus decodes it."""
    command = ["ffmpeg", "-nostdin", "-c:a", "libopus", "-i", str(file), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, timeout=60).stderr.decode()
    loudness = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)
    peak = re.findall(r"Peak:\s+(-?[\d.]+) dBFS", said)
    return float(loudness[-1]), float(peak[-1])


def describe(file: Path) -> str:
    """Codec, rate and channels as ffprobe sees them."""
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels", "-of", "csv=p=0"]
    return subprocess.run([*command, str(file)], check=True, capture_output=True, timeout=30).stdout.decode().strip()


def residue(store: FolderStore) -> list[str]:
    """Everything below the store that is neither a whole content nor a note of a finished intake."""
    files = [path for path in store.root.rglob("*") if path.is_file() and path.name not in set(store)]
    return [str(path) for path in files if path.parent.name != ".intakes" or not path.name.endswith(".json")] + [
        str(path) for path in (store.root / ".work").glob("*")
    ]
