"""From a sensor to the journal's words: what left the box beside what was captured, and what that proves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from speaker_client.contour import FRAME_US
from speaker_client.emission import Emission
from speaker_client.output import Trouble
from speaker_client.output.fault import OnTrouble
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.report import Measured, Measurement
from speaker_client.sensor import Sensor, SensorFault
from speaker_client.witness import Finding, Witness

TROUBLE = "sensor_dead"
RETRY_US = 10_000_000


class Proving:
    """One sensor beside one emission. A sensor that does not work is a fault of the box, and proves nothing."""

    def __init__(self, sensor: Sensor, emission: Emission, on_trouble: OnTrouble) -> None:
        self._sensor, self._emission, self._on_trouble = sensor, emission, on_trouble
        self._witness = Witness(sensor.ears)
        self._next_try_us = 0

    def look(self, now_us: int, utc_us: Callable[[int], int | None]) -> list[Measured]:
        """What is new, an airing at a time; takes some milliseconds, so it is not for the event loop."""
        gone = self._emission.gather()
        if not self._captures(now_us):
            self._witness = Witness(self._sensor.ears)
            return []
        for piece in gone:
            self._witness.left(piece.airing, piece.first, piece.end)
        found: dict[AiringId, list[Measurement]] = {}
        for finding in self._witness.look(now_us // FRAME_US, self._emission.contour.stretch, self._sensor.levels):
            found.setdefault(finding.airing, []).append(_measurement(finding, utc_us))
        said = partial(Measured, sensor=self._sensor.kind, simulated=self._sensor.simulated)
        return [said(airing=airing, measurements=tuple(all_)) for airing, all_ in found.items()]

    def close(self) -> None:
        """Give the sensor back."""
        self._sensor.close()

    def _captures(self, now_us: int) -> bool:
        if not self._sensor.works() and now_us >= self._next_try_us:
            self._next_try_us = now_us + RETRY_US
            try:
                self._sensor.start()
            except SensorFault as fault:
                self._on_trouble(Trouble(TROUBLE, str(fault), raised=True))
            else:
                self._on_trouble(Trouble(TROUBLE, "", raised=False))
        return self._sensor.works()


def _measurement(finding: Finding, utc_us: Callable[[int], int | None]) -> Measurement:
    likeness = finding.likeness
    return Measurement(
        loudspeakers=tuple(sorted(finding.ear)),
        sounded=likeness.sounded,
        level_cb=round(likeness.level_db * 100),
        confidence_pct=round(likeness.confidence * 100),
        at_us=utc_us(finding.from_frame * FRAME_US),
    )
