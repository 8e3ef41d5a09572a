"""The demo: a whole station with seven clusters on this machine, seeded, heard in the first minute of each run."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.village import PLACES, Village, VillageFailed, local_time, ports_taken

TUNE = "Nhạc hiệu Tây Hồ"
HELLO = "Lời chào"
TEST = "Phát thử toàn xã"
GREETING = "Kính chào bà con xã Tây Hồ. Đài truyền thanh thông minh của xã đang phát thử. Xin cảm ơn bà con."
BULLETINS = {
    "Bản tin sáng": (
        "Kính mời bà con nghe bản tin sáng của đài truyền thanh xã Tây Hồ. "
        "Hôm nay các thôn tiếp tục làm vệ sinh đường làng ngõ xóm. "
        "Trạm y tế xã tiêm phòng cho trẻ em vào sáng thứ năm tại nhà văn hóa các thôn. "
        "Bà con nhớ đưa các cháu đi đúng giờ. Bản tin đến đây là hết, xin cảm ơn bà con."
    ),
    "Bản tin chiều": (
        "Kính mời bà con nghe bản tin chiều. Hợp tác xã thông báo lịch lấy nước vụ đông xuân: "
        "thôn Hội Hiền lấy nước ngày thứ hai, thôn Nam Thượng ngày thứ ba, thôn Yên Trường ngày thứ tư. "
        "Đề nghị bà con chủ động be bờ giữ nước. Xin cảm ơn bà con."
    ),
    "Nhắc lịch thu gom rác": "Xin nhắc bà con: sáng mai xe thu gom rác đi qua các thôn. Xin cảm ơn bà con.",
}
BULLETIN_TIMES = {"Bản tin sáng": "05:30", "Bản tin chiều": "17:00", "Nhắc lịch thu gom rác": "18:30"}
WORKING_DAYS = [0, 1, 2, 3, 4, 5]
"""Monday to Saturday."""
FORTNIGHT_S = 14 * 86_400
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SENSORS = {6: "simulated:two-of-three", 7: "none"}
"""What measures on these clusters, to show what that looks like; on the others all is well."""
MARKED = "marked"
"""In the file `seeded`: all that was seeded is marked as sample data."""
LOOK_EVERY_S = 5
MOST_ENDS, WITHIN_S = 5, 60
"""A process that ends by itself more often than so is not started again."""


def main() -> int:
    """Run until Ctrl-C; everything that was started here ends with it."""
    arguments = _arguments()
    if taken := ports_taken(arguments.port):
        return _refuse(arguments.port, taken)
    village = Village(arguments.data.resolve(), arguments.port)
    for number in ENDINGS:  # said outright: a shell may have taught us to ignore Ctrl-C
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            signal.signal(number, lambda *_: sys.exit(0))
    try:
        _open(village)
        return _watch(village)
    except VillageFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        with contextlib.suppress(OSError):  # the terminal may be gone
            print("\nĐang tắt / stopping …", flush=True)
        village.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/demo.sh", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/demo"), help="where the demo keeps everything")
    parser.add_argument("--port", type=int, default=8080, help="HTTP port; the next two carry MQTT and time")
    return parser.parse_args()


def _refuse(port: int, taken: list[str]) -> int:
    """Say which ports are taken, and a way out."""
    free = next(other for other in (*range(port + 10, 65_000, 10), *range(8080, 65_000, 10)) if not ports_taken(other))
    print(
        f"Cổng đang bị chương trình khác dùng: {', '.join(taken)}. Hãy chọn cổng khác: deploy/demo.sh --port {free}\n"
        f"In use by another program: port {', '.join(taken)}. Choose another: deploy/demo.sh --port {free}",
        file=sys.stderr,
    )
    return 1


def _open(village: Village) -> None:
    """Every run finishes what an earlier one left undone; what was seeded once is left as it is, and where the sample
    data was removed nothing comes back."""
    login = village.found()
    seconds = village.start_server()
    print(f"Máy chủ chạy sau {seconds:.1f} giây / the server is up", flush=True)
    seeded = village.folder / "seeded"
    fresh = not seeded.exists() or seeded.read_text() != MARKED
    trying = fresh or village.api("GET", "/first-run")["samples"]
    if fresh:
        village.settle()
    if trying:
        _enrol(village)
    for number, cluster in enumerate(village.clusters(), 1):
        if village.card(cluster):
            heard = village.folder / "heard" / f"cum-{number}"
            village.start_box(cluster, f"file:{heard}", SENSORS.get(number, "simulated:honest"))
    if trying:
        tune = _recording(village, TUNE, lambda: _play_tune(village))
        _greet(village, tune)
        if fresh:
            _schedule(village, tune)
        _mark(village, fresh)
        seeded.write_text(MARKED)
    _say_where(village, login or _new_login(village))


def _enrol(village: Village) -> None:
    """A box for each cluster that has none; a box that knows us by another port is brought in again, as a new one."""
    moved = 0
    for cluster in village.api("GET", "/clusters")["items"]:
        card = village.card(cluster["id"])
        ours = cluster["box"] is None or (card is not None and cluster["box"]["id"] == card["box"])
        if ours and (card is None or card["server"] != village.url):
            village.enrol(cluster["id"])
            moved += card is not None
    if moved:
        vi, en = (
            f"Cổng khác lần trước: đã ghép lại {moved} hộp",
            f"another port than before: {moved} boxes enrolled again",
        )
        print(f"{vi} / {en}", flush=True)


def _recording(village: Village, title: str, make: Callable[[], str]) -> str:
    """The recording of that title, made if it is not there."""
    items = village.api("GET", "/library", params={"q": title})["items"]
    return next((str(one["id"]) for one in items if one["title"] == title), None) or make()


def _play_tune(village: Village) -> str:
    """The station's signature tune, made by our own code, as a recording."""
    path = village.folder / "signature-tune.wav"
    village.run("python", "-m", "audio_library.chimes", path)
    return village.upload(path, TUNE)


