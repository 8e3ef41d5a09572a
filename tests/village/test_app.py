"""The officer's app and real loudspeakers: a whole hold sounds an alarm on every one, one touch silences them, and a
voice is asked for when it can be heard, and heard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from deploy.village import Village
from tests.app.phone import CHROMIUM, FLAGS, MICROPHONE
from tests.village.hands import hot, over
from tests.village.hearing import likeness, recorded, shelf_is_ready, wait_until

PASSWORD = "loa phường sáu giờ"
WORDS = "Kính mời bà con nghe thông báo của ủy ban nhân dân xã."
ALIKE = 0.4
"""The browser takes noise from what it hears and changes how loud it is; of other words it is 0.2."""


def officer(village: Village) -> None:
    """An officer whose one-time password was already changed."""
    made = json.loads(
        village.run("tienglang", "user", "add", "lan", "--role", "officer", "--data", village.station, "--json")
    )
    with village.raw().__class__(base_url=village.url, trust_env=False, headers={"origin": village.url}) as browser:
        once = {"name": "lan", "password": made["one_time_password"]}
        assert browser.post("/api/v1/login", json=once).status_code == 200
        change = {"old": made["one_time_password"], "new": PASSWORD}
        assert browser.post("/api/v1/me/password", json=change).status_code == 204


def hold(page: Page, ms: int) -> None:
    box = page.locator("button.bar").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(ms)
    page.mouse.up()


def loud(village: Village) -> int:
    """How many loudspeakers have sounded an emergency."""
    count = 0
    for cluster in village.clusters():
        for wav in (village.folder / "heard" / cluster).glob("*.wav"):
            heard, _ = soundfile.read(wav, always_2d=True)
            count += int((np.abs(heard).max(axis=0) > 0.05).sum())
    return count


@contextmanager
def hanging(village: Village, cluster: str) -> Iterator[None]:
    """Its box answers nothing meanwhile."""
    box = village.processes[f"box-{cluster}"]
    os.kill(box.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(box.pid, signal.SIGCONT)


def states(village: Village, order: dict[str, Any]) -> dict[str, str]:
    """How the order stands at each cluster."""
    return {one["cluster_id"]: one["state"] for one in village.api("GET", f"/orders/{order['id']}")["clusters"]}


@pytest.mark.parametrize("clusters", [2])
def test_three_touches_to_every_loudspeaker_one_to_silence_and_a_voice_is_heard(
    make_village: Callable[..., Village], tmp_path: Path, clusters: int
) -> None:
    village = make_village(clusters)
    hot(village, village.clusters())
    shelf_is_ready(village)
    officer(village)
    mouth = spoken(tmp_path)
    with sync_playwright() as playwright:
        flags = [*FLAGS, *MICROPHONE, f"--use-file-for-fake-audio-capture={mouth}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.goto(f"{village.url}/app/")
        page.fill("input[name=name]", "lan")
        page.fill("input[name=password]", PASSWORD)
        page.click("form button.main")
        page.click("nav a.now")
        page.get_by_text("Lũ, xả tràn").click()
        page.wait_for_timeout(800)
        hold(page, 1900)
        page.wait_for_timeout(1500)
        assert village.api("GET", "/orders")["items"] == []
        assert loud(village) == 0
        hold(page, 2200)
        page.wait_for_url("**/now/order/*")
        expect(page.locator(".big")).to_contain_text(f"{3 * clusters}/{3 * clusters}", timeout=5_000)
        (order,) = village.api("GET", "/orders")["items"]
        near, hung = village.clusters()
        wait_until(lambda: states(village, order), lambda seen: set(seen.values()) == {"PLAYING"}, 10)
        with hanging(village, hung):
            page.locator("article button.stop").click()
            wait_until(lambda: states(village, order), lambda seen: seen[near] == "PARTIAL", 10)
            assert states(village, order)[hung] == "PLAYING"
        wait_until(lambda: village.api("GET", f"/orders/{order['id']}"), lambda seen: seen["over"], 10)
        expect(page.locator("article h2")).to_have_text("ĐÃ DỪNG GIỮA CHỪNG", timeout=5_000)
        assert wait_until(lambda: loud(village), lambda heard: heard == 3 * clusters, 10)

        page.click("nav a.now")
        page.get_by_text("Nói trực tiếp").click()
        page.get_by_role("button", name="BẮT ĐẦU NÓI").click()
        expect(page.locator(".call")).to_contain_text("MỜI NÓI", timeout=15_000)
        expect(page.locator(".on")).to_contain_text(f"ĐANG LÊN LOA · {3 * clusters}/{3 * clusters}", timeout=10_000)
        expect(page.get_by_text("Loa phát chậm hơn")).to_contain_text(" giây")
        page.wait_for_timeout(6_000)
        page.get_by_role("button", name="KẾT THÚC").click()
        expect(page.locator(".notice.good")).to_contain_text("Đã ghi lại", timeout=20_000)
        expect(page.locator("article .big")).to_contain_text(f"{3 * clusters}/{3 * clusters}")
        browser.close()
    ends = over(village, village.api("GET", "/orders")["items"][0]["id"])
    alike = [likeness(recorded(village, one), mouth, horn) for one in ends["clusters"] for horn in range(3)]
    assert min(alike) > ALIKE, alike


def spoken(folder: Path) -> Path:
    """What somebody says again and again into the phone."""
    made, mouth = folder / "made.wav", folder / "mouth.wav"
    subprocess.run(["espeak-ng", "-v", "vi", "-w", made, WORDS], check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", made, "-ar", "48000", "-ac", "1", mouth], check=True)
    return mouth
