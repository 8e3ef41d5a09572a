"""What a box reports: a numbered, chained journal that stays on the box until the station has it."""

from __future__ import annotations

import hashlib
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from audio_library.content import ContentId
from speaker_client.protocol.envelope import canonical
from speaker_client.protocol.ids import AiringId, BoxId, LoudspeakerNumber, OrderId
from speaker_client.protocol.message import Message
from speaker_client.protocol.statement import Kind, Role, Statement

FAR = 1 << 52
Moment = Annotated[int, Field(ge=0, lt=FAR)]
"""Microseconds of UTC, before the year 2112: what no clock shows would break whoever reads the log."""
Span = Annotated[int, Field(gt=-FAR, lt=FAR)]
Count = Annotated[int, Field(ge=0, lt=FAR)]

CHAIN_DOMAIN = b"TIENGLANG-REPORT-V1\0"
GENESIS = "0" * 64


class Result(StrEnum):
    """The one end of an airing."""

    PLAYED = "PLAYED"
    PARTIAL = "PARTIAL"
    MISSED = "MISSED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"


class Reason(StrEnum):
    """Why an airing was not played whole; a closed list."""

    POWER_OFF = "POWER_OFF"
    NO_MEDIA = "NO_MEDIA"
    NO_PLAN = "NO_PLAN"
    CLOCK = "CLOCK"
    AUDIO_FAULT = "AUDIO_FAULT"
    PREEMPTED = "PREEMPTED"
    LATE = "LATE"
    CORRUPT = "CORRUPT"
    CONFIG = "CONFIG"
    STOPPED = "STOPPED"
    WITHDRAWN = "WITHDRAWN"
    NO_ORDER = "NO_ORDER"
    NO_VOICE = "NO_VOICE"
    SPEAKER_GONE = "SPEAKER_GONE"
    TIME_UP = "TIME_UP"
    NO_RELAY = "NO_RELAY"


class Evidence(IntEnum):
    """How we know that it sounded (0 sent … 5 heard by a microphone)."""

    SENT = 0
    ACKNOWLEDGED = 1
    DECODED = 2
    CONSUMED = 3
    ELECTRICAL = 4
    ACOUSTIC = 5


class SensorKind(StrEnum):
    """What a sensor measures: the line fed back, the air, or the current that a line draws."""

    LINE_LOOPBACK = "line_loopback"
    MICROPHONE = "microphone"
    LINE_CURRENT = "line_current"


class Booted(Message):
    """The daemon started; the machine's boot id tells a restart from a power cut."""

    kind: Literal["booted"] = "booted"
    software: str
    machine_boot: str


class PlanAccepted(Message):
    """From here on the box plays this plan; what it dropped was reported just before."""

    kind: Literal["plan_accepted"] = "plan_accepted"
    seq: Count
    airings: Count


class OrderAccepted(Message):
    """An order was obeyed: it sounds as soon as its content is here and the floor can be taken."""

    kind: Literal["order_accepted"] = "order_accepted"
    order: OrderId
    airing: AiringId


class AiringStarted(Message):
    """The first sample of an airing sounded; `error_us` is how late (early below zero)."""

    kind: Literal["airing_started"] = "airing_started"
    airing: AiringId
    due_us: Moment
    started_us: Moment
    error_us: Span


LEAST_PROOF_PCT = 50


class Measurement(Message):
    """What a sensor captured of these loudspeakers (several: it cannot tell them apart) beside what was played.

    `level_cb`: hundredths of a decibel against full scale. `confidence_pct`: how surely it is what was played.
    `at_us`: when what was compared began to be heard, None without a clock.
    """

    loudspeakers: tuple[Annotated[LoudspeakerNumber, Field(ge=1, le=16)], ...] = Field(min_length=1, max_length=16)
    sounded: bool
    level_cb: int = Field(ge=-20_000, le=2_000)
    confidence_pct: int = Field(ge=0, le=100)
    at_us: Moment | None

    @model_validator(mode="after")
    def _is_surer_than_not(self) -> Self:
        if self.sounded and self.confidence_pct < LEAST_PROOF_PCT:
            raise ValueError("what is more likely something else is no proof")
        return self


class Measured(Message):
    """News of a sensor on an airing, also after its end. That something sounded is never taken back.

    `simulated`: no hardware measured it, and nobody is to take it for more than a demonstration.
    """

    kind: Literal["measured"] = "measured"
    airing: AiringId
    sensor: SensorKind
    simulated: bool = False
    measurements: tuple[Measurement, ...] = Field(max_length=32)

    def proof(self) -> Evidence | None:
        """What it proves, if anything sounded."""
        if not any(one.sounded for one in self.measurements):
            return None
        return Evidence.ACOUSTIC if self.sensor is SensorKind.MICROPHONE else Evidence.ELECTRICAL


