"""The pages of exceptions in a real browser: by the keyboard alone, and fresh without a reload."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, async_playwright, expect

from mailroom.case_words import words_of
from tests.nodes.console.conftest import ACCEPTING, Halls
from tests.nodes.console.test_cases import sent
from tests.nodes.console.test_picture import FLAGS, chromium, fits
from tongban.v1 import mailroom_pb2

MOST_TABS = 80


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by the keyboard")


@pytest.mark.federation
@pytest.mark.picture
async def test_an_exception_appears_by_itself_and_is_ended_with_the_keyboard(halls: Halls) -> None:
    _, parcel = await sent(halls)
    run = halls.federation.nodes[ACCEPTING]
    broken: list[str] = []
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        base = f"http://127.0.0.1:{halls.ports[ACCEPTING]}"
        await page.goto(f"{base}/")
        await page.wait_for_selector("[name=user]:focus")
        await page.keyboard.type("porter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("porter-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=我的工作")
        await page.goto(f"{base}/cases")
        await page.wait_for_selector("text=没有未了结的异常。")
        request = mailroom_pb2.RaiseExceptionRequest(name=f"parcels/{parcel}", code="customs-hold", leg=1)
        await run.desks.cases.raise_exception(run.staff("mailroom-1"), request)
        await page.wait_for_selector(f"text={words_of('customs-hold').do[0]}")
        assert await fits(page)
        await tab_to(page, f"a[href='/parcels/{parcel}/cases']")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/parcels/{parcel}/cases")
        await tab_to(page, "a[href*='/cases/resolve']")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[name=resolution]")
        await tab_to(page, "[name=resolution]")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await tab_to(page, "[name=note]")
        await page.keyboard.type("单证已补交")
        await tab_to(page, "button.first")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=没有未了结的异常。")
        await expect(page.locator("main")).to_contain_text("单证已补交")
        assert await fits(page)
        await browser.close()
    assert broken == []
