"""A change to the timetable as the officer means it: what is taken out of it, and what is put in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from broadcast_server.programmes.drafts import RuleDraft
from broadcast_server.schedule.carving import Scope
from speaker_client.protocol.ids import ProgrammeId, RuleId

_FORM = ConfigDict(frozen=True, extra="forbid")


class Taking(BaseModel):
    """What plays by this rule on this day (`YYYY-MM-DD`) at this time (`HH:MM[:SS]`): that once, from then on, or
    always."""

    model_config = _FORM
    programme_id: ProgrammeId
    rule_id: RuleId
    day: str = Field(max_length=20)
    time: str = Field(max_length=20)
    scope: Scope = Scope.THIS


class Putting(BaseModel):
    """A programme, or a recording for which one is found or made, and when. What is null is as the programme has it; a
    recording plays everywhere. A programme that was deleted is made anew."""

    model_config = _FORM
    programme_id: ProgrammeId | None = None
    recording_id: str | None = Field(default=None, max_length=100)
    targets: tuple[str, ...] | None = Field(default=None, max_length=1000)
    priority: int | str | None = None
    gain_cb: int | None = None
    rule: RuleDraft


class ScheduleChange(BaseModel):
    """Both in one transaction; either may be null."""

    model_config = _FORM
    take: Taking | None = None
    put: Putting | None = None
