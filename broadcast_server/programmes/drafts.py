"""What a person asks for, before it is checked. What a change leaves out stays as it is."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

_FORM = ConfigDict(frozen=True, extra="forbid")


class RecurrenceDraft(BaseModel):
    """`once`, `daily`, `weekly` (`days` 0 = Monday … 6 = Sunday), `monthly` (`days` 1 … 31, -1 = the last) or
    `rrule` (`text` is an RFC 5545 rule of whole days)."""

    model_config = _FORM
    kind: str = Field(default="once", max_length=20)
    days: tuple[int, ...] = Field(default=(), max_length=62)
    text: str = Field(default="", max_length=1000)


class RuleDraft(BaseModel):
    """When to play, in local wall time. Days are `YYYY-MM-DD` (without a first one: today), times `HH:MM[:SS]`."""

    model_config = _FORM
    times: tuple[str, ...] = Field(default=(), max_length=500)
    first_day: str | None = Field(default=None, max_length=20)
    last_day: str | None = Field(default=None, max_length=20)
    recurrence: RecurrenceDraft = RecurrenceDraft()
    exceptions: tuple[str, ...] = Field(default=(), max_length=1000)
    zone: str | None = Field(default=None, max_length=100)


class RuleChange(BaseModel):
    """What to change of a rule."""

    model_config = _FORM
    times: tuple[str, ...] | None = Field(default=None, max_length=500)
    first_day: str | None = Field(default=None, max_length=20)
    last_day: str | None = Field(default=None, max_length=20)
    recurrence: RecurrenceDraft | None = None
    exceptions: tuple[str, ...] | None = Field(default=None, max_length=1000)
    zone: str | None = Field(default=None, max_length=100)

    def onto(self, draft: RuleDraft) -> RuleDraft:
        """The draft with this change; only `last_day` may be taken away by a null."""
        return draft.model_copy(update=_changes(self, {"last_day"}))


class RelayDraft(BaseModel):
    """Relay sources by id, the first that sounds is taken, for so many seconds."""

    model_config = _FORM
    sources: tuple[str, ...] = Field(max_length=50)
    length_s: int


class ProgrammeDraft(BaseModel):
    """Recordings in order, where to, how strong. `grace_s`: how many seconds late it may still be played. `gain_cb`:
    how much softer it is than others, in hundredths of a decibel from -1200 to 0.

    With `relay` it is a relay, which is never late; recordings are then what is played while no source sounds. Without
    a `priority` it is on the step of its kind.
    """

    model_config = _FORM
    title: str = Field(max_length=1000)
    items: tuple[str, ...] = Field(default=(), max_length=500)
    relay: RelayDraft | None = None
    targets: tuple[str, ...] = Field(default=("all",), max_length=1000)
    priority: int | str | None = None
    grace_s: int = 300
    if_busy: str = Field(default="delay", max_length=20)
    if_interrupted: str = Field(default="resume", max_length=20)
    gain_cb: int = 0


class ProgrammeChange(BaseModel):
    """What to change of a programme."""

    model_config = _FORM
    title: str | None = Field(default=None, max_length=1000)
    items: tuple[str, ...] | None = Field(default=None, max_length=500)
    relay: RelayDraft | None = None
    targets: tuple[str, ...] | None = Field(default=None, max_length=1000)
    priority: int | str | None = None
    grace_s: int | None = None
    if_busy: str | None = Field(default=None, max_length=20)
    if_interrupted: str | None = Field(default=None, max_length=20)
    gain_cb: int | None = None

    def onto(self, draft: ProgrammeDraft) -> ProgrammeDraft:
        """The draft with this change."""
        return draft.model_copy(update=_changes(self, set()))


class NewProgramme(ProgrammeDraft):
    """A programme together with its first rules."""

    rules: tuple[RuleDraft, ...] = Field(default=(), max_length=100)

    def alone(self) -> ProgrammeDraft:
        """The programme without its rules."""
        return ProgrammeDraft(**{name: getattr(self, name) for name in ProgrammeDraft.model_fields})

    @classmethod
    def of(cls, draft: ProgrammeDraft, *rules: RuleDraft) -> Self:
        """A programme and its first rules."""
        return cls(**{name: getattr(draft, name) for name in ProgrammeDraft.model_fields}, rules=rules)


def _changes(change: BaseModel, may_be_null: set[str]) -> dict[str, Any]:
    given = {name: getattr(change, name) for name in change.model_fields_set}
    return {name: value for name, value in given.items() if value is not None or name in may_be_null}
