"""Which sensor the technician has wired up."""

from __future__ import annotations

from collections.abc import Collection

from speaker_client.contour import Contour
from speaker_client.protocol.ids import LoudspeakerNumber
from speaker_client.protocol.report import SensorKind
from speaker_client.sensor import CaptureSensor, Sensor, SensorFault, SimulatedSensor

KINDS = {
    "loopback": SensorKind.LINE_LOOPBACK,
    "microphone": SensorKind.MICROPHONE,
    "current": SensorKind.LINE_CURRENT,
}


def choose_sensor(text: str, contour: Contour, loudspeakers: Collection[LoudspeakerNumber]) -> Sensor | None:
    """`loopback`, `microphone` or `current`, each with `[:DEVICE]`; `simulated:HOW[:KIND]`; `none`.

    SensorFault for anything else. `contour` is what leaves the box, for the simulated one.
    """
    name, _, rest = text.partition(":")
    if name in KINDS:
        return CaptureSensor(KINDS[name], loudspeakers, rest or None)
    how, _, kind = rest.partition(":")
    if name == "simulated" and kind in ("", *KINDS):
        return SimulatedSensor(how, contour, loudspeakers, KINDS.get(kind))
    if text == "none":
        return None
    raise SensorFault("sensor_unknown", text)
