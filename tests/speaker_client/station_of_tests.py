"""A station in miniature that signs what tests need."""

from __future__ import annotations

from speaker_client.listener import Identity
from speaker_client.protocol.command import Stop
from speaker_client.protocol.config import BoxConfig, LoudspeakerConfig
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import DAY, HOUR, AiringId, BoxId, ClusterId, LoudspeakerNumber, StationId, VillageId
from speaker_client.protocol.keyring import Keyring, TrustedKey
from speaker_client.protocol.plan import Plan, PlannedAiring
from speaker_client.protocol.signature import SigningKey
from speaker_client.protocol.statement import WHOLE_STATION, Audience, Role, box_audience, cluster_audience

STATION = StationId("tay-ho")
BOX = BoxId("box-1")
CLUSTER = ClusterId("cum-1")
NOW = 1_790_000_000_000_000


class MiniStation:
    """Keys made once; every statement signed for real."""

    def __init__(self) -> None:
        self.root, self.schedule, self.alert, self.drill, self.time = (SigningKey.born() for _ in range(5))
        self.identity = Identity(STATION, BOX, self.root.public)

    def keyring(self, seq: int = 1, **changes: object) -> Keyring:
        keys = (
            TrustedKey(public=self.schedule.public, roles=(Role.SCHEDULE,)),
            TrustedKey(public=self.alert.public, roles=(Role.ALERT,)),
            TrustedKey(public=self.drill.public, roles=(Role.DRILL,)),
            TrustedKey(public=self.time.public, roles=(Role.TIME,)),
        )
        keyring = Keyring(
            station=STATION,
            audience=WHOLE_STATION,
            seq=seq,
            not_before_us=0,
            expires_us=NOW + 3650 * DAY,
            keys=keys,
        )
        return keyring.model_copy(update=changes)

    def config(self, seq: int = 1) -> BoxConfig:
        return BoxConfig(
            station=STATION,
            audience=box_audience(BOX),
            seq=seq,
            not_before_us=0,
            expires_us=NOW + 3650 * DAY,
            box=BOX,
            cluster=CLUSTER,
            village=VillageId("thon-1"),
            loudspeakers=tuple(LoudspeakerConfig(number=LoudspeakerNumber(n)) for n in (1, 2, 3)),
        )

    def plan(self, seq: int, airings: tuple[PlannedAiring, ...] = (), **changes: object) -> Plan:
        plan = Plan(
            station=STATION,
            audience=cluster_audience(CLUSTER),
            seq=seq,
            not_before_us=NOW - HOUR,
            expires_us=NOW + 7 * DAY,
            from_us=NOW - HOUR,
            until_us=NOW + 7 * DAY,
            airings=airings,
        )
        return plan.model_copy(update=changes)

    def stop(self, seq: int, *airings: AiringId, audience: Audience | None = None, **changes: object) -> Stop:
        stop = Stop(
            station=STATION,
            audience=audience or cluster_audience(CLUSTER),
            seq=seq,
            not_before_us=NOW - HOUR,
            expires_us=NOW + HOUR,
            airings=airings,
            by="lan",
        )
        return stop.model_copy(update=changes)

    def sealed(self, stop: Stop) -> Envelope:
        return stop.seal([self.schedule])
