"""The pages in a real browser: nothing breaks their own policy, the keyboard is enough, and nothing sticks out."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.async_api import Page, async_playwright

from tests.nodes.console.conftest import ACCEPTING, Halls
from tests.nodes.console.test_journey import ITEM

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Where Chromium is.  Continuous integration installs it; elsewhere its absence is told at the end of the run."""
    found = shutil.which("chromium")
    if found is None:
        missing = "the pages were not looked at: apt-get install chromium fonts-noto-cjk"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    return found


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.federation
@pytest.mark.picture
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
async def test_a_clerk_files_with_the_keyboard(halls: Halls, script: bool) -> None:
    broken: list[str] = []
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", java_script_enabled=script
        )
        page = await context.new_page()
        page.set_default_timeout(90_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        await page.goto(f"http://127.0.0.1:{halls.ports[ACCEPTING]}/")
        await page.wait_for_selector("[name=user]:focus")
        await page.keyboard.type("clerk")
        await page.keyboard.press("Tab")
        await page.keyboard.type("clerk-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=我的工作")
        await page.goto(f"http://127.0.0.1:{halls.ports[ACCEPTING]}/file/{ITEM}/form?applicant_kind=1&mode=2")
        await page.focus("[name=f-applicant_name]")
        await page.keyboard.type("陈阿婆")
        await page.select_option("[name=m-identity-document-form]", "2")
        await page.fill("[name=m-identity-document-pages]", "1")
        await page.focus("main form button.first")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/receipt")
        number = page.url.split("/")[-2]
        await page.goto(f"http://127.0.0.1:{halls.ports[ACCEPTING]}/applications/{number}")
        if script:
            await page.wait_for_selector(".timeline >> text=已入账")
            assert await fits(page)
        await browser.close()
    assert broken == []
