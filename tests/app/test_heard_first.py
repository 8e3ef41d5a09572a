"""What is prepared for an alarm is heard on the phone before it is given, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from broadcast_server.store.orders import TemplateRow
from tests.app.phone import phone
from tests.app.shelf import shelved
from tests.faces.office import sound
from tests.waiting import until


@pytest.mark.parametrize(("place", "name"), [("emergency/flood", "flood"), ("drill/drill", "drill")])
async def test_its_own_recording_is_fetched_when_it_is_played_and_gives_no_order(
    place: str, name: str, tmp_path: Path
) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        recording = await shelved(held, sound(tmp_path / "a.wav").read_bytes(), "Lũ")
        async with held.office.station.database.transaction() as session:
            await session.execute(update(TemplateRow).where(TemplateRow.name == name).values(recording_id=recording))
        held.asked.clear()
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        await held.open(f"/now/{place}")
        player = page.get_by_label("Nghe thử trên máy này – chưa phát ra loa")
        await expect(player).to_be_visible()
        own = f"http://{held.host}/api/v1/library/{recording}/audio"
        assert own not in fetched
        await player.evaluate("sound => sound.play()")
        await until(lambda: player.evaluate("sound => sound.currentTime > 0.5 && sound.duration > 2"))
        assert own in fetched
        assert held.asked == []
        await held.open("/now")
        await expect(page.locator("audio")).to_have_count(0)


async def test_what_has_no_sound_yet_or_cannot_be_fetched_has_no_player(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await held.open("/now/emergency/storm")  # its sound is not made in this office
        await expect(page.locator("button.bar")).to_be_visible()
        await expect(page.locator("audio")).to_have_count(0)
        await expect(page.locator("main .card").first).to_contain_text("Loa sẽ nói")
        await held.open("/now/emergency/siren")
        await expect(page.locator("main .card").first).to_contain_text("Loa sẽ hú còi")
        await held.open("/now/emergency/storm")
        recording = await shelved(held, sound(tmp_path / "a.wav").read_bytes(), "Bão")
        async with held.office.station.database.transaction() as session:
            await session.execute(update(TemplateRow).where(TemplateRow.name == "storm").values(recording_id=recording))
        await page.reload()
        await expect(page.locator("audio")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.locator("audio")).to_have_count(0)
