"""Seven days of one cluster: what plays, when, from which content. Parts never overlap."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from audio_library.content import ContentId, content_id
from speaker_client.protocol.ids import AiringId, LoudspeakerNumber, OccurrenceId, OrderId, ProgrammeId
from speaker_client.protocol.message import Message, SparseMessage
from speaker_client.protocol.priority import Priority
from speaker_client.protocol.statement import Kind, Role, Statement


class Item(SparseMessage):
    """One piece of content in a programme's running order; `size` in bytes, of all of it.

    With `from_us` it is only a stretch of the content that begins there.
    """

    content: ContentId
    size: int = Field(gt=0)
    duration_us: int = Field(gt=0)
    from_us: int | None = Field(default=None, ge=0)

    @field_validator("content")
    @classmethod
    def _is_hash(cls, value: str) -> ContentId:
        return content_id(value)


class Part(Message):
    """A stretch on air: from `from_us` inside the programme for `length_us`, due at `start_us`."""

    start_us: int
    from_us: int = Field(default=0, ge=0)
    length_us: int = Field(gt=0)

    @property
    def end_us(self) -> int:
        """The moment after its last sample."""
        return self.start_us + self.length_us


class Spoken(Message):
    """A live voice instead of items: the frames of this live, each group signed by its `key` (hex)."""

    live: OrderId
    key: str
    limit: int


class Relay(Message):
    """A stream instead of items: it goes on whether or not anybody listens, and what is missed is gone.

    Frame `n` of `stream` is due at `start_us` + n × 10 ms, in groups that its `key` (hex) signs, as a live voice's are.
    Nothing but the airing's hard end ends it. While no frame comes, `fallback` is played from the box's own disk.
    """

    stream: OrderId
    key: str
    start_us: int
    length_us: int = Field(gt=0)
    fallback: tuple[Item, ...] = ()


class PlannedAiring(SparseMessage):
    """One airing: items back to back on these loudspeakers, in parts if something stronger comes between.

    `parts` may cover less than the programme when it is cut for a stronger one, named by `cut_by`. Nothing
    sounds later than `grace_us` after where it was planned. `priority` is a number of the ladder; one that
    this version does not know still ranks.
    """

    id: AiringId
    occurrence: OccurrenceId
    programme: ProgrammeId
    title: str
    priority: int = Priority.OWN
    loudspeakers: tuple[LoudspeakerNumber, ...]
    items: tuple[Item, ...] = ()
    meanwhile: Item | None = None
    """An order's: what sounds in place of an item that the box has not fetched yet; None: silence."""
    spoken: Spoken | None = None
    relay: Relay | None = None
    parts: tuple[Part, ...] = Field(min_length=1)
    grace_us: int = Field(ge=0)
    cut_by: str | None = None
    gain_cb: int | None = Field(default=None, ge=-4000, le=0)
    """How much softer it is than others, in hundredths of a decibel; None: not at all. An emergency never is."""
    resumes: bool = False
    """Whether it goes on, once an order that took the floor from it is over."""

    @model_validator(mode="after")
    def _has_one_sound(self) -> Self:
        if (bool(self.items), bool(self.spoken), bool(self.relay)).count(True) != 1:
            raise ValueError("items, a live voice or a relay, and not two of them or none")
        return self

    @property
    def start_us(self) -> int:
        """When its first part is due."""
        return self.parts[0].start_us

    @property
    def end_us(self) -> int:
        """The moment after its last part."""
        return self.parts[-1].end_us

    @property
    def duration_us(self) -> int:
        """The whole programme, whatever the parts cover; of a live voice as long as it may be, or was."""
        if self.spoken:
            return sum(part.length_us for part in self.parts)
        return self.relay.length_us if self.relay else sum(item.duration_us for item in self.items)

    @property
    def until_us(self) -> int:
        """The last moment at which any of it may sound."""
        whole_us = self.end_us if self.relay else self.start_us + self.duration_us
        return max(self.end_us, whole_us) + self.grace_us

    @property
    def held(self) -> tuple[Item, ...]:
        """What a box fetches for it."""
        return self.relay.fallback if self.relay else self.items

    def contents(self) -> frozenset[ContentId]:
        """All content without which it cannot sound."""
        return frozenset(item.content for item in self.items)


class Plan(Statement):
    """What a cluster plays from `from_us` to `until_us`; the whole truth, a higher `seq` replaces it."""

    kind: Literal[Kind.PLAN] = Kind.PLAN
    role: Literal[Role.SCHEDULE] = Role.SCHEDULE
    from_us: int
    until_us: int
    airings: tuple[PlannedAiring, ...]
