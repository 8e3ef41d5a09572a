"""`tienglang emergency`, `tienglang drill`, `tienglang stop`: the three commands that cannot wait."""

from __future__ import annotations

import sys
import time
import uuid
from typing import Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.places import Targets, targets_of

ANSWER_S = 5.0
"""How long the answers of the boxes are waited for before they are shown."""
LOOK_EVERY_S = 0.2

TEMPLATES = "Mẫu / template: flood, storm, fire, siren, correction, all_clear."
Template = Annotated[str | None, typer.Argument(help=TEMPLATES, show_default=False)]
Text = Annotated[str | None, typer.Option(help="Chữ để đọc, thay cho mẫu / what to read out, instead of a template.")]
Lead = Annotated[str, typer.Option(help="Trước chữ: siren, chime, none / what sounds before the text.")]
Rounds = Annotated[
    int | None,
    typer.Option(help="Phát mấy lần; mặc định: theo mẫu, chữ 3 lần / how often; default: the template's, a text 3."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ thử, không phát / only check, nothing sounds.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "emergency")(emergency)
    command(app, "drill")(drill)
    command(app, "stop")(stop)


def emergency(
    here: Here,
    template: Template = None,
    text: Text = None,
    lead: Lead = "siren",
    target: Targets = None,
    rounds: Rounds = None,
    dry_run: DryRun = False,
) -> None:
    """KHẨN CẤP: phát ngay mẫu khẩn cấp, hoặc đọc chữ / EMERGENCY: sound a prepared template, or a text, now."""
    what = {"template": template, "text": text, "lead": lead}
    _sound(here, "/emergencies", what, target, rounds, dry_run)


def drill(
    here: Here,
    template: Annotated[str, typer.Argument(help="Mẫu diễn tập / template of the drill.")] = "drill",
    target: Targets = None,
    rounds: Rounds = None,
    dry_run: DryRun = False,
) -> None:
    """Diễn tập, nói rõ là diễn tập / a drill that says that it is one."""
    _sound(here, "/drills", {"template": template}, target, rounds, dry_run)


def stop(here: Here, dry_run: DryRun = False) -> None:
    """Dừng phát ngay, tất cả / silence everything now."""
    told = here.remote.insist("/stop", {"dry_run": dry_run}, _waiting)
    count = len(told["clusters"])
    if not dry_run:
        here.show(told, f"Đã gửi lệnh dừng / stop is on its way: {count} cụm / clusters")
        return
    sounding = [one["title"] for one in here.remote.call("GET", "/on-air")["items"]]
    titles = ", ".join(f"“{title}”" for title in sounding) or "không có gì / nothing"
    line = f"Thử: sẽ dừng {count} cụm; đang phát: {titles} / dry run: would silence {count} clusters; on air: {titles}"
    here.show({**told, "on_air": sounding}, line)


def _sound(
    here: Here, route: str, what: dict[str, str | None], target: list[str] | None, rounds: int | None, dry_run: bool
) -> None:
    body: dict[str, Any] = {**what, "targets": targets_of(here, target), "key": uuid.uuid4().hex}
    body |= {"rounds": rounds, "dry_run": dry_run}
    order = here.remote.insist(route, body, _waiting)
    if dry_run:
        here.show(order, f"Thử: sẽ phát / dry run: would sound: {order['title']} × {order['rounds']}")
        return
    order = _answered(here, order)
    here.say(f"{order['title']}: {order['playing']}/{order['loudspeakers']} loa đang phát / loudspeakers playing")
    here.say(f"  {order['sounded']}/{order['loudspeakers']} loa đã đo có tiếng / loudspeakers measured to sound")
    here.say(f"  từng loa / each loudspeaker: tienglang ladder {order['id']}")
    for cluster in order["clusters"] if not here.as_json else ():
        here.say(f"  {cluster['cluster']}: {cluster['vi']} / {cluster['en']}")
    if here.as_json:
        here.show(order)


def _waiting() -> None:
    print("Máy chủ chưa trả lời, đang gọi lại / no answer yet, calling again", file=sys.stderr)


def _answered(here: Here, order: dict[str, Any]) -> dict[str, Any]:
    """The order once all play, or as it stands after some seconds."""
    deadline = time.monotonic() + ANSWER_S
    while order["playing"] < order["loudspeakers"] and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
        order = here.remote.call("GET", f"/orders/{order['id']}")
    return order
