"""A real sound card through PortAudio: an always open stream whose callback asks for blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE
from speaker_client.output.fault import OnTrouble, OutputFault, Trouble
from speaker_client.output.realtime import monotonic_us, sleep_until
from speaker_client.output.revival import Revival
from speaker_client.output.stream import Source

JUMP_US = BLOCK_US
"""A difference of a block or more is believed at once."""

SMOOTHING = 16
HANGS_S = 0.5


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


class Lives:
    """PortAudio is one in a process, and to begin it anew ends all streams: also the sensor's.

    Whoever opens or closes one holds `lock`, and touches none of an earlier life than `count`: it is freed memory.
    """

    def __init__(self) -> None:
        self.lock, self.count = threading.RLock(), 0

    def begin_anew(self, library: Any) -> None:
        """Not before who opens or closes a stream is done, unless the driver hangs: sound does not wait for that."""
        held = self.lock.acquire(timeout=HANGS_S)
        try:
            self.count += 1
            library._terminate()
            library._initialize()
        finally:
            if held:
                self.lock.release()


LIVES = Lives()


def load_portaudio() -> Any:
    """The sounddevice module; OutputFault where the library is not installed."""
    try:
        import sounddevice
    except OSError as error:
        raise OutputFault("audio_no_library", str(error)) from error
    return sounddevice


class SoundcardOutput:
    """An Output on the card named `device` (PortAudio's name or number, None for the default one).

    A card that vanishes ends what sounds and is looked for until it is back. `portaudio` loads the library.
    """

    def __init__(
        self,
        channels: int,
        on_trouble: OnTrouble,
        device: str | None = None,
        portaudio: Callable[[], Any] = load_portaudio,
    ) -> None:
        self._channels, self._on_trouble, self._portaudio = channels, on_trouble, portaudio
        self._device = int(device) if device and device.isdecimal() else device
        self._stream: Any = None
        self._card = CardClock()
        self._revival = Revival()
        self._gone, self._closing = threading.Event(), False
        self._beat_us = monotonic_us()
        self._thread: threading.Thread | None = None
        self.underflows = 0

    def start(self, source: Source) -> None:
        self._open(source)
        self._thread = threading.Thread(target=self._run, args=(source,), name="soundcard", daemon=True)
        self._thread.start()

    def beat_us(self) -> int:
        return self._beat_us

    def close(self) -> None:
        self._closing = True
        self._gone.set()
        if self._thread:
            self._thread.join()
        if self._stream:
            self._stream.close()

    def _open(self, source: Source) -> None:
        library = self._portaudio()
        self._card = CardClock()
        self._gone.clear()
        try:
            self._stream = library.RawOutputStream(
                samplerate=RATE,
                channels=self._channels,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                device=self._device,
                callback=partial(self._callback, source),
                finished_callback=self._gone.set,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise OutputFault("audio_no_card", str(error)) from error
        self._revival.born(monotonic_us())

    def _callback(self, source: Source, out: Any, _frames: int, time: Any, status: Any) -> None:
        now_us = self._beat_us = monotonic_us()
        latency_s = self._stream.latency if self._stream else 0.0
        self.underflows += bool(status.output_underflow)
        at_us = self._card.at(due_us(now_us, time.currentTime, time.outputBufferDacTime, latency_s))
        out[:] = source.render(at_us).pcm
        source.left(at_us)

    def _run(self, source: Source) -> None:
        while not self._closing:
            self._gone.wait()
            if not self._closing:
                self._mend(source)

    def _mend(self, source: Source) -> None:
        """Keep the source moving without sound until the card is back."""
        self._on_trouble(Trouble("audio_no_card", "the stream ended", raised=True))
        next_try_us = self._revival.died(monotonic_us())
        while not self._closing:
            now_us = self._beat_us = monotonic_us()
            source.render(now_us)
            source.broken()
            if now_us >= next_try_us and self._opened_again(source):
                self._on_trouble(Trouble("audio_no_card", "", raised=False))
                return
            next_try_us = next_try_us if now_us < next_try_us else self._revival.died(now_us)
            sleep_until(now_us + BLOCK_US)

    def _opened_again(self, source: Source) -> bool:
        """PortAudio only sees a card that came back after it has been begun anew."""
        library = self._portaudio()
        stream, self._stream = self._stream, None
        if stream:
            stream.close(ignore_errors=True)
        LIVES.begin_anew(library)
        try:
            self._open(source)
        except OutputFault:
            return False
        return True