def _spoken(village: Village, title: str, text: str) -> str:
    form = {"text": text, "title": title}
    return _recording(village, title, lambda: village.recording(village.api("POST", "/library/texts", json=form)["id"]))


def _greet(village: Village, tune: str) -> None:
    """Something that is heard on all clusters within the first minute, unless somebody has set quiet hours; the rules
    of earlier runs make room."""
    greeting = _spoken(village, HELLO, GREETING)
    programme = _programme(village, TEST, [tune, greeting])
    for old in programme["rules"]:
        village.api("DELETE", f"/programmes/{programme['id']}/rules/{old['id']}")
    day, clock = local_time((int(time.time()) + 15) * 1_000_000)
    rule = {"recurrence": {"kind": "once"}, "first_day": day, "last_day": day, "times": [clock]}
    try:
        village.api("POST", f"/programmes/{programme['id']}/rules", json=rule)
    except VillageFailed as failure:
        if '"quiet_hours"' not in str(failure):
            raise
        print("Đang giờ yên tĩnh nên lần này không phát thử / quiet hours: nothing is played this time", flush=True)


def _schedule(village: Village, tune: str) -> None:
    """Two weeks of ordinary life."""
    first, _ = local_time(int(time.time()) * 1_000_000)
    last, _ = local_time(int(time.time() + FORTNIGHT_S) * 1_000_000)
    for title, text in BULLETINS.items():
        days = [2, 5] if "rác" in title else WORKING_DAYS
        rule = {"recurrence": {"kind": "weekly", "days": days}, "first_day": first, "last_day": last}
        _programme(village, title, [tune, _spoken(village, title, text)], {**rule, "times": [BULLETIN_TIMES[title]]})


