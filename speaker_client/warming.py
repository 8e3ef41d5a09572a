"""What an order is read and answered with, compiled before the first one comes.

A message is compiled when it is first read, which costs more than all that is done for an order; and the first alarm
since the box began is one as any other.
"""

from __future__ import annotations

from speaker_client.protocol.command import Stop
from speaker_client.protocol.datagram import Heard
from speaker_client.protocol.envelope import Envelope, Signature
from speaker_client.protocol.live import LiveEmergency, LiveOpen
from speaker_client.protocol.message import Message
from speaker_client.protocol.order import Drill, Emergency
from speaker_client.protocol.plan import Item, Part, PlannedAiring
from speaker_client.protocol.report import AiringEnded, AiringStarted, OrderAccepted, Report

OF_ORDERS: tuple[type[Message], ...] = (
    Signature, Envelope, Stop, Emergency, Drill, LiveEmergency, LiveOpen, Item, Part, PlannedAiring,
    OrderAccepted, AiringStarted, AiringEnded, Report, Heard,
)  # fmt: skip


def warm() -> None:
    """Some tens of milliseconds, once."""
    for form in OF_ORDERS:
        form.model_rebuild()
