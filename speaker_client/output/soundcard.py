"""A real sound card through PortAudio: an always open stream whose callback asks for blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE
from speaker_client.output.fault import OnTrouble, OutputFault, Trouble
from speaker_client.output.realtime import monotonic_us
from speaker_client.output.stream import Source

JUMP_US = BLOCK_US
SMOOTHING = 16


def due_us(now_us: int, current_s: float, dac_s: float, latency_s: float) -> int:
    """When the callback's first frame will sound, on the monotonic clock.

    `current_s` and `dac_s` are PortAudio's own clock; where a driver gives no DAC time its latency stands in.
    """
    ahead_s = dac_s - current_s if dac_s > 0 and dac_s >= current_s else latency_s
    return now_us + round(ahead_s * 1e6)


@dataclass
class CardClock:
    """Steadies the jittering DAC times: blocks follow each other, pulled slowly to what the card says."""

    _next_us: int | None = None

    def at(self, said_us: int) -> int:
        """When this block sounds; a difference of a block or more is believed at once."""
        error_us = JUMP_US if self._next_us is None else said_us - self._next_us
        at_us = said_us if self._next_us is None or abs(error_us) >= JUMP_US else self._next_us + error_us // SMOOTHING
        self._next_us = at_us + BLOCK_US
        return at_us


class SoundcardOutput:
    """An Output on the card named `device` (PortAudio's name or number, None for the default one)."""

    def __init__(self, channels: int, on_trouble: OnTrouble, device: str | int | None = None) -> None:
        self._channels, self._on_trouble, self._device = channels, on_trouble, device
        self._card = CardClock()
        self._stream: Any = None
        self._source: Source | None = None
        self._beat_us = monotonic_us()
        self._closing = False
        self.underflows = 0

    def start(self, source: Source) -> None:
        self._source = source
        sounddevice = _portaudio()
        try:
            self._stream = sounddevice.RawOutputStream(
                samplerate=RATE,
                channels=self._channels,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                device=self._device,
                callback=self._callback,
                finished_callback=self._finished,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise OutputFault("audio_no_card", str(error)) from error

    def beat_us(self) -> int:
        return self._beat_us

    def close(self) -> None:
        self._closing = True
        if self._stream:
            self._stream.close()

    def _callback(self, out: Any, _frames: int, time: Any, status: Any) -> None:
        now_us = self._beat_us = monotonic_us()
        latency_s = self._stream.latency if self._stream else 0.0
        self.underflows += bool(status.output_underflow)
        at_us = self._card.at(due_us(now_us, time.currentTime, time.outputBufferDacTime, latency_s))
        assert self._source
        out[:] = self._source.render(at_us).pcm
        self._source.left(at_us)

    def _finished(self) -> None:
        if not self._closing and self._source:
            self._source.broken()
            self._on_trouble(Trouble("audio_no_card", "the stream ended", raised=True))


def _portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise OutputFault("audio_no_library", str(error)) from error
    return sounddevice
