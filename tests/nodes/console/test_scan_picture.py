"""The scan page in a real browser: keys are enough, a fast scanner loses nothing, a carrier's word comes by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Page, async_playwright

from mailroom.domain.labels import Command, ItemLabel
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one
from tests.nodes.console.test_picture import FLAGS, chromium, fits
from tests.nodes.console.test_scan import PNG, SEAL, WAYBILL, packed
from tongban.v1 import lifecycle_pb2, mailroom_pb2

_S = lifecycle_pb2


async def typed(page: Page, *texts: str) -> None:
    """A scanner: it types and presses Enter, and waits for nobody."""
    for text in texts:
        await page.keyboard.type(text)
        await page.keyboard.press("Enter")


async def signed_in(page: Page, port: int, path: str) -> None:
    await page.goto(f"http://127.0.0.1:{port}/sign-in")
    await page.wait_for_selector("[name=user]:focus")
    await page.keyboard.type("porter")
    await page.keyboard.press("Tab")
    await typed(page, "porter-password")
    await page.wait_for_selector("text=我的工作")
    await page.goto(f"http://127.0.0.1:{port}{path}")


@pytest.mark.federation
@pytest.mark.picture
async def test_a_scanner_that_waits_for_nobody(halls: Halls) -> None:
    broken: list[str] = []
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        path, code = await packed(porter, number)
    name, port = path[1:], halls.ports
    item = ItemLabel.of(f"applications/{number}/originals/application-original").text
    executable = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        page = await (await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")).new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        await signed_in(page, port[ACCEPTING], "/scan")
        await page.select_option("#carrier", "ems")
        await page.press("#carrier", "Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=交出:请扫邮包码")
        await typed(page, code, WAYBILL, SEAL)
        await page.wait_for_selector("#cue.done >> text=已交出")
        photograph = FilePayload(name="waybills.png", mimeType="image/png", buffer=PNG)
        await page.set_input_files("#waybills", photograph)
        await page.focus("#waybills")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#cue.done >> text=面单照片已登记")
        await halls.federation.settled()

        await signed_in(page, port[HOME], "/scan")
        await typed(page, SEAL, code, WAYBILL, code, SEAL, "everybody", item, Command.PAGES_SHORT.text, "2", "TBC:DONE")
        await page.wait_for_selector("#cue >> text=核对已登记")
        assert await page.input_value("#scan") == ""
        assert "核对已登记" in (await page.text_content("#say") or "")
        assert await fits(page)
        state = await halls.federation.nodes[HOME].core.state(name)
        assert state.state == _S.PARCEL_STATE_RECONCILED
        assert state.checks[0].pages == 2

        await page.goto(f"http://127.0.0.1:{port[HOME]}{path}")
        giver = halls.federation.nodes[ACCEPTING]
        word = mailroom_pb2.RecordObservationRequest(name=name, leg=1, meaning="delivered", signed_by="self")
        await giver.desks.mailroom.record_observation(giver.staff("mailroom-1"), word)
        await page.wait_for_selector(".timeline >> text=承运方称签收")
        await browser.close()
    assert broken == []
