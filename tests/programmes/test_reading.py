"""What cannot be taken is refused in a code and a sentence in each language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from audio_library.content import ContentId
from broadcast_server.problem import Problem
from broadcast_server.programmes.drafts import ProgrammeDraft, RecurrenceDraft, RuleDraft
from broadcast_server.programmes.reading import read_programme, read_rule
from broadcast_server.programmes.targets import read_target, target_text
from broadcast_server.schedule.programme import Everywhere, Item, Loudspeaker
from broadcast_server.schedule.rule import Monthly, RRuleText
from broadcast_server.schedule.station import ClusterSite, Station
from speaker_client.protocol.ids import MINUTE, ClusterId, LoudspeakerNumber, ProgrammeId, RuleId, VillageId
from speaker_client.protocol.priority import Priority
from tests.programmes.stage import MONDAY, once

PROGRAMME = ProgrammeId("p")
LIBRARY = {
    "a": Item(ContentId("a" * 64), 10 * MINUTE, 1000),
    "long": Item(ContentId("b" * 64), 121 * MINUTE, 1000),
}
MARKET = ClusterSite(ClusterId("market"), VillageId("v"), frozenset({LoudspeakerNumber(1), LoudspeakerNumber(2)}))
COMMUNE = Station(frozenset({VillageId("v")}), (MARKET,))
GOOD: dict[str, Any] = {"title": "Bản tin", "items": ("a",)}


def refused_as(code: str, attempt: Callable[[], object]) -> None:
    """The attempt is refused, in whole sentences."""
    with pytest.raises(Problem) as refused:
        attempt()
    assert refused.value.code == code
    assert refused.value.vi.endswith(".")
    assert refused.value.en.endswith(".")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": ""}, "title_missing"),
        ({"title": " \u200b\u202e\n "}, "title_missing"),
        ({"items": ()}, "items_missing"),
        ({"items": ("không có",)}, "recording_unknown"),
        ({"items": ("long",) * 3}, "programme_too_long"),
        ({"items": ("a",) * 51}, "items_too_many"),
        ({"targets": ()}, "targets_missing"),
        ({"targets": ("làng bên",)}, "target_unreadable"),
        ({"targets": ("loudspeaker:x",)}, "target_unreadable"),
        ({"targets": ("cluster:x",)}, "target_unknown"),
        ({"targets": ("village:x",)}, "target_unknown"),
        ({"targets": tuple(f"cluster:{n}" for n in range(201))}, "targets_too_many"),
        ({"priority": "cao nhất"}, "priority_unknown"),
        ({"priority": 41}, "priority_unknown"),
        ({"priority": "live"}, "priority_live_only"),
        ({"priority": "live_emergency"}, "priority_live_only"),
        ({"priority": "emergency"}, "priority_emergency"),
        ({"priority": 100}, "priority_emergency"),
        ({"grace_s": -1}, "grace_out_of_range"),
        ({"grace_s": 3601}, "grace_out_of_range"),
        ({"if_busy": "shout"}, "if_busy_unknown"),
        ({"if_interrupted": "shout"}, "if_interrupted_unknown"),
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(more: dict[str, Any], code: str) -> None:
    refused_as(code, lambda: read_programme(ProgrammeDraft(**GOOD | more), PROGRAMME, LIBRARY, COMMUNE))


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (RuleDraft(), "times_missing"),
        (RuleDraft(times=("5 giờ",)), "time_unreadable"),
        (RuleDraft(times=("25:00",)), "time_unreadable"),
        (RuleDraft(times=("17:00:00.5",)), "time_not_plain"),
        (RuleDraft(times=("17:00+07:00",)), "time_not_plain"),
        (RuleDraft(times=("05:30", "06:30+07:00")), "time_not_plain"),
        (RuleDraft(times=("17:00",), first_day="30/11/2026"), "day_unreadable"),
        (RuleDraft(times=("17:00",), first_day="2026-02-30"), "day_unreadable"),
        (RuleDraft(times=("17:00",), last_day="2026-11-22"), "last_day_before_first"),
        (RuleDraft(times=("17:00",), exceptions=("mai",)), "day_unreadable"),
        (RuleDraft(times=("17:00",), zone="Asia/Thọ_Xuân"), "zone_unknown"),
        (RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="hourly")), "recurrence_unknown"),
        (RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="weekly")), "weekdays_wrong"),
        (RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="weekly", days=(7,))), "weekdays_wrong"),
        (RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="monthly", days=(0,))), "month_days_wrong"),
        (RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="rrule", text="FREQ=?")), "rrule_unreadable"),
        (once("2026-11-22", "17:00"), "rule_over"),
        (once("2026-11-23", "07:59"), "rule_over"),
        (once("2026-11-24", "17:00").model_copy(update={"exceptions": ("2026-11-24",)}), "rule_over"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(draft: RuleDraft, code: str) -> None:
    refused_as(code, lambda: read_rule(draft, RuleId("r"), PROGRAMME, "Asia/Ho_Chi_Minh", date(2026, 11, 23), MONDAY))


def test_a_good_draft_becomes_what_it_says() -> None:
    draft = ProgrammeDraft(**GOOD | {"items": ("a", "long"), "priority": "ANNOUNCEMENT", "targets": ("all", "all")})
    read = read_programme(draft, PROGRAMME, LIBRARY, COMMUNE)
    assert (read.priority, read.targets, read.duration_us) == (Priority.ANNOUNCEMENT, (Everywhere(),), 131 * MINUTE)
    assert read.grace_us == 5 * MINUTE


def test_times_are_read_once_each_and_in_order() -> None:
    draft = RuleDraft(times=("17:00", "05:30:15", "17:00:00"), recurrence=RecurrenceDraft(kind="monthly", days=(-1, 1)))
    read = read_rule(draft, RuleId("r"), PROGRAMME, "Asia/Ho_Chi_Minh", date(2026, 11, 23), MONDAY)
    assert read.times == (time(5, 30, 15), time(17))
    assert (read.first_day, read.zone, read.recurrence) == (date(2026, 11, 23), "Asia/Ho_Chi_Minh", Monthly((-1, 1)))


def test_an_rrule_may_carry_its_name() -> None:
    draft = RuleDraft(times=("17:00",), recurrence=RecurrenceDraft(kind="rrule", text="RRULE:FREQ=MONTHLY;BYDAY=2TU"))
    read = read_rule(draft, RuleId("r"), PROGRAMME, "Asia/Ho_Chi_Minh", date(2026, 11, 23), MONDAY)
    assert read.recurrence == RRuleText("FREQ=MONTHLY;BYDAY=2TU")


@pytest.mark.parametrize("text", ["all", "village:v", "cluster:market", "loudspeaker:market:2"])
def test_a_target_is_read_as_it_is_written(text: str) -> None:
    assert target_text(read_target(text)) == text
    assert COMMUNE.unknown([read_target(text)]) == ()


def test_a_cluster_name_may_hold_a_colon() -> None:
    assert read_target("loudspeaker:a:b:2") == Loudspeaker(ClusterId("a:b"), LoudspeakerNumber(2))
