"""A sensor without hardware, that hears what the box really put out, or is broken in one of the ways real ones are."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence

from speaker_client.contour import Contour
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.sensor.port import SensorFault, ears_of
from speaker_client.witness import Ear

DELAY, GAIN, HISS = 3, 0.5, 0.0005
CROSSTALK = 0.03
"""What a dead line has of its neighbours' signal: -30 dB."""

NEIGHBOUR_DELAY, NEIGHBOUR_GAIN = 120, 0.2
"""The next cluster's horns, which play the same in step: 400 m away."""

LIE = 0.3


class SimulatedSensor:
    """`how` it hears: honest, deaf, lying (loud whatever is played), two-of-three (the last one is dead), neighbour.

    `contour` is what left the box. A neighbour is heard by a microphone, all else on the lines, unless `kind` is given.
    """

    simulated = True

    def __init__(
        self, how: str, contour: Contour, loudspeakers: Collection[LoudspeakerNumber], kind: SensorKind | None = None
    ) -> None:
        ways: dict[str, Callable[[Ear, int, int], Sequence[float]]] = {
            "honest": self._ours,
            "deaf": self._nothing,
            "lying": lambda _ear, first, end: [LIE] * (end - first),
            "two-of-three": self._all_but_the_last,
            "neighbour": self._next_cluster,
        }
        if how not in ways:
            raise SensorFault("sensor_unknown", f"simulated:{how}")
        self._hear, self._contour, self._last = ways[how], contour, max(loudspeakers)
        self._everybody = frozenset(loudspeakers)
        self._noise = random.Random(how)  # noqa: S311  (hiss, no secret)
        self.kind = kind or (SensorKind.MICROPHONE if how == "neighbour" else SensorKind.LINE_CURRENT)
        self.ears = ears_of(self.kind, loudspeakers)

    def start(self) -> None:
        pass

    def works(self) -> bool:
        return True

    def levels(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        return [level + HISS * self._noise.random() for level in self._hear(ear, first, end)]

    def close(self) -> None:
        pass

    def _ours(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        return [GAIN * level for level in self._contour.stretch(ear, first - DELAY, end - DELAY)]

    def _all_but_the_last(self, ear: Ear, first: int, end: int) -> Sequence[float]:
        if ear != {self._last}:
            return self._ours(ear - {self._last}, first, end)
        return [CROSSTALK * level for level in self._ours(self._everybody - ear, first, end)]

    def _nothing(self, _ear: Ear, first: int, end: int) -> Sequence[float]:
        return [0.0] * (end - first)

    def _next_cluster(self, _ear: Ear, first: int, end: int) -> Sequence[float]:
        there = self._contour.stretch(self._everybody, first - NEIGHBOUR_DELAY, end - NEIGHBOUR_DELAY)
        return [NEIGHBOUR_GAIN * level for level in there]
