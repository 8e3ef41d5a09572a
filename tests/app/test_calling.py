"""Whom to call where a cluster does not answer: by one touch, with a line or without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, expect
from sqlalchemy import select

from broadcast_server.store.airings import AiringRow
from broadcast_server.store.station import ClusterRow
from speaker_client.protocol.ids import HOUR, MINUTE
from tests.app.alarm import give_unanswered
from tests.app.horns import furnish, sounding_at
from tests.app.phone import Phone, phone
from tests.app.states import open_order
from tests.waiting import until

BINH, HOA = "Gọi Ông Bình", "Gọi 0987 654 321"
NONE = "Cụm này chưa ghi số người phụ trách."
KEPT = "numbers => numbers.every(one => (localStorage.getItem('seen.places') ?? '').includes(one))"
"""These, and not what the page before it asked for and got too late."""


async def looked_after(held: Phone, **numbers: tuple[str, str]) -> None:
    """The office's two clusters, near and far, are kept by these; the phone has opened anew and knows of it."""
    await furnish(held.office)
    async with held.office.station.database.transaction() as session:
        for cluster, kept in numbers.items():
            row = await session.get_one(ClusterRow, cluster)
            row.keeper, row.keeper_phone = kept
    await held.page.evaluate("localStorage.removeItem('seen.places')")
    await held.page.reload()
    await until(lambda: held.page.evaluate(KEPT, [number for _, number in numbers.values()]))


def call(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name)


async def test_a_confirmation_has_the_number_of_each_cluster_that_is_away_and_says_where_there_is_none(
    tmp_path: Path,
) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await looked_after(held, far=("Ông Bình", "0912.345 678"))
        await held.open("/now/emergency/text")
        await expect(call(page, BINH)).to_have_attribute("href", "tel:0912345678")
        await expect(page.locator(".notice.bad")).to_contain_text("Chưa nối được: Bãi bồi.")
        await looked_after_by_nobody(held)
        await expect(page.locator(".notice.bad")).to_contain_text(NONE)
        await expect(call(page, BINH)).to_have_count(0)


async def looked_after_by_nobody(held: Phone) -> None:
    async with held.office.station.database.transaction() as session:
        row = await session.get_one(ClusterRow, "far")
        row.keeper, row.keeper_phone = "", ""
    await held.page.reload()


async def test_a_phone_that_lost_its_line_on_another_screen_still_knows_everybody_to_call(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await looked_after(held, c=("", "0987 654 321"), far=("Ông Bình", "0912 345 678"))
        await page.context.set_offline(True)
        await expect(page.locator("p.strip.bad")).to_be_visible(timeout=30_000)
        await held.open("/now/emergency/text")
        for name, number in ((BINH, "tel:0912345678"), (HOA, "tel:0987654321")):
            await expect(call(page, name)).to_have_attribute("href", number)
        await expect(page.locator(".notice.bad li", has_text="Bãi bồi")).to_have_count(1)


async def test_an_order_that_is_not_answered_leaves_who_gave_it_with_numbers_each_but_once(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await looked_after(held, c=("Ông Bình", "0912 345 678"), far=("Ông Bình", "0912 345 678"))
        await give_unanswered(held)
        await expect(call(page, BINH)).to_have_count(1)
        await expect(page.locator(".notice.bad li")).to_contain_text("Đầu làng, Bãi bồi")
        await expect(page.get_by_role("alert").get_by_role("link")).to_have_count(0)  # the sentence alone is read out


async def test_an_order_has_the_number_where_it_is_not_answered_and_where_it_sounds_none(tmp_path: Path) -> None:
    async with phone(tmp_path) as held:
        page = held.page
        await looked_after(held, c=("", "0987 654 321"), far=("Ông Bình", "0912 345 678"))
        await sounding_at(held.office, "c")
        await open_order(held)
        trouble = page.locator("li.trouble")
        await expect(trouble).to_have_count(1, timeout=15_000)
        await expect(trouble.get_by_role("link", name=BINH)).to_be_visible()
        await expect(call(page, HOA)).to_have_count(0)


async def test_where_no_loudspeaker_played_everybody_is_to_be_called_but_where_it_was_stopped(tmp_path: Path) -> None:
    async with over(tmp_path, c="MISSED", far="MISSED") as held:
        page = held.page
        await expect(page.locator(".big")).to_contain_text("KHÔNG LOA NÀO PHÁT")
        await both_are_to_be_called(page)
        await ended(held, c="CANCELLED", far="MISSED")
        await expect(call(page, HOA)).to_have_count(0)
        await expect(call(page, BINH)).to_have_count(1)


async def test_what_nobody_told_of_is_not_said_to_have_been_silent(tmp_path: Path) -> None:
    async with over(tmp_path, c="MISSED", far="UNKNOWN") as held:
        page, office = held.page, held.office
        office.clock.at_us += 3 * HOUR
        await office.station.feeding.look()
        await page.reload()
        await open_order(held)
        await expect(page.locator("article header")).to_have_text("KHÔNG RÕ ĐÃ PHÁT CHƯA")
        await expect(page.locator(".big")).not_to_contain_text("KHÔNG LOA NÀO PHÁT")
        await both_are_to_be_called(page)


async def both_are_to_be_called(page: Page) -> None:
    for name in (BINH, HOA):
        await expect(call(page, name)).to_have_count(1)


@asynccontextmanager
async def over(folder: Path, **states: str) -> AsyncIterator[Phone]:
    """A phone that shows an order which sounded and is over, so on each cluster; both have somebody to call."""
    async with phone(folder) as held:
        await looked_after(held, c=("", "0987 654 321"), far=("Ông Bình", "0912 345 678"))
        await sounding_at(held.office)
        await ended(held, **states)
        await open_order(held)
        yield held


async def ended(held: Phone, **states: str) -> None:
    """The only order is over, so on each cluster."""
    office = held.office
    async with office.station.database.transaction() as session:
        for one in await session.scalars(select(AiringRow)):
            one.state, one.decided_us = states[one.cluster_id], office.clock.at_us + MINUTE
    office.clock.at_us += 2 * MINUTE
    await office.station.feeding.look()
