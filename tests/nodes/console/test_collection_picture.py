"""Collection in a real browser: by the keyboard alone, nothing sticks out, and the applicant's words are large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_collection import code_of, issued
from tests.nodes.console.test_picture import FLAGS, chromium, fits

_LARGE = 26
"""Pixels: what an old person reads from across a desk."""


async def keep(page: Page, name: str) -> None:
    """A picture to look at, where somebody wants them."""
    folder = os.environ.get("TONGBAN_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def large(page: Page, selector: str) -> bool:
    """Whether these words are for everybody's eyes."""
    script = "s => Math.min(...[...document.querySelectorAll(s)].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    return float(await page.evaluate(script, selector)) >= _LARGE


@pytest.mark.federation
@pytest.mark.picture
@pytest.mark.parametrize("width", [1366, 1024])
async def test_a_clerk_hands_out_with_the_keyboard(halls: Halls, width: int) -> None:
    broken: list[str] = []
    path = chromium()
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(HOME, "approver") as approver:
        number = await issued(halls, clerk, approver, surrenders=["old-licence"])
        code = code_of(await clerk.send((await clerk.get(f"/applications/{number}/ready")).form()))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = await browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(90_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        root = f"http://127.0.0.1:{halls.ports[ACCEPTING]}"
        await page.goto(f"{root}/")
        await page.wait_for_selector("[name=user]:focus")
        await page.keyboard.type("clerk")
        await page.keyboard.press("Tab")
        await page.keyboard.type("clerk-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=我的工作")
        for step in ("ready", "handover", "electronic", "return", "print", "give-up", "void"):
            await page.goto(f"{root}/applications/{number}/{step}")
            assert await fits(page), step
            await keep(page, f"{step}-{width}")
        await page.goto(f"{root}/applications/{number}/surrender")
        await page.wait_for_selector("[name=serial]:focus")
        assert await large(page, ".told .big")
        await keep(page, f"surrender-{width}")
        await page.keyboard.type("闽 0099")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=原件在谁手里")
        await keep(page, f"detail-{width}")
        await page.goto(f"{root}/applications/{number}/collect")
        await page.wait_for_selector("[name=pickup_code]:focus")
        assert await fits(page)
        assert await large(page, ".told .big")
        await keep(page, f"collect-{width}")
        await page.keyboard.type(code)
        await page.keyboard.press("Tab")  # the applicant in person
        for _ in range(2):
            await page.keyboard.press("Tab")
            await page.keyboard.press("Space")  # the paper, the file
        await page.focus("[name=identity_kind]")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1 .number")
        assert await page.locator("text=已取证").count()
        await page.locator("text=退出").click()
        await page.wait_for_selector("[name=user]:focus")
        await page.keyboard.type("box")
        await page.keyboard.press("Tab")
        await page.keyboard.type("box-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[name=locker]:focus")
        assert await fits(page)
        await keep(page, f"locker-{width}")
        await browser.close()
    assert not broken
