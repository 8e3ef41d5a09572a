"""Drafts to programmes and rules that can be kept; everything else is refused in a code and two sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from enum import StrEnum
from typing import TypeVar

from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import ProgrammeDraft, RecurrenceDraft, RelayDraft, RuleDraft
from broadcast_server.programmes.priorities import read_priority
from broadcast_server.programmes.targets import read_target, target_text
from broadcast_server.schedule.programme import IfBusy, IfInterrupted, Item, Programme, Relay, Target
from broadcast_server.schedule.refusal import ScheduleRefused
from broadcast_server.schedule.rule import (
    Daily,
    Monthly,
    Once,
    Recurrence,
    RRuleText,
    Rule,
    Weekly,
    check_rule,
    rule_days,
)
from broadcast_server.schedule.station import Reach, Station
from broadcast_server.schedule.timetable import Schedule
from broadcast_server.schedule.wall_clock import moments, past_midnight
from broadcast_server.wording import clean_line
from speaker_client.protocol.ids import HOUR, SECOND, ProgrammeId, RuleId
from speaker_client.protocol.priority import Priority

LONGEST_TITLE = 120
MOST_ITEMS = 50
MOST_TARGETS = 200
MOST_EXCEPTIONS = 400
LONGEST_PROGRAMME_US = 6 * HOUR
LONGEST_GRACE_S = 3600
SOFTEST_CB = -1200
MOST_SOURCES = 8
SHORTEST_RELAY_S = 10
LOOK_AHEAD_DAYS = 5 * 366
"""A rule that does not fall within so many days is taken for one that never plays."""

_Word = TypeVar("_Word", bound=StrEnum)


def read_programme(
    draft: ProgrammeDraft,
    programme: ProgrammeId,
    library: Mapping[str, Item],
    station: Station,
    sources: Collection[str] = (),
) -> Programme:
    """The programme; `library` holds the recordings, `sources` the ids of the relay sources that may be used. Problem
    422 says what is wrong."""
    title = clean_line(draft.title, LONGEST_TITLE)
    if not title:
        raise Problem(422, "title_missing", "Chương trình cần có tên.", "The programme needs a title.")
    if not 0 <= draft.grace_s <= LONGEST_GRACE_S:
        vi, en = "Thời gian được phát trễ là từ 0 đến 3600 giây.", "A programme may be 0 to 3600 seconds late."
        raise Problem(422, "grace_out_of_range", vi, en)
    if not SOFTEST_CB <= draft.gain_cb <= 0:
        vi, en = "Âm lượng riêng là từ -12 đến 0 dB.", "The volume of its own is from -12 to 0 dB."
        raise Problem(422, "gain_out_of_range", vi, en)
    return Programme(
        id=programme,
        title=title,
        priority=read_priority(_own_step(draft) if draft.priority is None else draft.priority),
        items=_read_items(draft.items, library) if draft.items or not draft.relay else (),
        targets=read_targets(draft.targets, station),
        grace_us=0 if draft.relay else draft.grace_s * SECOND,
        relay=_read_relay(draft.relay, sources) if draft.relay else None,
        if_busy=_read_word(IfBusy, draft.if_busy, "if_busy"),
        if_interrupted=_read_word(IfInterrupted, draft.if_interrupted, "if_interrupted"),
        gain_cb=draft.gain_cb,
    )


def _own_step(draft: ProgrammeDraft) -> int:
    return (Priority.RELAY if draft.relay else Priority.OWN).value


def _read_relay(draft: RelayDraft, sources: Collection[str]) -> Relay:
    names = tuple(dict.fromkeys(draft.sources))
    if not names:
        vi, en = "Tiếp sóng cần ít nhất một nguồn.", "A relay needs at least one source."
        raise Problem(422, "relay_sources_missing", vi, en)
    if len(names) > MOST_SOURCES:
        vi, en = f"Nhiều nhất {MOST_SOURCES} nguồn tiếp sóng.", f"At most {MOST_SOURCES} relay sources."
        raise Problem(422, "relay_sources_too_many", vi, en)
    if unknown := [name for name in names if name not in sources]:
        vi = f"Không có nguồn tiếp sóng “{unknown[0][:60]}” (hoặc đã bị xóa)."
        en = f"There is no relay source “{unknown[0][:60]}” (or it was deleted)."
        raise Problem(422, "relay_source_unknown", vi, en, source=unknown[0][:60])
    if not SHORTEST_RELAY_S <= draft.length_s <= LONGEST_PROGRAMME_US // SECOND:
        vi = f"Tiếp sóng dài từ {SHORTEST_RELAY_S} giây đến 6 giờ."
        raise Problem(422, "relay_length", vi, f"A relay lasts from {SHORTEST_RELAY_S} seconds to 6 hours.")
    return Relay(names, draft.length_s * SECOND)


def _read_items(names: tuple[str, ...], library: Mapping[str, Item]) -> tuple[Item, ...]:
    if not names:
        vi, en = "Chương trình cần ít nhất một bản ghi.", "The programme needs at least one recording."
        raise Problem(422, "items_missing", vi, en)
    if len(names) > MOST_ITEMS:
        vi, en = f"Nhiều nhất {MOST_ITEMS} bản ghi.", f"At most {MOST_ITEMS} recordings."
        raise Problem(422, "items_too_many", vi, en)
    if unknown := [name for name in names if name not in library]:
        vi = f"Trong kho không có bản ghi “{unknown[0][:60]}” (hoặc đã bị xóa)."
        en = f"There is no recording “{unknown[0][:60]}” in the library (or it was deleted)."
        raise Problem(422, "recording_unknown", vi, en, recording=unknown[0][:60])
    items = tuple(library[name] for name in names)
    if sum(item.duration_us for item in items) > LONGEST_PROGRAMME_US:
        vi, en = "Chương trình dài quá 6 giờ.", "The programme is longer than 6 hours."
        raise Problem(422, "programme_too_long", vi, en)
    return items


def read_targets(texts: tuple[str, ...], station: Station) -> tuple[Target, ...]:
    """The targets, each once, all of them places that the station has."""
    if not texts:
        vi, en = "Hãy chọn nơi phát.", "Choose where it is to be heard."
        raise Problem(422, "targets_missing", vi, en)
    if len(texts) > MOST_TARGETS:
        vi, en = f"Nhiều nhất {MOST_TARGETS} nơi phát.", f"At most {MOST_TARGETS} targets."
        raise Problem(422, "targets_too_many", vi, en)
    targets = tuple(dict.fromkeys(read_target(text) for text in texts))
    if unknown := station.unknown(targets):
        name = target_text(unknown[0])
        vi, en = f"Trạm không có nơi phát “{name}”.", f"The station has no target “{name}”."
        raise Problem(422, "target_unknown", vi, en, target=name)
    return targets


def read_reach(texts: tuple[str, ...], station: Station) -> Reach:
    """Where it is to sound now. Problem 422 if no loudspeaker is there: what nobody can hear is no alarm."""
    reach = station.reach(read_targets(texts, station))
    if not reach:
        vi, en = "Nơi phát này chưa có loa nào; chưa phát gì.", "There is no loudspeaker there; nothing sounds."
        raise Problem(422, "no_loudspeakers", vi, en)
    return reach


def read_awake(texts: tuple[str, ...], station: Station, now_us: int) -> Reach:
    """The same without the clusters that rest. Problem 409 `cluster_rests` if no other is meant."""
    resting = {site.id for site in station.clusters if site.rests_until_us > now_us}
    reach = {cluster: numbers for cluster, numbers in read_reach(texts, station).items() if cluster not in resting}
    if not reach:
        raise cluster_rests()
    return reach


def cluster_rests() -> Problem:
    """409 for what only a cluster would play that is switched off for now."""
    vi = "Cụm loa này đang tắt tạm nên chỉ phát được bản tin khẩn cấp. Muốn phát, hãy bật lại cụm ở trang Cụm loa."
    en = "This cluster is switched off for now: only an emergency sounds there. Switch it on first."
    return Problem(409, "cluster_rests", vi, en)


def _read_word(words: type[_Word], text: str, field: str) -> _Word:
    try:
        return words(text)
    except ValueError as error:
        choices = ", ".join(words)
        vi, en = f"“{field}” phải là một trong: {choices}.", f"“{field}” must be one of: {choices}."
        raise Problem(422, f"{field}_unknown", vi, en) from error


def read_rule(draft: RuleDraft, rule: RuleId, programme: ProgrammeId, zone: str, today: date, now_us: int) -> Rule:
    """The rule, in the draft's zone or else in `zone`; one that plays nothing from now on is refused."""
    read = Rule(
        id=rule,
        programme=programme,
        first_day=today if draft.first_day is None else read_day(draft.first_day),
        times=tuple(sorted({read_time(text) for text in draft.times}, key=_on_the_dial)),
        recurrence=_read_recurrence(draft.recurrence),
        last_day=None if draft.last_day is None else read_day(draft.last_day),
        exceptions=_read_exceptions(draft.exceptions),
        zone=zone if draft.zone is None else draft.zone,
    )
    try:
        check_rule(read)
    except ScheduleRefused as refused:
        raise Problem(422, refused.code, refused.vi, refused.en) from refused
    if not plays_after(read, today, now_us):
        vi, en = "Theo lịch này thì không còn lần phát nào.", "By this rule nothing is left to be played."
        raise Problem(422, "rule_over", vi, en)
    return read


