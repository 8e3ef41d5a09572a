"""Programmes and rules as rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from audio_library.content import ContentId
from broadcast_server.programmes.drafts import ProgrammeDraft, RecurrenceDraft, RelayDraft, RuleDraft
from broadcast_server.programmes.priorities import priority_name
from broadcast_server.programmes.targets import read_target, target_text
from broadcast_server.schedule.programme import IfBusy, IfInterrupted, Item, Programme, Relay
from broadcast_server.schedule.rule import Daily, Monthly, Once, Recurrence, RRuleText, Rule, Weekly
from broadcast_server.store.library import RecordingRow
from broadcast_server.store.programmes import ProgrammeItemRow, ProgrammeRow, RuleRow
from speaker_client.protocol.ids import SECOND, ProgrammeId, RuleId


class RecurrenceJson(TypedDict):
    """On which days. `weekly`: `days` 0 = Monday … 6 = Sunday; `monthly`: `days` 1 … 31, -1 = the last; `rrule`:
    `text` is an RFC 5545 rule."""

    kind: Literal["once", "daily", "weekly", "monthly", "rrule"]
    days: NotRequired[list[int]]
    text: NotRequired[str]


def item_of(row: RecordingRow) -> Item:
    """The recording as an item of a programme."""
    return Item(ContentId(row.content), row.duration_us, row.size)


def programme_of(row: ProgrammeRow, items: Iterable[Item]) -> Programme:
    """The programme with its items in order."""
    return Programme(
        id=ProgrammeId(row.id),
        title=row.title,
        priority=row.priority,
        items=tuple(items),
        targets=tuple(read_target(text) for text in row.targets),
        grace_us=row.grace_us,
        if_busy=IfBusy(row.if_busy),
        if_interrupted=IfInterrupted(row.if_interrupted),
        relay=None if row.relay is None else Relay(tuple(row.relay["sources"]), row.relay["length_s"] * SECOND),
        made_us=row.made_us,
        gain_cb=row.gain_cb,
    )


def write_programme(row: ProgrammeRow, programme: Programme) -> None:
    """All of the programme but its items, into the row."""
    row.title, row.priority, row.grace_us = programme.title, int(programme.priority), programme.grace_us
    row.targets = [target_text(target) for target in programme.targets]
    row.if_busy, row.if_interrupted = programme.if_busy.value, programme.if_interrupted.value
    row.gain_cb, relay = programme.gain_cb, programme.relay
    row.relay = {"sources": list(relay.sources), "length_s": relay.length_us // SECOND} if relay else None


def item_rows(row: ProgrammeRow, recordings: Sequence[str]) -> list[ProgrammeItemRow]:
    """The programme's items, from position 0."""
    return [
        ProgrammeItemRow(programme_id=row.id, position=position, station_id=row.station_id, recording_id=recording)
        for position, recording in enumerate(recordings)
    ]


def programme_draft(row: ProgrammeRow, recordings: Sequence[str]) -> ProgrammeDraft:
    """The programme as it could have been asked for."""
    return ProgrammeDraft(
        title=row.title,
        items=tuple(recordings),
        relay=None if row.relay is None else RelayDraft.model_validate(row.relay),
        targets=tuple(row.targets),
        priority=priority_name(row.priority),
        grace_s=row.grace_us // SECOND,
        if_busy=row.if_busy,
        if_interrupted=row.if_interrupted,
        gain_cb=row.gain_cb,
    )


def rule_of(row: RuleRow) -> Rule:
    """The rule."""
    return Rule(
        id=RuleId(row.id),
        programme=ProgrammeId(row.programme_id),
        first_day=date.fromisoformat(row.first_day),
        times=tuple(time.fromisoformat(text) for text in row.times),
        recurrence=_recurrence_of(row.recurrence),
        last_day=None if row.last_day is None else date.fromisoformat(row.last_day),
        exceptions=frozenset(date.fromisoformat(text) for text in row.exceptions),
        zone=row.zone,
    )


def write_rule(row: RuleRow, rule: Rule) -> None:
    """The rule, into the row."""
    row.recurrence = dict(recurrence_json(rule.recurrence))
    row.first_day = rule.first_day.isoformat()
    row.last_day = None if rule.last_day is None else rule.last_day.isoformat()
    row.times = [_time_text(at) for at in rule.times]
    row.exceptions = sorted(day.isoformat() for day in rule.exceptions)
    row.zone = rule.zone


def rule_draft(row: RuleRow) -> RuleDraft:
    """The rule as it could have been asked for."""
    return RuleDraft(
        times=tuple(row.times),
        first_day=row.first_day,
        last_day=row.last_day,
        recurrence=RecurrenceDraft(**row.recurrence),
        exceptions=tuple(row.exceptions),
        zone=row.zone,
    )


def _time_text(at: time) -> str:
    return at.isoformat(timespec="seconds") if at.second else at.isoformat(timespec="minutes")


def recurrence_json(recurrence: Recurrence) -> RecurrenceJson:
    """How it repeats, as it is kept and shown."""
    match recurrence:
        case Once():
            return {"kind": "once"}
        case Daily():
            return {"kind": "daily"}
        case Weekly(weekdays):
            return {"kind": "weekly", "days": sorted(weekdays)}
        case Monthly(days):
            return {"kind": "monthly", "days": list(days)}
        case RRuleText(text):
            return {"kind": "rrule", "text": text}


def _recurrence_of(value: dict[str, Any]) -> Recurrence:
    match value["kind"]:
        case "once":
            return Once()
        case "daily":
            return Daily()
        case "weekly":
            return Weekly(frozenset(value["days"]))
        case "monthly":
            return Monthly(tuple(value["days"]))
        case _:
            return RRuleText(value["text"])
