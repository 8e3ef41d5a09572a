"""What a box is told about itself: its place, its loudspeakers and how often to speak up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from speaker_client.protocol.ids import SECOND, BoxId, ClusterId, LoudspeakerNumber, VillageId
from speaker_client.protocol.message import Message
from speaker_client.protocol.statement import (
    WHOLE_STATION,
    Audience,
    Kind,
    Role,
    Statement,
    box_audience,
    cluster_audience,
    village_audience,
)

Softer = Annotated[int, Field(ge=-4000, le=0)]


class LoudspeakerConfig(Message):
    """One loudspeaker = one output channel; `gain_cb` in hundredths of a decibel, bounded."""

    number: LoudspeakerNumber = Field(ge=1, le=16)
    gain_cb: int = Field(default=0, ge=-4000, le=1200)
    muted: bool = False


class BoxConfig(Statement):
    """The signed place of a box. Its audiences come from here and nowhere else."""

    kind: Literal[Kind.CONFIG] = Kind.CONFIG
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE
    box: BoxId
    cluster: ClusterId
    cluster_name: str = ""
    village: VillageId
    loudspeakers: tuple[LoudspeakerConfig, ...]
    hours_cb: tuple[Softer, ...] = Field(default=(), max_length=24)
    """How much softer all but an emergency is in each hour of the UTC day, in hundredths of a decibel; empty: never."""
    poll_us: int = Field(default=300 * SECOND, ge=SECOND)
    """How long the box's question for news stands open while it is hinted at them."""
    heartbeat_us: int = Field(default=55 * SECOND, ge=SECOND)
    cache_bytes: int = Field(default=4 << 30, ge=1 << 20)
    disk_floor_bytes: int = Field(default=256 << 20, ge=0)

    def audiences(self) -> frozenset[Audience]:
        """Every audience this box belongs to."""
        return frozenset(
            {
                WHOLE_STATION,
                village_audience(self.village),
                cluster_audience(self.cluster),
                box_audience(self.box),
            }
        )
