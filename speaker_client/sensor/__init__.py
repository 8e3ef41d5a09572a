"""What is measured beside the loudspeakers, to know that they sounded and not only that they were told to."""

from speaker_client.sensor.capture import CaptureSensor
from speaker_client.sensor.port import Sensor, SensorFault
from speaker_client.sensor.simulated import SimulatedSensor

__all__ = ["CaptureSensor", "Sensor", "SensorFault", "SimulatedSensor"]
