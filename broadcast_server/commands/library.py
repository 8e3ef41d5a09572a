"""`tienglang library`: recordings, and the uploads that become them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broadcast_server.commands.here import Here, command
from broadcast_server.commands.naming import pick
from broadcast_server.commands.showing import length, moment
from broadcast_server.problem import Problem

if TYPE_CHECKING:
    from rich.progress import Progress

CHUNK = 1 << 18
LOOK_EVERY_S = 0.3
_STEPS = {
    "received": "chờ xử lý",
    "receive": "nhận",
    "probe": "xem tệp",
    "measure": "đo độ to",
    "transcode": "chuyển mã",
    "level": "cân tiếng",
    "peaks": "vẽ sóng",
    "store": "cất vào kho",
    "speak": "đọc",
    "ready": "xong",
}
OpeningName = Annotated[str | None, typer.Option(help="Lời mở đầu / opening: neighbours, attention.")]
ClosingName = Annotated[str | None, typer.Option(help="Lời kết / closing: again, thanks, regards.")]
Recording = Annotated[str, typer.Argument(help="Tên hoặc mã bản ghi / title or id of the recording.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    noun = typer.Typer(help="Kho bản ghi / the library of recordings.", no_args_is_help=True)
    for function in (upload, speak, show, rename, delete):
        command(noun, function.__name__)(function)
    command(noun, "list")(show_all)
    app.add_typer(noun, name="library")


def upload(
    here: Here,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Tệp âm thanh / a sound.")],
    title: Annotated[str, typer.Option(help="Tên bản ghi / title.")] = "",
    kind: Annotated[str | None, typer.Option(help="speech | music; để trống = tự nhận biết / empty = by ear.")] = None,
) -> None:
    """Tải tệp âm thanh lên, đợi đến khi xong / upload a sound file, and wait until it is ready."""
    size = file.stat().st_size
    with _progress(here) as bar:
        task = bar.add_task("gửi", total=size)
        sent = _chunks(file, lambda done: bar.update(task, completed=done))
        query = {"name": file.name, "title": title, "kind": kind}
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        intake = here.remote.call("POST", "/library/uploads", query=query, content=sent, headers=headers)
        _finish(here, follow(here, intake, bar, task))


def speak(
    here: Here,
    text: Annotated[str, typer.Argument(help="Văn bản cần đọc / the text to be spoken.")],
    title: Annotated[str, typer.Option(help="Tên bản ghi / title.")] = "",
    opening: OpeningName = None,
    closing: ClosingName = None,
) -> None:
    """Đọc văn bản thành bản ghi; dòng bắt đầu bằng ! được nhắc lại / have a text spoken and kept as a recording; a line
    that begins with ! is said once more."""
    with _progress(here) as bar:
        task = bar.add_task("đọc", total=1000)
        intake = here.remote.call(
            "POST", "/library/texts", {"text": text, "title": title, "opening": opening, "closing": closing}
        )
        _finish(here, follow(here, intake, bar, task))


def show_all(here: Here, search: Annotated[str, typer.Option(help="Tìm trong tên / search the titles.")] = "") -> None:
    """Liệt kê bản ghi / list the recordings."""
    answer = here.remote.call("GET", "/library", query={"q": search})
    heads = {
        "Mã": "Id",
        "Tên": "Name",
        "Dài": "Length",
        "Loại": "Kind",
        "Độ to (LUFS)": "Loudness (LUFS)",
        "Lúc": "Time",
    }
    here.table(
        answer,
        heads,
        lambda r: (
            r["id"], r["title"], length(r["duration_us"]), r["kind"], r["loudness_lufs"],
            moment(r["made_us"], here.zone),
        ),
    )  # fmt: skip


def show(here: Here, recording: Recording) -> None:
    """Xem một bản ghi / show a recording."""
    found = here.remote.call("GET", f"/library/{find(here, recording)['id']}")
    lines = (f"{name}: {value}" for name, value in found.items() if name != "peaks")
    here.show(found, "\n".join(lines))


def rename(
    here: Here, recording: Recording, title: Annotated[str, typer.Argument(help="Tên mới / new title.")]
) -> None:
    """Đổi tên bản ghi / rename a recording."""
    changed = here.remote.call("PATCH", f"/library/{find(here, recording)['id']}", {"title": title})
    here.show(changed, changed["title"])


def delete(here: Here, recording: Recording) -> None:
    """Xóa bản ghi / delete a recording."""
    found = find(here, recording)
    here.remote.call("DELETE", f"/library/{found['id']}")
    here.show({"id": found["id"], "deleted": True}, f"Đã xóa / deleted: {found['title']}")


def find(here: Here, recording: str) -> dict[str, Any]:
    """The recording of that id or title."""
    return pick(here.remote.call("GET", "/library")["items"], recording, "bản ghi", "recording", name="title")


def follow(here: Here, intake: dict[str, Any], bar: Progress, task: Any) -> dict[str, Any]:
    """Wait until the intake has ended; Problem if it was refused."""
    while intake["state"] in ("received", "working"):
        step = _STEPS.get(intake["step"], intake["step"])
        bar.update(task, description=step, completed=intake["permille"], total=1000)
        time.sleep(LOOK_EVERY_S)
        intake = here.remote.call("GET", f"/library/uploads/{intake['id']}")
    if intake["refusal"]:
        raise Problem(422, **intake["refusal"])
    bar.update(task, description="xong", completed=1000, total=1000)
    return intake


def _finish(here: Here, intake: dict[str, Any]) -> None:
    recording = here.remote.call("GET", f"/library/{intake['recording_id']}")
    summary = {name: value for name, value in recording.items() if name != "peaks"}
    before, after = recording["loudness_before_lufs"], recording["loudness_lufs"]
    here.show(
        summary,
        f"{recording['id']}  {recording['title']}  {length(recording['duration_us'])}  {before} → {after} LUFS",
    )


def _chunks(file: Path, done: Any) -> Iterator[bytes]:
    sent = 0
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk
            sent += len(chunk)
            done(sent)


@contextmanager
def _progress(here: Here) -> Iterator[Progress]:
    """A bar on the terminal, none with --json or when nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=here.as_json or not console.is_terminal, transient=True) as bar:
        yield bar
