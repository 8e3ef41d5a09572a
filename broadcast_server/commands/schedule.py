"""`tienglang schedule`: when programmes play."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands import programme as programmes
from broadcast_server.commands import timing
from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.programme import Programme
from broadcast_server.commands.removing import take_out
from broadcast_server.commands.rule_days import days_text
from broadcast_server.commands.showing import length, moment, times_of_day, with_conflicts
from broadcast_server.problem import Problem

Days = Annotated[str | None, typer.Option("--days", help="Ngày trong tuần / weekdays: T2-T6, T7, CN, mon,wed.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Lịch phát / the schedule.", no_args_is_help=True)
    for function in (add, show, remove):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    command(noun, "quiet-hours")(quiet_hours)
    app.add_typer(noun, name="schedule")


def add(
    here: Here,
    programme: Programme,
    at: Annotated[list[str] | None, typer.Option(help="Giờ phát HH:MM[:SS]; lặp lại được / time, repeatable.")] = None,
    daily: Annotated[bool, typer.Option("--daily", help="Hằng ngày / every day.")] = False,
    days: Days = None,
    monthly: Annotated[str | None, typer.Option(help="Ngày trong tháng / days of the month: 1,15,-1.")] = None,
    rrule: Annotated[str | None, typer.Option(help="Quy tắc RFC 5545 / RRULE text.")] = None,
    once: Annotated[str | None, typer.Option(help='Một lần / once: "2026-11-24 05:30".')] = None,
    in_: Annotated[str | None, typer.Option("--in", help="Sau bao lâu / after: 2m, 90s, 1h30m.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Từ ngày / from YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Đến hết ngày / until YYYY-MM-DD.")] = None,
    except_: Annotated[list[str] | None, typer.Option("--except", help="Trừ ngày / not on YYYY-MM-DD.")] = None,
) -> None:
    """Đặt giờ phát cho chương trình / say when a programme plays."""
    found = programmes.find(here, programme)
    if once:
        rule = timing.once(timing.moment_of(once, here.zone))
    elif in_:
        rule = timing.soon(in_, datetime.now(here.zone))
    else:
        rule = {"recurrence": _recurrence(daily, days, monthly, rrule), "times": at or []}
        more = {"first_day": first, "last_day": last, "exceptions": except_}
        rule |= {name: value for name, value in more.items() if value}
    made = here.remote.call("POST", f"/programmes/{found['id']}/rules", rule)
    here.show(made, _sentence(found["title"], made))


def show_all(here: Here) -> None:
    """Liệt kê mọi quy tắc / list all rules."""
    items = [
        {"programme": programme["title"], "programme_id": programme["id"]} | rule
        for programme in here.remote.call("GET", "/programmes")["items"]
        for rule in programme["rules"]
    ]
    heads = {
        "Mã": "Id",
        "Chương trình": "Programme",
        "Ngày phát": "Days",
        "Giờ": "Times",
        "Từ": "From",
        "Đến": "To",
        "Trừ ngày": "Except",
    }
    here.table({"items": items}, heads, lambda rule: _rule_row(rule, here.zone))


def show(
    here: Here,
    first: Annotated[str | None, typer.Option("--from", help="Từ lúc / from: 2026-11-24 00:00.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Đến lúc / to: 2026-11-25 00:00.")] = None,
) -> None:
    """Xem những gì sẽ thật sự phát / what will really play."""
    found = here.remote.call("GET", "/schedule", query=window(here, first, last))
    if here.as_json:
        here.show(found)
        return
    heads = {"Lúc": "Time", "Chương trình": "Programme", "Dài": "Length", "Cụm": "Cluster", "Bằng lời": "In words"}
    fates = [fate for slot in found["items"] for fate in _fates(slot)]
    here.table({"items": sorted(fates, key=itemgetter("start_us"))}, heads, lambda fate: _fate_row(fate, here.zone))


def remove(here: Here, rule: Annotated[str, typer.Argument(help="Mã quy tắc / id of the rule.")]) -> None:
    """Bỏ một quy tắc / take a rule away."""
    known = [one for programme in here.remote.call("GET", "/programmes")["items"] for one in programme["rules"]]
    found = pick(known, rule, "quy tắc", "rule", name="id")
    take_out(here, f"/programmes/{found['programme_id']}/rules/{found['id']}", {"id": found["id"]}, found["id"])


def quiet_hours(
    here: Here,
    span: Annotated[str | None, typer.Argument(help="Đặt lại / set them: 21:00-05:00, none.")] = None,
) -> None:
    """Giờ yên tĩnh: chỉ bản tin khẩn được phát / the hours in which only an emergency may sound."""
    if span is None:
        found = here.remote.call("GET", "/schedule/quiet-hours")
    else:
        start, end = timing.hours_of(span)
        found = here.remote.call("PUT", "/schedule/quiet-hours", {"start": start, "end": end})
    quiet = found["quiet"]
    said = "Không có giờ yên tĩnh / none." if quiet is None else f"{quiet['start']}–{quiet['end']}"
    here.show(found, with_conflicts(said, found))


def window(here: Here, first: str | None, last: str | None) -> dict[str, Any]:
    """From and to in microseconds, for a query; what was not asked for is left to the server."""
    if not (first or last):
        return {}
    asked = {"from": first, "to": last}
    moments = {name: timing.moment_of(text, here.zone) for name, text in asked.items() if text}
    return {name: round(at.timestamp() * 1_000_000) for name, at in moments.items()}


def _recurrence(daily: bool, days: str | None, monthly: str | None, rrule: str | None) -> dict[str, Any]:
    asked: list[dict[str, Any]] = []
    if daily:
        asked.append({"kind": "daily"})
    if days:
        asked.append({"kind": "weekly", "days": timing.weekdays_of(days)})
    if monthly:
        asked.append({"kind": "monthly", "days": timing.month_days_of(monthly)})
    if rrule:
        asked.append({"kind": "rrule", "text": rrule})
    if len(asked) != 1:
        vi = "Hãy chọn đúng một kiểu: --once, --in, --daily, --days, --monthly hoặc --rrule."
        en = "Choose exactly one of --once, --in, --daily, --days, --monthly and --rrule."
        raise Problem(422, "recurrence_unclear", vi, en)
    return asked[0]


def _sentence(title: str, rule: dict[str, Any]) -> str:
    line = f"{rule['id']}  {title}: {rule['recurrence']['kind']} {', '.join(rule['times'])}"
    return with_conflicts(line, rule)


def _rule_row(rule: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    days, times = days_text(rule["recurrence"]), times_of_day(rule, zone)
    exceptions = ", ".join(rule["exceptions"])
    return rule["id"], rule["programme"], days, times, rule["first_day"], rule["last_day"], exceptions


def _fates(slot: dict[str, Any]) -> list[dict[str, Any]]:
    """What becomes of one occurrence, once for all clusters that fare alike."""
    alike: dict[tuple[int, int, str, str], int] = {}
    for one in slot["clusters"]:
        sounding = sum(part["length_us"] for part in one["parts"]) if one["plays"] else 0
        fate = one["start_us"] if one["plays"] else slot["start_us"], sounding, one["vi"], one["en"]
        alike[fate] = alike.get(fate, 0) + 1
    every = len(slot["clusters"])
    return [
        {"start_us": start, "title": slot["title"], "length": sounding, "where": f"{count}/{every}", "vi": vi, "en": en}
        for (start, sounding, vi, en), count in alike.items()
    ]


def _fate_row(fate: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    said = f"{fate['vi']} / {fate['en']}" if fate["vi"] else ""
    sounding = length(fate["length"]) if fate["length"] else None
    return moment(fate["start_us"], zone), fate["title"], sounding, fate["where"], said
