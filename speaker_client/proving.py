"""From a sensor to the journal's words: what left the box beside what was captured, and what that proves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from speaker_client.contour import FRAME_US
from speaker_client.emission import Emission, Gone
from speaker_client.likeness import LATEST, LATEST_ON_A_LINE
from speaker_client.output import Trouble
from speaker_client.output.fault import OnTrouble
from speaker_client.protocol.ids import AiringId
from speaker_client.protocol.report import Measured, Measurement, SensorKind
from speaker_client.sensor import Sensor, SensorFault
from speaker_client.witness import Finding, Witness

log = logging.getLogger(__name__)

TROUBLE = "sensor_dead"
RETRY_US = 10_000_000
SETTLED_US = 30_000_000
"""A sensor that has worked so long again is well: one that fails with every airing is one fault, not hundreds."""


class Proving:
    """One sensor beside one emission. A sensor that does not work is a fault of the box, and proves nothing."""

    def __init__(self, sensor: Sensor, emission: Emission, on_trouble: OnTrouble) -> None:
        self._sensor, self._emission, self._on_trouble = sensor, emission, on_trouble
        self._witness = _witness_of(sensor)
        self._broken = False
        self._next_try_us = self._since_us = 0

    def look(self, now_us: int, utc_us: Callable[[int], int | None]) -> list[Measured]:
        """What is new, an airing at a time. Takes some milliseconds, or as long as the sensor's driver likes."""
        gone = self._emission.gather()
        try:
            if self._captures(now_us):
                return self._said(gone, now_us, utc_us)
        except Exception as error:  # a driver may throw anything, and the sound must go on all the same
            log.exception("the sensor failed")
            self._sensor_failed(repr(error), now_us)
        self._witness = _witness_of(self._sensor)
        return []

    def close(self) -> None:
        """Give the sensor back."""
        self._sensor.close()

    def _said(self, gone: Iterable[Gone], now_us: int, utc_us: Callable[[int], int | None]) -> list[Measured]:
        for piece in gone:
            self._witness.left(piece.airing, piece.first, piece.end)
        found: dict[AiringId, list[Measurement]] = {}
        for finding in self._witness.look(now_us // FRAME_US, self._emission.contour.stretch, self._sensor.levels):
            found.setdefault(finding.airing, []).append(_measurement(finding, utc_us))
        said = partial(Measured, sensor=self._sensor.kind, simulated=self._sensor.simulated)
        return [said(airing=airing, measurements=tuple(all_)) for airing, all_ in found.items()]

    def _captures(self, now_us: int) -> bool:
        if (self._broken or not self._sensor.works()) and now_us >= self._next_try_us:
            try:
                self._sensor.start()
                self._broken, self._since_us = False, now_us
                self._next_try_us = now_us + RETRY_US
            except SensorFault as fault:
                self._sensor_failed(str(fault), now_us)
        works = not self._broken and self._sensor.works()
        if works and now_us - self._since_us >= SETTLED_US:
            self._on_trouble(Trouble(TROUBLE, "", raised=False))
        return works

    def _sensor_failed(self, detail: str, now_us: int) -> None:
        self._broken, self._next_try_us = True, now_us + RETRY_US
        self._on_trouble(Trouble(TROUBLE, detail, raised=True))


def _witness_of(sensor: Sensor) -> Witness:
    return Witness(sensor.ears, LATEST if sensor.kind is SensorKind.MICROPHONE else LATEST_ON_A_LINE)


def _measurement(finding: Finding, utc_us: Callable[[int], int | None]) -> Measurement:
    likeness = finding.likeness
    return Measurement(
        loudspeakers=tuple(sorted(finding.ear)),
        sounded=likeness.sounded,
        level_cb=round(likeness.level_db * 100),
        confidence_pct=round(likeness.confidence * 100),
        at_us=utc_us(finding.from_frame * FRAME_US),
    )