def _mark(village: Village, fresh: bool) -> None:
    """What was seeded is sample data, which the officer may remove; so are the boxes that run here, each time."""
    clusters = village.api("GET", "/clusters")["items"]
    cards = {one["id"]: village.card(one["id"]) or {} for one in clusters}
    boxes = [one["box"]["id"] for one in clusters if one["box"] and one["box"]["id"] == cards[one["id"]].get("box")]
    marks = {"boxes": boxes}
    if fresh:
        homes = dict(PLACES)
        marks["villages"] = [one["id"] for one in village.api("GET", "/villages")["items"] if one["name"] in homes]
        marks["clusters"] = [one["id"] for one in clusters if one["name"] in homes.get(one["village"], ())]
        recordings = village.api("GET", "/library")["items"]
        marks["recordings"] = [one["id"] for one in recordings if one["title"] in {TUNE, HELLO, *BULLETINS}]
        programmes = village.api("GET", "/programmes")["items"]
        marks["programmes"] = [one["id"] for one in programmes if one["title"] in {TEST, *BULLETINS}]
    village.api("POST", "/samples", json=marks)


def _programme(village: Village, title: str, recordings: list[str], *rules: dict[str, Any]) -> dict[str, Any]:
    """The programme of that title, made with these rules if it is not there."""
    for there in village.api("GET", "/programmes")["items"]:
        if there["title"] == title:
            return dict(there)
    form = {"title": title, "items": recordings, "targets": ["all"], "rules": rules}
    return dict(village.api("POST", "/programmes", json=form))


def _new_login(village: Village) -> dict[str, str]:
    """A new one-time password for the administrator: the one of an earlier run was shown only then."""
    users = village.api("GET", "/users")["items"]
    admin = next(one for one in users if one["role"] == "admin" and not one["disabled"] and one["name"] != "operator")
    answer = village.api("POST", f"/users/{admin['id']}/one-time-password")
    return {"user": answer["name"], "password": answer["one_time_password"]}


def _say_where(village: Village, login: dict[str, str]) -> None:
    print(f"\n  Tiếng Làng đang chạy / is running:  {village.url}/")
    print(f"  Ứng dụng của cán bộ đài / the officer's app:   {village.url}/app/")
    print(f"  Đăng nhập một lần / one-time login: {login['user']}  {login['password']}")
    print(f"  Âm thanh của các cụm / what the clusters play: {village.folder / 'heard'}")
    print("  Ctrl-C để tắt / to stop\n", flush=True)


def _watch(village: Village) -> int:
    """Start again what ends by itself, as systemd would; give up on what does so again and again."""
    called = {f"box-{one['id']}": f"Hộp / box “{one['name']}”" for one in village.api("GET", "/clusters")["items"]}
    ends: dict[str, list[float]] = defaultdict(list)
    looked = time.monotonic()
    while True:
        time.sleep(1)
        if time.monotonic() - looked > LOOK_EVERY_S:
            _let_go(village)
            looked = time.monotonic()
        for name, code in village.dead().items():
            what, how = called.get(name, "Máy chủ / server"), _how(code)
            ends[name] = [at for at in ends[name] if time.monotonic() - at < WITHIN_S] + [time.monotonic()]
            if len(ends[name]) > MOST_ENDS:
                print(f"{what}: dừng hết lần này đến lần khác / ends again and again ({how})", file=sys.stderr)
                print(village.last_words(name), file=sys.stderr)
                return 1
            print(f"{what}: đã dừng ({how}), chạy lại / ended, started again", flush=True)
            village.revive(name)


def _let_go(village: Village) -> None:
    """Whoever removed the sample data needs no boxes that pretend."""
    with contextlib.suppress(VillageFailed):  # the server may be starting again
        for name in village.processes.keys() - {"server"} - {f"box-{cluster}" for cluster in village.clusters()}:
            village.kill(name)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"mã / code {code}"


if __name__ == "__main__":
    sys.exit(main())
