"""The line's faults on the console's pages: there at once, on every page, and gone when they are mended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from nodes.console.app import Console
from nodes.console.pages.line import HOLD_SECONDS
from nodes.dialer import Dialer
from nodes.lookout import BUSY, Lookout
from tests.diagnosis.kit import UNTIL, ToldLine
from tests.federation.whole import Federation, end
from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, QUICK
from tests.nodes.console.test_picture import FLAGS, chromium, fits
from tongban.clock import SeededEntropy, SystemClock
from tongban.errors import StorageFull
from tongban.storage.base import Database
from tongban.storage.open import open_database

pytestmark = pytest.mark.federation


@dataclass(slots=True)
class Hall:
    """A node with somebody who looks out, and its console."""

    federation: Federation
    line: ToldLine
    lookout: Lookout
    console: Console
    port: int


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async def open_file(name: str) -> Database:
        return await open_database(f"sqlite:///{tmp_path / name}.db")

    federation = Federation(SystemClock(), SeededEntropy(3), open_file)
    await federation.start_gateway()
    run = await federation.start_node(ACCEPTING, dial=False)
    run.line = line = ToldLine(federation, run.core.name)
    run.dialling = asyncio.create_task(Dialer(run.core, line).run())
    await run.desks.staff.add(
        "clerk", "clerk-password", title="窗口", roles=frozenset({"window"}), post="window-1", cost=QUICK
    )
    lookout = Lookout(run.core, line, home=tmp_path)
    looking = asyncio.create_task(lookout.run())
    console = Console(run.core, run.desks, lookout)
    port = await console.start("127.0.0.1", 0)
    await federation.settled()
    yield Hall(federation, line, lookout, console, port)
    await end(looking)
    await console.stop()
    await federation.stop()


async def until(page: str, browser: Browser, words: str) -> str:
    """The page, as soon as it says so."""
    for _ in range(200):
        sight = await browser.get(page)
        if sight.says(words):
            return sight.text
        await asyncio.sleep(0.05)
    raise AssertionError(f"{page} never said {words}")


async def test_every_page_says_who_failed_and_that_it_is_over(hall: Hall) -> None:
    async with Browser(hall.port) as clerk:
        await clerk.sign_in("clerk")
        assert (await clerk.get("/line")).says("一切正常。")
        hall.line.cut()
        for page in ("/", "/applications", "/file", "/line"):
            text = await until(page, clerk, "到网关的线路不通")
            assert "该由谁处理" in text
            assert "本单位网络管理员" in text
            assert "能否继续办理" in text
        hall.line.up = True
        await until("/line", clerk, "一切正常。")


async def test_a_page_that_waits_is_told_at_once(hall: Hall) -> None:
    async with Browser(hall.port) as clerk:
        await clerk.sign_in("clerk")
        hall.lookout.working()
        mark = hall.lookout.mark
        nothing = await clerk.get(f"/line/banner?mark={mark}")
        assert nothing.status in (200, 204)
        mark = hall.lookout.mark
        asking = asyncio.create_task(clerk.get(f"/line/banner?mark={mark}"))
        await asyncio.sleep(0.05)
        hall.line.cut()
        told = await asking
        while told.status == 204:
            told = await clerk.get(f"/line/banner?mark={hall.lookout.mark - 1}")
        assert told.says("到网关的线路不通")
        assert told.headers["X-Mark"] == str(hall.lookout.mark)
    # A question is held no longer than a page takes to notice that the node is gone.
    assert HOLD_SECONDS + BUSY <= 1.7
    assert max(UNTIL.values()) <= 2.0


async def test_a_full_disk_is_tried_again_until_there_is_room(hall: Hall) -> None:
    """What a desk met is proven by a write of its own; here there is room, so nothing is said."""
    core = hall.federation.nodes[ACCEPTING].core
    lookout = Lookout(core, hall.line, storage=60.0)  # a busy machine may take its time
    lookout.note(StorageFull(what="database"))
    await lookout.look()
    assert not {"OWN_DISK_FULL", "OWN_DISK_SLOW"} & {found.fault.code for found in core.line.findings}


async def test_an_error_page_says_whose_it_is_in_english_too(hall: Hall) -> None:
    async with Browser(hall.port) as clerk:
        await clerk.sign_in("clerk")
        page = await clerk.get("/applications/445100202611220001000000XX")
        assert page.says("该由谁处理")
        assert page.says("经办人")
        await clerk.send(next(form for form in page.forms if form.action == "/language"), language="en")
        page = await clerk.get("/applications/445100202611220001000000XX")
        assert page.says("Who acts")
        assert page.says("the clerk")


@pytest.mark.picture
async def test_an_open_page_shows_a_cut_line_and_a_node_that_is_gone(hall: Hall) -> None:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = await (await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")).new_page()
        page.set_default_timeout(90_000)
        await page.goto(f"http://127.0.0.1:{hall.port}/sign-in")
        await page.fill("[name=user]", "clerk")
        await page.fill("[name=password]", "clerk-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=我的工作")
        hall.line.cut()
        await page.wait_for_selector("#line >> text=到网关的线路不通")
        await page.wait_for_selector("#lamp >> text=离线")
        assert await fits(page)
        hall.line.up = True
        await page.wait_for_selector("#lamp >> text=已联网")
        assert not await page.is_visible("#cut-off")
        assert not await page.is_visible("#lamp-cut")
        await page.click("text=连线")
        await page.wait_for_selector("text=一切正常。")
        await hall.console.stop()
        await page.wait_for_selector("#cut-off:visible")
        assert await page.is_visible("text=本页面连不上本节点的程序")
        assert await page.inner_text("#lamp-cut") == "本页面连不上本节点"
        for stale in ("#lamp", "text=一切正常。"):
            assert not await page.is_visible(stale), "what the node said before it was lost sight of"
        assert await fits(page)
        back = Console(hall.federation.nodes[ACCEPTING].core, hall.federation.nodes[ACCEPTING].desks, hall.lookout)
        await back.start("127.0.0.1", hall.port)
        await page.wait_for_selector("#lamp >> text=已联网")
        assert not await page.is_visible("#lamp-cut")
        await page.wait_for_selector("text=一切正常。")
        await back.stop()
        with contextlib.suppress(Exception):
            await browser.close()
