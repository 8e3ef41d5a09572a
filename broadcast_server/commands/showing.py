"""Moments, lengths and words as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


def language(environment: Mapping[str, str]) -> str:
    """`en` where the locale is English, else `vi`; of its variables the first that is set decides, as everywhere."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "en" if locale.startswith("en") else "vi"


def moment(at_us: int | None, zone: ZoneInfo) -> str:
    """`24/11/2026 05:30:00` on the clocks of the zone, empty for None."""
    if at_us is None:
        return ""
    return f"{datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(zone):%d/%m/%Y %H:%M:%S}"


def times_of_day(rule: dict[str, Any], zone: ZoneInfo) -> str:
    """`05:30, 17:00` on the clocks of the zone; of any other zone it is said which."""
    return ", ".join(rule["times"]) + ("" if rule["zone"] == zone.key else f" {rule['zone']}")


def with_conflicts(line: str, answer: dict[str, Any]) -> str:
    """The line, and under it what the answer says of clashes."""
    return "\n".join([line, *(f"! {one['vi']}\n  {one['en']}" for one in answer["conflicts"])])


def length(duration_us: int) -> str:
    """`8:20`, or `1:02:03`."""
    minutes, seconds = divmod(round(duration_us / 1_000_000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
