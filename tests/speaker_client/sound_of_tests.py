"""Sound made for the tests, and what a recorder has heard of it."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import soundfile

from broadcast_server.live.opus import FRAME_BYTES, OpusEncoder
from speaker_client.deck import Cue, DeckEvent, Done, Reel
from speaker_client.feeder import AHEAD_FRAMES, STEP_FRAMES
from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE
from speaker_client.protocol.config import LoudspeakerConfig
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber
from speaker_client.tuner import Tuner
from speaker_client.turntable import Turntable

Samples = np.ndarray[Any, np.dtype[np.int16]]

BULLETIN = AiringId("b" * 32)
ALARM = AiringId("a" * 32)
RECORDER = Path(__file__).with_name("recorder.py")


def speech(seconds: float, seed: int = 1, level: float = 0.2) -> Samples:
    """Noise like speech: loud from its first sample on, never the same twice."""
    noise = np.random.default_rng(seed).normal(0, level, round(seconds * RATE))
    return np.asarray(np.clip(noise, -0.9, 0.9) * 32767, dtype=np.int16)


def voice(seconds: float) -> Samples:
    """A tone that rises and swells: what a codec for speech keeps, and no two stretches of it alike."""
    at = np.arange(round(seconds * RATE)) / RATE
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * at)
    return np.asarray(swell * np.sin(2 * np.pi * (200 + 150 * at) * at) * 12_000, dtype=np.int16)


def as_wav(path: Path, samples: Samples) -> Reel:
    """The samples as a reel that comes back bit for bit."""
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return Reel(path, len(samples) * 1_000_000 // RATE)


def as_opus(path: Path, samples: Samples) -> Reel:
    """The samples as Ogg Opus, as the station sends them."""
    soundfile.write(path, samples, RATE, format="OGG", subtype="OPUS")
    return Reel(path, len(samples) * 1_000_000 // RATE)


def cue(*reels: Reel, at_us: int, from_us: int = 0, length_us: int | None = None, airing: AiringId = BULLETIN) -> Cue:
    """All of the reels on three loudspeakers, unless said otherwise."""
    whole = sum(reel.duration_us for reel in reels)
    everywhere = frozenset(LoudspeakerNumber(number) for number in (1, 2, 3))
    return Cue(airing, 1, 0, "Bản tin sáng", reels, at_us, from_us, length_us or whole - from_us, everywhere)


def loudspeakers(*gains_cb: int) -> list[LoudspeakerConfig]:
    """Loudspeakers 1, 2, 3 … with these gains."""
    return [LoudspeakerConfig(number=LoudspeakerNumber(n), gain_cb=gain) for n, gain in enumerate(gains_cb, 1)]


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it never came about"
        sleep(0.005)


class Bench:
    """A turntable whose blocks are asked for by hand, at moments of our own."""

    def __init__(self, *gains_cb: int) -> None:
        self.events: list[DeckEvent] = []
        self.tuner = Tuner(clock=lambda: self.at_us)
        self.deck = Turntable(loudspeakers(*(gains_cb or (0,))), self.events.append, self.tuner)
        self.at_us = 1_000_000

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.deck.close()

    def arm(self, armed: Cue, release: bool = True) -> None:
        """Arm, and wait until it is decoded ahead."""
        self.deck.arm(armed)
        if release:
            self.deck.release(armed.airing)
        self._caught_up()

    def play(self, blocks: int, lost: frozenset[int] = frozenset()) -> Samples:
        """So many blocks, those in `lost` dropped by the output; one row a frame."""
        rows = []
        for number in range(blocks):
            rows.append(np.frombuffer(self.deck.render(self.at_us).pcm, np.int16).reshape(-1, self.deck.channels))
            if number in lost:
                self.deck.dropped()
            else:
                self.deck.left(self.at_us)
            self.at_us += BLOCK_US
            if number % 25 == 24:
                self._caught_up()
        return np.concatenate(rows)

    def _caught_up(self) -> None:
        """The helper thread has done all it was asked to, filling the reservoirs included."""
        steps = AHEAD_FRAMES // STEP_FRAMES
        for _ in range(1 + steps):  # after each job it fills them by a step, so that the last finds that done
            ready = threading.Event()
            self.deck._feeder.ask(ready.set)
            assert ready.wait(20)

    def done(self) -> Done:
        """The one Done, once it is said."""
        until(lambda: any(isinstance(event, Done) for event in self.events))
        (only,) = [event for event in self.events if isinstance(event, Done)]
        return only


def heard(folder: Path, channels: int) -> tuple[int, Samples]:
    """When the first sample that is not silent arrived (monotonic µs), and all samples from it on."""
    samples = np.fromfile(folder / "heard.raw", np.int16).reshape(-1, channels)
    first = int(np.flatnonzero(samples.any(axis=1))[0])
    at_us, _, _ = map(int, (folder / "heard.txt").read_text().splitlines()[0].split())
    return at_us + first * 1000 // 48, samples[first:]


def recorder(folder: Path) -> list[str]:
    """The command of a program that stamps the sound it is given."""
    folder.mkdir(exist_ok=True)
    return [sys.executable, str(RECORDER), str(folder)]


def likeness(recorded: Samples, source: Samples) -> float:
    """The correlation of two stretches of equal length, 1 for the same sound."""
    return float(np.corrcoef(recorded.astype(float), source.astype(float))[0, 1])


def syllables(seed: int, frames: int = 2000, level: float = 0.3) -> list[float]:
    """Loudness like that of speech: syllables of 80 to 300 ms, pauses between them."""
    dice = random.Random(seed)
    sound: list[float] = []
    while len(sound) < frames:
        height = level * dice.uniform(0.2, 1.0)
        sound += [height] * dice.randint(8, 30) + [0.0] * dice.choice([2, 4, 6, 40])
    return sound[:frames]


def packets(samples: Samples) -> list[bytes]:
    pcm, encoder = samples.tobytes(), OpusEncoder()
    return [encoder.encode(pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm), FRAME_BYTES)]


def alike(out: Samples, source: Samples) -> float:
    """How like the source it sounds, wherever within 20 ms the codec has put it."""
    return max(likeness(out[lag : lag + len(source)], source) for lag in range(0, BLOCK_FRAMES, 8))
