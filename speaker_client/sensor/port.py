"""What a sensor is, whatever it measures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.witness import Ear

SENTENCES = {
    "sensor_unknown": ("Không có kiểu cảm biến này.", "There is no such kind of sensor."),
    "sensor_no_library": (
        "Thiếu thư viện PortAudio nên không thu được tín hiệu cảm biến.",
        "The PortAudio library is missing, so nothing can be captured.",
    ),
    "sensor_no_card": ("Không mở được đầu vào của cảm biến.", "The sensor's input cannot be opened."),
}
"""Code → (Vietnamese, English)."""


class SensorFault(Exception):
    """A sensor that does not work: a stable code and the technician's detail."""

    def __init__(self, code: str, detail: str) -> None:
        self.vi, self.en = SENTENCES[code]
        super().__init__(f"{self.en} ({detail})")
        self.code, self.detail = code, detail


class Sensor(Protocol):
    """Measures how loud it is where sound should be. Whether that is ours is not for it to say."""

    kind: SensorKind

    simulated: bool
    """Whether no hardware is behind it; said with all that it finds."""

    ears: tuple[Ear, ...]
    """For each input whose sound it hears; an ear of several loudspeakers cannot tell them apart."""

    def start(self) -> None:
        """Begin to capture, or begin again. SensorFault if that cannot be done now."""

    def works(self) -> bool:
        """Whether it captures now; what it did not capture proves nothing, neither way."""

    def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        """RMS (1 for full scale) in each of these 10 ms frames of the monotonic clock."""

    def close(self) -> None:
        """End the capture."""


def ears_of(kind: SensorKind, loudspeakers: Collection[LoudspeakerNumber]) -> tuple[Ear, ...]:
    """A microphone hears all loudspeakers at once, the others measure each line for itself."""
    if kind is SensorKind.MICROPHONE:
        return (frozenset(loudspeakers),)
    return tuple(frozenset({number}) for number in sorted(loudspeakers))
