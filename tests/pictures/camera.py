"""A person at a desk with a keyboard and a hand-held scanner, and a camera that looks over the shoulder."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pypdfium2
from playwright.async_api import Browser, FloatRect, Page

WIDTH, HEIGHT = 1366, 768
MENU, BAR = 200, 54
PATIENCE = 90_000
MOST_TABS = 120
DPI = 100
MAX_BYTES = 120_000


class PictureTooLarge(Exception):
    """A picture that nobody should have to load over a slow line."""


class Person:
    """Somebody who is signed in at a node."""

    def __init__(self, page: Page, base: str, into: Path) -> None:
        self.page = page
        self._base = base
        self._into = into

    @classmethod
    async def signed_in(cls, browser: Browser, port: int, user: str, password: str, into: Path) -> Person:
        """With a browser of their own."""
        context = await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        person = cls(page, f"http://127.0.0.1:{port}", into)
        await page.goto(f"{person._base}/sign-in")
        await page.wait_for_selector("[name=user]:focus")
        await page.keyboard.type(user)
        await page.keyboard.press("Tab")
        await person.scan(password)
        await page.wait_for_selector("text=我的工作")
        return person

    async def go(self, path: str) -> None:
        """To a page, as by its link in the menu."""
        await self.page.goto(f"{self._base}{path}")

    async def scan(self, *texts: str) -> None:
        """As a scanner does: it types and presses Enter."""
        for text in texts:
            await self.page.keyboard.type(text)
            await self.page.keyboard.press("Enter")

    async def tab_to(self, selector: str) -> None:
        """Press Tab until this has the focus."""
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached by the keyboard")

    async def press(self, selector: str) -> None:
        """A button, or a box to tick, by keys."""
        await self.tab_to(selector)
        box = await self.page.evaluate("document.activeElement.type === 'checkbox'")
        await self.page.keyboard.press("Space" if box else "Enter")

    async def sees(self, text: str) -> None:
        """Wait until the page says so."""
        await self.page.wait_for_selector(f"text={text}")

    async def keep(self, name: str, *, whole: bool = False, part: float = 1.0, end: str = "") -> None:
        """What is on the screen, or a part of it; without the bar and the menu, unless the whole is wanted.

        `end`: what stands at the lower edge; the upper end of the page where nothing is said.
        """
        await self.page.evaluate("window.scrollTo(0, 0)")
        if end:
            await self.page.locator(end).evaluate("element => element.scrollIntoView({block: 'end'})")
        left, top = (0, 0) if whole else (MENU, BAR)
        height = (HEIGHT - top) * part
        clip: FloatRect = {"x": left, "y": HEIGHT - height if end else top, "width": WIDTH - left, "height": height}
        _store(self._into / f"{name}.png", await self.page.screenshot(clip=clip))

    async def paper(self, path: str, name: str, *, part: float = 1.0) -> None:
        """The first sheet of a print, or the upper part of it."""
        answer = await self.page.request.get(f"{self._base}{path}")
        content = await answer.body()
        assert answer.status == 200, (path, answer.status)
        _store(self._into / f"{name}.png", sheet(content, part))


def sheet(pdf: bytes, part: float = 1.0) -> bytes:
    """The first page of a PDF as a grey PNG with a thin edge."""
    document = pypdfium2.PdfDocument(pdf)
    shown = document[0].render(scale=DPI / 72, grayscale=True)
    width, height = shown.width, int(shown.height * part)
    dots = bytes(shown.buffer)
    rows = [bytearray(dots[y * shown.stride : y * shown.stride + width]) for y in range(height)]
    document.close()
    for row in rows:
        row[0] = row[-1] = 170
    rows[0] = rows[-1] = bytearray([170]) * width
    return png(width, rows)


def png(width: int, rows: list[bytearray]) -> bytes:
    """Grey dots as PNG."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _store(path: Path, content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise PictureTooLarge(f"{path.name}: {len(content)} bytes, at most {MAX_BYTES}")
    path.write_bytes(content)