class AiringEnded(Message):
    """The one terminal word on an airing. `segments`: what sounded, [from, to) in programme time."""

    kind: Literal["airing_ended"] = "airing_ended"
    airing: AiringId
    result: Result
    reason: Reason | None = None
    by: str | None = None
    due_us: Moment
    started_us: Moment | None = None
    error_us: Span | None = None
    duration_us: Count
    segments: tuple[tuple[Count, Count], ...] = ()
    plan_seq: Count
    contents: tuple[ContentId, ...] = ()
    evidence: Evidence = Evidence.DECODED
    underruns: Count = 0
    concealed: Count = 0
    """Frames of 10 ms of a live voice or a relay that did not come in time, and were made up, filled or silent."""
    filled: Count = 0
    """Those of them in which the box played a relay's fallback from its own disk."""

    def sounded_us(self) -> int:
        """How much of it was really emitted."""
        return sum(to - start for start, to in self.segments)


class Refused(Message):
    """A statement that was not obeyed; `code` names the first check it failed."""

    kind: Literal["refused"] = "refused"
    code: str
    statement: str
    count: int = 1


class Fault(Message):
    """Something is broken (`raised`) or whole again."""

    kind: Literal["fault"] = "fault"
    code: str
    detail: str
    raised: bool


class LogLost(Message):
    """The journal was damaged: the reports in this range are gone, and that is not hidden."""

    kind: Literal["log_lost"] = "log_lost"
    first: int
    last: int | None


Body = Annotated[
    Booted | PlanAccepted | OrderAccepted | AiringStarted | Measured | AiringEnded | Refused | Fault | LogLost,
    Field(discriminator="kind"),
]


class Report(Message):
    """Number `n` of a box's journal. `prev` is the hash of number n − 1; `at_us` is None without a clock."""

    v: int = 1
    box: BoxId
    boot: str
    n: int = Field(ge=1, lt=FAR)
    prev: str
    at_us: Moment | None
    at_error_us: Count | None
    body: Body

    def text(self) -> str:
        """The canonical text that is hashed, stored and sent."""
        return canonical(self.model_dump(mode="json"))


def chain_hash(text: str) -> str:
    """The hash that the next report carries as `prev`."""
    return hashlib.sha256(CHAIN_DOMAIN + text.encode()).hexdigest()


class ReportBatch(Statement):
    """Consecutive reports as their canonical texts, signed as one by the box's own key.

    `after`: the last line before these that the box still holds, 0 if none; an older box does not say.
    """

    kind: Literal[Kind.REPORTS] = Kind.REPORTS
    role: Literal[Role.DEVICE] = Role.DEVICE
    box: BoxId
    reports: tuple[str, ...]
    after: int | None = None


class Ack(Statement):
    """The station has everything up to number `upto`, whose hash is `head`; earlier ones may be forgotten."""

    kind: Literal[Kind.ACK] = Kind.ACK
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE
    upto: int
    head: str


class Fork(Statement):
    """A batch does not go on from the station's copy of the journal, which ends at number `upto` with the hash `head`.

    `answers` is the hash of the batch's last line: the word counts for that batch and for no other.
    """

    kind: Literal[Kind.FORK] = Kind.FORK
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE
    upto: int = Field(ge=0)
    head: str = Field(pattern="^[0-9a-f]{64}$")
    answers: str


class VoiceHeard(Message):
    """How a live voice comes in, said every second: `spare_us` before it was asked for the tightest frame of the last
    second came, below zero too late, None if none came; how many were `heard` and how many are `missing` in all."""

    live: OrderId
    spare_us: int | None
    heard: int
    missing: int


class Heartbeat(Statement):
    """The box is alive. Short, since it is most of what an idle box sends."""

    kind: Literal[Kind.HEARTBEAT] = Kind.HEARTBEAT
    role: Literal[Role.DEVICE] = Role.DEVICE
    boot: str
    n: int
    head: str
    plan: int
    on_air: AiringId | None = None
    clock: str
    clock_error_us: int | None = None
    missing: int = 0
    faults: tuple[str, ...] = ()
    voice: VoiceHeard | None = None


KNOWN = frozenset(
    {
        "booted",
        "plan_accepted",
        "order_accepted",
        "airing_started",
        "measured",
        "airing_ended",
        "refused",
        "fault",
        "log_lost",
    }
)
"""Every kind of body in this version."""


def read_body(value: dict[str, Any]) -> Report | None:
    """A report's object, or None when a newer box says something this version does not know."""
    body = value.get("body")
    if isinstance(body, dict) and body.get("kind") not in KNOWN:
        return None
    return Report.model_validate(value)
