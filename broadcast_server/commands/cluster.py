"""`tienglang cluster`: villages, clusters, loudspeakers and the codes that let a box in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.showing import language, moment
from broadcast_server.problem import Problem

Cluster = Annotated[str, typer.Argument(help="Tên hoặc mã cụm / name or id of the cluster.")]
_PRESENCE = {"online": "sẵn sàng", "late": "trả lời chậm", "lost": "mất kết nối", "never": "chưa kết nối"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Thôn và cụm loa / villages and clusters.", no_args_is_help=True)
    for function in (add, code, loudspeaker, revoke, add_village, villages, stop, broker_files):
        command(noun, function.__name__.replace("_", "-"))(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="cluster")


def add_village(here: Here, name: Annotated[str, typer.Argument(help="Tên thôn / name of the village.")]) -> None:
    """Thêm thôn / add a village."""
    village = here.remote.call("POST", "/villages", {"name": name})
    here.show(village, f"{village['id']}  {village['name']}")


def villages(here: Here) -> None:
    """Liệt kê thôn / list the villages."""
    here.table(
        here.remote.call("GET", "/villages"),
        {"Mã": "Id", "Thôn": "Village"},
        lambda village: (village["id"], village["name"]),
    )


def add(
    here: Here,
    name: Annotated[str, typer.Argument(help="Tên cụm / name of the cluster.")],
    village: Annotated[str, typer.Option(help="Tên hoặc mã thôn / name or id of the village.")],
    loudspeakers: Annotated[int, typer.Option(help="Số loa / number of loudspeakers.")] = 3,
) -> None:
    """Thêm cụm loa / add a cluster."""
    ground = pick(here.remote.call("GET", "/villages")["items"], village, "thôn", "village")
    body = {"name": name, "village_id": ground["id"], "loudspeakers": loudspeakers}
    cluster = here.remote.call("POST", "/clusters", body)
    here.show(cluster, f"{cluster['id']}  {cluster['name']}")


def show_all(here: Here) -> None:
    """Liệt kê cụm loa / list the clusters."""
    heads = {
        "Mã": "Id",
        "Cụm": "Cluster",
        "Thôn": "Village",
        "Loa": "Loudspeakers",
        "Trạng thái": "State",
        "Thấy lần cuối": "Last seen",
    }
    here.table(here.remote.call("GET", "/clusters"), heads, lambda cluster: _row(cluster, here.zone))


def code(here: Here, cluster: Cluster) -> None:
    """Cấp mã một lần cho hộp của cụm / a one-time code for the cluster's box."""
    made = here.remote.call("POST", f"/clusters/{_find(here, cluster)['id']}/enrolment-codes")
    here.show(made, made["code"])


def loudspeaker(
    here: Here,
    cluster: Cluster,
    number: Annotated[int, typer.Argument(help="Số loa, từ 1 / number of the loudspeaker, from 1.")],
    gain: Annotated[float | None, typer.Option(help="Tăng giảm, dB / gain in dB.")] = None,
    mute: Annotated[bool | None, typer.Option("--mute/--unmute", help="Tắt hoặc mở tiếng / mute or unmute.")] = None,
) -> None:
    """Chỉnh một loa / adjust a loudspeaker."""
    asked = {"gain_cb": None if gain is None else round(gain * 100), "muted": mute}
    body = {name: value for name, value in asked.items() if value is not None}
    changed = here.remote.call("PATCH", f"/clusters/{_find(here, cluster)['id']}/loudspeakers/{number}", body)
    sound = "tắt tiếng / muted" if changed["muted"] else f"{changed['gain_cb'] / 100:+.1f} dB"
    here.show(changed, f"loa {number}: {sound}")


def revoke(here: Here, cluster: Cluster) -> None:
    """Thu hồi hộp của cụm / revoke the cluster's box."""
    box = _find(here, cluster)["box"]
    if box is None:
        raise Problem(404, "no_box", "Cụm này chưa có hộp.", "This cluster has no box.")
    gone = here.remote.call("POST", f"/boxes/{box['id']}/revoke")
    here.show(gone, f"Đã thu hồi / revoked: {box['id']}")


def stop(
    here: Here,
    clusters: Annotated[
        list[str] | None, typer.Argument(help="Cụm cần dừng; để trống = tất cả / clusters to silence; none = all.")
    ] = None,
) -> None:
    """Dừng phát / silence what is on air."""
    ids = [_find(here, name)["id"] for name in clusters or []]
    told = here.remote.call("POST", "/stop", {"clusters": ids})
    here.show(told, f"Đã gửi lệnh dừng / stop is on its way: {len(told['clusters'])} cụm / clusters")


def broker_files(
    here: Here, out: Annotated[Path, typer.Option(help="Thư mục của Mosquitto / Mosquitto's folder.")]
) -> None:
    """Ghi tài khoản MQTT cho Mosquitto, rồi gửi SIGHUP / write Mosquitto's accounts and rights; then SIGHUP it."""
    from broadcast_server.broker_files import export_broker_files

    made = asyncio.run(export_broker_files(here.settings, out))
    here.show(made, f"Đã ghi / written: {out}/passwords, {out}/acl ({made['boxes']} hộp / boxes)")


def _find(here: Here, name: str) -> dict[str, Any]:
    return pick(here.remote.call("GET", "/clusters")["items"], name, "cụm", "cluster")


def _row(cluster: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    box = cluster["box"] or {}
    presence = box.get("presence", "never")
    state = presence if language(os.environ) == "en" else _PRESENCE.get(presence, presence)
    seen = moment(box.get("seen_us"), zone)
    return cluster["id"], cluster["name"], cluster["village"], len(cluster["loudspeakers"]), state, seen
