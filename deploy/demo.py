"""The demo: a whole station with seven clusters on this machine, seeded, playing within its first minute."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from deploy.village import Village, VillageFailed

TUNE = "Nhạc hiệu Tây Hồ"
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
WORKING_DAYS = [0, 1, 2, 3, 4, 5]
"""Monday to Saturday."""


def main() -> int:
    """Run until Ctrl-C; everything that was started here ends with it."""
    arguments = _arguments()
    village = Village(arguments.data.resolve(), arguments.port)
    for number in (signal.SIGINT, signal.SIGTERM):  # said outright: a shell may have taught us to ignore Ctrl-C
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        _open(village)
        return _watch(village)
    except VillageFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        print("\nĐang tắt / stopping …", flush=True)
        village.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/demo.sh", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/demo"), help="where the demo keeps everything")
    parser.add_argument("--port", type=int, default=8080, help="HTTP port; the next two carry MQTT and time")
    return parser.parse_args()


def _open(village: Village) -> None:
    login = None if village.founded() else village.found()
    seconds = village.start_server()
    print(f"Máy chủ chạy sau {seconds:.1f} giây / the server is up", flush=True)
    if login:
        village.settle()
    for number, cluster in enumerate(village.clusters(), 1):
        village.start_box(cluster, f"file:{village.folder / 'heard' / f'cum-{number}'}")
    if login:
        tune = _tune(village)
        _greet(village, tune)
        _schedule(village, tune)
    _say_where(village, login)


def _tune(village: Village) -> str:
    """The station's signature tune, made by our own code, as a recording."""
    path = village.folder / "signature-tune.wav"
    village.run("python", "-m", "audio_library.chimes", path)
    return village.upload(path, TUNE)


def _greet(village: Village, tune: str) -> None:
    """Something that is heard on all clusters within the first minute."""
    spoken = village.api("POST", "/library/texts", json={"text": GREETING, "title": "Lời chào"})
    greeting = village.recording(spoken["id"])
    at_us = (int(time.time()) + 15) * 1_000_000
    programme = _programme(village, "Phát thử toàn xã", [tune, greeting])
    _rule(village, programme, {"kind": "once"}, _local(village, at_us))


def _schedule(village: Village, tune: str) -> None:
    """Two weeks of ordinary life."""
    times = {"Bản tin sáng": ["05:30"], "Bản tin chiều": ["17:00"], "Nhắc lịch thu gom rác": ["18:30"]}
    for title, text in BULLETINS.items():
        spoken = village.recording(village.api("POST", "/library/texts", json={"text": text, "title": title})["id"])
        programme = _programme(village, title, [tune, spoken])
        days = [2, 5] if "rác" in title else WORKING_DAYS
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))
        last = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600 + 14 * 86400))
        rule = {"recurrence": {"kind": "weekly", "days": days}, "first_day": today, "last_day": last}
        village.api("POST", f"/programmes/{programme}/rules", json={**rule, "times": times[title]})


def _programme(village: Village, title: str, recordings: list[str]) -> str:
    form = {"title": title, "items": recordings, "targets": ["all"]}
    return str(village.api("POST", "/programmes", json=form)["id"])


def _rule(village: Village, programme: str, recurrence: dict[str, object], at: tuple[str, str]) -> None:
    day, clock = at
    form = {"recurrence": recurrence, "first_day": day, "last_day": day, "times": [clock]}
    village.api("POST", f"/programmes/{programme}/rules", json=form)


def _local(_village: Village, at_us: int) -> tuple[str, str]:
    """Day and time of a moment in Vietnam, which has had no summer time since 1975."""
    moment = time.gmtime(at_us / 1_000_000 + 7 * 3600)
    return time.strftime("%Y-%m-%d", moment), time.strftime("%H:%M:%S", moment)


def _say_where(village: Village, login: dict[str, str] | None) -> None:
    print(f"\n  Tiếng Làng đang chạy / is running:  {village.url}/")
    if login:
        print(f"  Đăng nhập một lần / one-time login: {login['user']}  {login['password']}")
        (village.folder / "first-login.json").write_text(json.dumps(login))
    print(f"  Âm thanh của 7 cụm / what the 7 clusters play: {village.folder / 'heard'}")
    print("  Ctrl-C để tắt / to stop\n", flush=True)


def _watch(village: Village) -> int:
    while True:
        time.sleep(1)
        if name := village.dead():
            print(f"{name} ended by itself:\n{village.last_words(name)}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
