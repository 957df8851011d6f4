"""The ledger's pages: who had it then, a day for the binder, a month as table, picture, CSV and workbook."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.async_api import async_playwright

from mailroom.domain.ledger import Direction
from mailroom.domain.silence import Scans
from nodes.console import charts, labels, ledger_tables
from nodes.console.charts import Bar, Chart, Part
from nodes.desk.sheets import Table, write_csv, write_xlsx
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one, receive, send_parcel
from tests.nodes.console.test_picture import FLAGS, chromium, fits

NASTY = ("=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "'=1", "\uff1d1+1", "plain", "漳州市")


@pytest.mark.federation
async def test_the_past_can_be_asked(halls: Halls) -> None:
    settled = halls.federation.settled
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        stub = await send_parcel(porter, number, "SEAL-0001")
        await settled()
        async with halls.at(HOME, "porter") as taker:
            await receive(taker, stub, "SEAL-0001")
            await settled()
            day = await taker.get("/ledger")
            assert day.says("账面相符"), day.text
            assert not day.says("清点"), "nobody has counted"
            assert day.says("双方已扫描")
            assert day.says("拆封邮包")
        day = await porter.get("/ledger")
        assert day.says("账面相符"), day.text
        assert day.says("申请人交来")
        assert day.says("发出")
        one = await porter.get("/ledger?post=window-1")
        assert one.says("账面相符")
        wrong = await porter.get("/ledger?day=yesterday")
        assert wrong.status == 400
        file = await porter.get("/ledger.csv")
        assert file.text.startswith("\ufeff时间,收发点,进出,")
        assert f"applications/{number}/originals/" in file.text

        then = await clerk.get(f"/custody/then?number={number}")
        assert then.says("漳州市"), then.text
        assert then.says("回执")
        assert then.says("现在仍在")
        early = await clerk.get(f"/custody/then?number={number}&at=2020-01-01T00:00")
        assert early.says("当时还没有交接记录")
        assert (await clerk.get(f"/custody/then?number={number}&at=soon")).status == 400

        page = await porter.get("/statistics")
        assert page.says("潮州市 → 漳州市")
        assert page.text.count("<svg") == 2
        assert "style=" not in page.text
        for svg in re.findall(r"<svg.*?</svg>", page.text, re.DOTALL):
            ET.fromstring(svg)
        days = re.findall(r"<svg.*?</svg>", page.text, re.DOTALL)[0]
        assert "中位 0.0 天,九成 0.0 天" in days
        assert _widths(days) == [], "a leg of some seconds is no bar"
        nothing = await porter.get("/statistics?month=2020-01")
        assert nothing.says("本月没有交出的邮包")
        assert (await porter.get("/statistics?month=x")).status == 400
        table = await porter.get("/statistics.csv")
        assert table.text.startswith("\ufeff寄出地,寄达地,承运方,")
        assert "潮州市,漳州市," in table.text
        book = await porter.get("/statistics.xlsx")
        assert "attachment" in book.headers["Content-Disposition"]


def _table() -> Table:
    rows: list[list[Any]] = [[each, number, number / 4, None] for number, each in enumerate(NASTY)]
    return Table("表 1", ("名称", "数", "天", "空"), rows, ("=remark",))


def test_no_cell_is_a_formula() -> None:
    raw = write_csv(_table())
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig").split("\r\n")
    assert lines[1] == "'=1+1,0,0.0,"
    assert [line for line in lines if line.startswith(("=", "+", "-", "@", "\t", "\uff1d"))] == []
    book = load_workbook(io.BytesIO(write_xlsx([_table()])))
    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert [sheet.cell(row, 1).value for row in range(3, 3 + len(NASTY))] == list(NASTY)
    assert isinstance(sheet.cell(4, 2).value, int)
    assert sheet.freeze_panes == "A3"


def test_a_chart_is_read_without_colour_or_a_mouse() -> None:
    bars = [
        Bar("潮州市 <b> → 漳州市" * 3, (Part(2.0, "solid"), Part(1.5, "hatched")), "中位 2.0 天"),
        Bar("x", (), "0"),
    ]
    drawn = charts.draw(Chart("c", "标题", "说明", (("solid", "中位数"), ("hatched", "九成")), bars))
    root = ET.fromstring(str(drawn))
    assert root.get("role") == "img"
    names = {element.get("id"): element.text for element in root if element.get("id")}
    assert names[root.get("aria-labelledby")] == "标题"
    assert "中位 2.0 天" in (names[root.get("aria-describedby")] or "")
    fills = {element.get("fill") for element in root.iter() if element.tag == "rect"}
    assert fills >= {"#1d2733", "url(#c-hatched)"}
    assert fills <= {"#1d2733", "#fff", "url(#c-hatched)", "url(#c-dotted)"}
    assert "<b>" not in str(drawn)


def _widths(drawn: str) -> list[float]:
    """How wide the bars of a picture are, without those of its key."""
    boxes = [each for each in ET.fromstring(drawn).iter() if each.tag == "rect" and float(each.get("y", 0)) > 40]
    return [float(each.get("width", 0)) for each in boxes]


def test_a_bar_is_as_wide_as_what_it_stands_for() -> None:
    def widths(*sizes: float) -> list[float]:
        bars = [Bar("x", (Part(size, "solid"),), "") for size in sizes]
        return _widths(str(charts.draw(Chart("c", "标题", "说明", (), bars))))

    assert widths(0.0) == []
    full = widths(1.0)[0]
    assert widths(0.1) == [pytest.approx(full / 10)], "alone, and yet not a whole day"
    assert widths(4.0, 1.0) == [full, full / 4]


def test_every_word_has_its_english() -> None:
    said = {
        *ledger_tables.DIRECTIONS.values(),
        *ledger_tables.SCANS.values(),
        *ledger_tables.DAY_HEADINGS,
        *ledger_tables.MONTH_HEADINGS,
        ledger_tables.NO_CARRIER,
        ledger_tables.BEGAN,
        ledger_tables.ISSUED,
        ledger_tables.INTERNAL,
        ledger_tables.FOUND,
        *ledger_tables.PAGE_HEADINGS,
        ledger_tables.RECEIPTED,
        ledger_tables.WAITING,
    }
    source = Path(ledger_tables.__file__).read_text("utf-8")
    said |= set(re.findall(r"say\(\s*\"([^\"]+)\"", source))
    assert said - set(labels.ENGLISH) == set()
    assert set(ledger_tables.DIRECTIONS) == set(Direction)
    assert set(ledger_tables.SCANS) == {None, *Scans} == set(ledger_tables.COLOURS)


@pytest.mark.federation
@pytest.mark.picture
async def test_the_pages_keep_to_their_frame(halls: Halls) -> None:
    broken: list[str] = []
    path = chromium()
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        await send_parcel(porter, number, "SEAL-0001")
    await halls.federation.settled()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = await browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.set_default_timeout(90_000)
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        base = f"http://127.0.0.1:{halls.ports[ACCEPTING]}"
        await page.goto(base)
        await page.fill("[name=user]", "porter")
        await page.fill("[name=password]", "porter-password")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=退出")
        for address in ("/ledger", "/ledger?post=mailroom-1", "/statistics", f"/custody/then?number={number}"):
            await page.goto(base + address)
            assert await fits(page), address
            tables = page.locator(".scroll")
            for place in range(await tables.count()):
                assert await tables.nth(place).evaluate("each => each.scrollWidth <= each.clientWidth"), address
        await page.goto(base + "/ledger")
        await page.emulate_media(media="print")
        assert not await page.locator("nav.menu").is_visible()
        assert await page.locator("text=账面相符").is_visible()
        await browser.close()
    assert broken == []
