"""What may be wrong with a station, looked at one by one, and said in plain words."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audio_library.content import ContentId, FolderStore
from audio_library.speech.piper import Piper, piper_program
from audio_library.speech.port import SpeechFailed, Voice
from broadcast_server.keys import ROLES, KeyMissing, read_key
from broadcast_server.local_time import local
from broadcast_server.settings import Settings
from speaker_client.protocol.statement import Role

LITTLE_ROOM = 1_000_000_000
THIS_PROGRAM_IS_YOUNGER_THAN = 1_760_000_000
"""Seconds since 1970: a clock that shows less was never set."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `ok` False needs somebody to act, `warning` can wait."""

    name: str
    ok: bool
    vi: str
    en: str
    warning: bool = False

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


_ELSEWHERE = Finding(
    "database",
    True,
    "Cơ sở dữ liệu ở nơi khác (TIENGLANG_DATABASE): không khám được nó, cũng không đối chiếu được bản ghi.",
    "The database is elsewhere (TIENGLANG_DATABASE): neither it nor the recordings it names can be checked here.",
    warning=True,
)


def check_up(settings: Settings, ask_server: Callable[[], Finding], deep: bool) -> Iterator[Finding]:
    """All findings; `deep` reads every recording again."""
    data = settings.data
    if settings.own_file and not (data / "station.db").exists():
        vi, en = f"Chưa có trạm trong {data}: chạy tienglang init.", f"No station in {data}: run tienglang init."
        yield Finding("data", False, vi, en)
        return
    yield Finding("data", True, f"Dữ liệu ở {data}.", f"The data is in {data}.")
    database = _database(data / "station.db") if settings.own_file else _ELSEWHERE
    yield database
    yield from _keys(data / "keys")
    yield _room(data)
    yield from _programs()
    if settings.piper_voice:
        yield _piper(settings.piper_voice, settings.piper_region, data.stat().st_uid)
    if settings.own_file:
        if database.ok:
            yield _clock(data / "station.db")
        yield _recordings(data, deep)
    yield ask_server()


def _database(path: Path) -> Finding:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    vi = "Cơ sở dữ liệu lành lặn." if verdict == "ok" else "Cơ sở dữ liệu bị hỏng: hãy khôi phục từ bản sao lưu."
    en = "The database is sound." if verdict == "ok" else f"The database is damaged, restore a backup: {verdict}"
    return Finding("database", verdict == "ok", vi, en)


def _keys(folder: Path) -> Iterator[Finding]:
    missing = [role.value for role in ROLES[1:] if not _held(folder, role)]
    names = ", ".join(missing)
    vi = f"Khóa ký thiếu hoặc hỏng: {names}." if missing else "Đủ khóa ký."
    en = f"Signing keys are missing or damaged: {names}." if missing else "All signing keys are there."
    yield Finding("keys", not missing, vi, en)
    loose = [path.name for path in folder.glob("*.key") if path.stat().st_mode & 0o077]
    vi, en = f"Người khác đọc được khóa: {', '.join(loose)}.", f"Others can read the keys: {', '.join(loose)}."
    if loose:
        yield Finding("key_rights", False, vi, en)
    if (folder / "root.key").exists():
        vi = "Khóa gốc còn nằm trên máy chủ: nên cất nó ở nơi khác (USB trong két)."
        en = "The root key is still on the server: better keep it elsewhere (a USB stick in the safe)."
        yield Finding("root_key", True, vi, en, warning=True)


def _held(folder: Path, role: Role) -> bool:
    try:
        read_key(folder, role)
    except KeyMissing:
        return False
    return True