def plays_after(rule: Rule, today: date, now_us: int) -> bool:
    """Whether the rule has anything left to play; one that next plays in more than five years has not."""
    days = rule_days(rule, today.toordinal() - 1, today.toordinal() + LOOK_AHEAD_DAYS)
    return any(moment > now_us for at in rule.times for moment in moments(rule.zone, days[-1:], past_midnight(at)))


def left_to_play(schedule: Schedule, today: date, now_us: int) -> set[ProgrammeId]:
    """The programmes that a rule will still play."""
    return {rule.programme for rule in schedule.rules if plays_after(rule, today, now_us)}


def _read_exceptions(texts: tuple[str, ...]) -> frozenset[date]:
    if len(texts) > MOST_EXCEPTIONS:
        vi, en = f"Nhiều nhất {MOST_EXCEPTIONS} ngày nghỉ.", f"At most {MOST_EXCEPTIONS} excepted days."
        raise Problem(422, "exceptions_too_many", vi, en)
    return frozenset(read_day(text) for text in texts)


def read_day(text: str) -> date:
    """The day `YYYY-MM-DD`. Problem 422 `day_unreadable`."""
    return _read(
        date.fromisoformat,
        text,
        "day_unreadable",
        "Ngày “{}” không đúng; hãy viết năm-tháng-ngày, ví dụ 2026-12-31.",
        "“{}” is not a day; write year-month-day, for example 2026-12-31.",
    )


