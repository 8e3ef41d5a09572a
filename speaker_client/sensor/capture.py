"""A sensor on an input of the sound card: line loop-back, microphone, or a converter of the lines' current."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from speaker_client.contour import Contour
from speaker_client.frames import BLOCK_FRAMES, BLOCK_US, RATE
from speaker_client.output import OutputFault
from speaker_client.output.realtime import monotonic_us
from speaker_client.output.soundcard import LIVES, load_portaudio
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.sensor.port import SensorFault, ears_of
from speaker_client.witness import Ear

SILENT_US = 2_000_000
"""A stream that brings nothing for so long has died."""


class CaptureSensor:
    """Reads `device` (PortAudio's name or number, None for the default one). Input n belongs to loudspeaker n.

    `portaudio` is the sounddevice module; None loads it at the first start.
    """

    simulated = False

    def __init__(
        self,
        kind: SensorKind,
        loudspeakers: Collection[LoudspeakerNumber],
        device: str | None = None,
        portaudio: Any = None,
    ) -> None:
        self.kind, self.ears = kind, ears_of(kind, loudspeakers)
        self._channels = 1 if kind is SensorKind.MICROPHONE else max(loudspeakers)
        self._device = int(device) if device and device.isdecimal() else device
        self._contour = Contour(self._channels)
        self._portaudio: Any = portaudio
        self._stream: Any = None
        self._heard_us = self._life = 0

    def start(self) -> None:
        with LIVES.lock:
            self.close()
            self._open()
        self._heard_us = monotonic_us()

    def _open(self) -> None:
        self._life = LIVES.count
        try:
            self._portaudio = self._portaudio or load_portaudio()
            self._stream = self._portaudio.RawInputStream(
                samplerate=RATE,
                channels=self._channels,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                device=self._device,
                callback=self._take,
            )
            self._stream.start()
        except OutputFault as fault:
            raise SensorFault("sensor_no_library", fault.detail) from fault
        except (self._portaudio.PortAudioError, ValueError) as error:
            raise SensorFault("sensor_no_card", str(error)) from error

    def works(self) -> bool:
        alive = self._stream is not None and self._life == LIVES.count
        return alive and monotonic_us() - self._heard_us < SILENT_US

    def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        inputs = [LoudspeakerNumber(1)] if self.kind is SensorKind.MICROPHONE else ear
        return self._contour.stretch(inputs, first, end)

    def close(self) -> None:
        with LIVES.lock:
            stream, self._stream = self._stream, None
            if stream and self._life == LIVES.count:
                stream.close(ignore_errors=True)

    def _take(self, pcm: Any, _frames: int, times: Any, _status: Any) -> None:
        now_us = self._heard_us = monotonic_us()
        ago_us = (times.currentTime - times.inputBufferAdcTime) * 1e6 if times.inputBufferAdcTime > 0 else BLOCK_US
        self._contour.add(now_us - round(ago_us), bytes(pcm))