def _room(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    gigabytes = f"{free / 1e9:.1f} GB"
    return Finding("disk", free > LITTLE_ROOM, f"Ổ đĩa còn trống {gigabytes}.", f"{gigabytes} of the disk are free.")


def _programs() -> Iterator[Finding]:
    for program, vi, en in (
        ("ffmpeg", "xử lý âm thanh", "sound"),
        ("espeak-ng", "giọng đọc ngoại tuyến", "the offline voice"),
        ("unshare", "vùng cách ly tệp lạ", "the sandbox for foreign files"),
    ):
        found = shutil.which(program) is not None
        state_vi, state_en = ("có", "is there") if found else ("thiếu, hãy cài đặt", "is missing, install it")
        yield Finding(program, found, f"{program} ({vi}): {state_vi}.", f"{program} ({en}): {state_en}.")


def _piper(model: Path, region: Voice, station: int) -> Finding:
    """It says a word as it does for the station, where HOME is an empty folder: being there is not enough. Only as the
    station's own user: to another one it may speak where it does not to the station."""
    if shutil.which(piper_program()) is None:
        vi = "thiếu chương trình piper, hãy cài gói trong deploy/extras/piper.lock"
        en = "the program piper is missing, install what deploy/extras/piper.lock lists"
    elif absent := [one for one in (model, Path(f"{model}.json")) if not one.is_file()]:
        vi, en = f"thiếu tệp giọng {absent[0]}", f"its voice file {absent[0]} is missing"
    elif os.geteuid() != station:
        vi = "Giọng piper: có; chưa thử đọc, hãy khám bằng người dùng của đài."
        en = "The voice Piper: is there; not tried, look again as the station's own user."
        return Finding("piper", True, vi, en, warning=True)
    elif failure := _did_not_speak(Piper(model, region, lasting=False), region):
        vi, en = f"có nhưng không đọc được: {failure}", f"is there but does not speak: {failure}"
    else:
        return Finding("piper", True, "Giọng piper: đọc được.", "The voice Piper: speaks.")
    return Finding("piper", False, f"Giọng piper: {vi}.", f"The voice Piper: {en}.")


def _did_not_speak(piper: Piper, region: Voice) -> str:
    """Why; empty if it did."""
    with tempfile.TemporaryDirectory(prefix="doctor-", ignore_cleanup_errors=True) as folder:
        try:
            asyncio.run(piper.speak("Xin chào.", region, Path(folder, "word.wav")))
        except (SpeechFailed, OSError) as failure:
            return str(failure) or type(failure).__name__
    return ""


def _clock(database: Path) -> Finding:
    """As the station's people read it, whatever zone the machine is set to."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (zone,) = connection.execute("SELECT zone FROM stations").fetchone()
    now = local(zone, time.time_ns() // 1000)
    vi = f"Đồng hồ máy chủ: {now:%d/%m/%Y %H:%M:%S %z}."
    en = f"The server's clock shows {now:%Y-%m-%d %H:%M:%S %z}."
    return Finding("clock", now.timestamp() > THIS_PROGRAM_IS_YOUNGER_THAN, vi, en)


def _recordings(data: Path, deep: bool) -> Finding:
    store = FolderStore(data / "content")
    try:
        with closing(sqlite3.connect(f"file:{data / 'station.db'}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT title, content FROM recordings WHERE deleted_us IS NULL").fetchall()
    except sqlite3.DatabaseError as error:
        vi = "Không đối chiếu được bản ghi vì cơ sở dữ liệu bị hỏng."
        return Finding("recordings", False, vi, f"The recordings cannot be checked, the database is damaged: {error}")
    bad = [title for title, content in rows if not _whole(store, ContentId(content), deep)]
    names = ", ".join(bad)[:200]
    vi = f"Bản ghi thiếu hoặc hỏng: {names}." if bad else f"{len(rows)} bản ghi đều còn đủ."
    en = f"Recordings missing or damaged: {names}." if bad else f"All {len(rows)} recordings are there."
    return Finding("recordings", not bad, vi, en)


def _whole(store: FolderStore, content: ContentId, deep: bool) -> bool:
    return store.is_intact(content) if deep else store.holds(content)