def read_time(text: str) -> time:
    """The time of day `HH:MM[:SS]`. Problem 422 `time_unreadable`."""
    return _read(
        time.fromisoformat,
        text,
        "time_unreadable",
        "Giờ “{}” không đúng; hãy viết giờ:phút, ví dụ 05:30.",
        "“{}” is not a time of day; write hours:minutes, for example 05:30.",
    )


def _on_the_dial(at: time) -> time:
    """Comparable with every other time; those with an offset are refused later, in words."""
    return at.replace(tzinfo=None)


_Value = TypeVar("_Value")


def _read(read: Callable[[str], _Value], text: str, code: str, vi: str, en: str) -> _Value:
    try:
        return read(text.strip())
    except ValueError as error:
        shown = clean_line(text, 40)
        raise Problem(422, code, vi.format(shown), en.format(shown)) from error


def _read_recurrence(draft: RecurrenceDraft) -> Recurrence:
    match draft.kind:
        case "once":
            return Once()
        case "daily":
            return Daily()
        case "weekly":
            return Weekly(frozenset(draft.days))
        case "monthly":
            return Monthly(tuple(sorted(set(draft.days))))
        case "rrule":
            return RRuleText(draft.text.strip().removeprefix("RRULE:"))
    vi = "Cách lặp lại phải là once, daily, weekly, monthly hoặc rrule."
    en = "A rule repeats once, daily, weekly, monthly or by an rrule."
    raise Problem(422, "recurrence_unknown", vi, en)
