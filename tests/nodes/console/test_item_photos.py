"""An original's photograph: chosen where it is packed, sealed to both ends, seen where it is checked."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, async_playwright

from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one
from tests.nodes.console.test_picture import FLAGS, chromium, fits
from tests.nodes.console.test_scan import PNG, SEAL, scanned
from tests.nodes.console.test_scan_picture import signed_in
from tests.pictures.camera import png

LARGE = PNG + bytes(512 << 10)
GRAIN = 3001
"""Prime to 256, so that no row looks like the one before it, and a picture stays large."""


async def _item(clerk: Browser) -> tuple[str, str]:
    """The page that packs a new application's original, and the original."""
    number = (await file_one(clerk)).path.split("/")[2]
    return f"/parcels/pack?application={number}", f"applications/{number}/originals/application-original"


@pytest.mark.federation
async def test_who_checks_sees_the_photograph_that_the_packer_took(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        address, item = await _item(clerk)
        page = await porter.get(address)
        photo = {f"photo {item}": (PNG, "image/png")}
        packed = await porter.send(page.form(), photo, seals=SEAL)
        assert packed.path.endswith("/label"), packed.text
        path = packed.path.removesuffix("/label")
        assert (await halls.federation.nodes[ACCEPTING].core.state(path[1:])).manifest[0].photo_digest
        code = packed.text.partition("data-stub>")[2].partition("<")[0]
    await halls.federation.settled()
    async with halls.at(HOME, "porter") as taker:
        await scanned(taker, code, SEAL)
        page = await taker.get(f"{path}/check")
        assert page.says("请对照")
        shown = await taker.send(page.form(f"{path}/sealed"))
        assert shown.says("原件照片:")
        form = next(form for form in shown.forms if "part" in form.values)
        assert form.values["part"] == ["item-1"]
        async with taker.http.post(form.action, data={key: value[0] for key, value in form.values.items()}) as answer:
            assert (answer.status, await answer.read()) == (200, PNG)
        wrong = {key: value[0] for key, value in form.values.items()} | {"part": "manifest"}
        async with taker.http.post(form.action, data=wrong) as answer:
            assert answer.status == 404


@pytest.mark.federation
async def test_what_cannot_be_taken_in_is_refused_at_its_line(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        address, item = await _item(clerk)
        page = await porter.get(address)
        field = f"photo {item}"
        for content in (b"%PDF-1.7", LARGE):
            refused = await porter.send(page.form(), {field: (content, "image/png")}, seals=SEAL)
            assert refused.status == 400
            assert refused.text.count("照片须为 JPEG 或 PNG,至多 512 KiB") == 2, "at its line and on top"
            assert refused.says("刚才选的照片没有保存")
        unticked = await porter.send(page.form(), {field: (PNG, "image/png")}, seals=SEAL, items=[])
        assert unticked.says("没有打勾装入")
        listed = await porter.get("/parcels")
        assert not listed.says(SEAL)
        packed = await porter.send(refused.form(), seals=SEAL)
        assert packed.path.endswith("/label"), "without a photograph it is packed as before"


@pytest.mark.federation
@pytest.mark.picture
async def test_a_telephones_picture_is_made_small_enough_by_the_page(halls: Halls) -> None:
    broken: list[str] = []
    async with halls.at(ACCEPTING, "clerk") as clerk:
        address, _ = await _item(clerk)
    rows = [bytearray((x * x * (y + 7) * GRAIN >> 7) & 255 for x in range(1200)) for y in range(1200)]
    large = png(1200, rows)
    assert len(large) > 512 << 10
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = await (await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")).new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        await signed_in(page, halls.ports[ACCEPTING], address)
        await page.focus("#h-1")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "p-1", "the keyboard reaches it"
        assert await page.get_attribute("#p-1", "capture") == "environment"
        await page.set_input_files("#p-1", FilePayload(name="deed.png", mimeType="image/png", buffer=large))
        assert await fits(page)
        await page.fill("#i-seals", SEAL)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=邮包标签")
        name = page.url.partition("/parcels/")[2].removesuffix("/label")
        state = await halls.federation.nodes[ACCEPTING].core.state(f"parcels/{name}")
        assert state.manifest[0].photo_digest
        await browser.close()
    assert not broken
