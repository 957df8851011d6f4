"""The mailroom's prints, as its people take them from the console."""

from __future__ import annotations

import io
import json

import pypdf
import pytest

from mailroom.domain.labels import read_item_label
from tests.mailroom.paper.samples import codes_on
from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one, send_parcel

pytestmark = pytest.mark.federation


async def pdf(browser: Browser, path: str) -> bytes:
    async with browser.http.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf"), await answer.text()
        assert answer.headers["Content-Disposition"].startswith('inline; filename="')
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.read()


def said(raw: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(raw)).pages
    return "".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


async def sent(halls: Halls) -> tuple[str, str, str]:
    """An application with one original, and its parcel on the way: numbers and stub."""
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        await halls.federation.settled()
        stub = await send_parcel(porter, number, "SEAL-0001")
        await halls.federation.settled()
        page = await porter.get(f"/applications/{number}")
        parcel = next(part for part in page.text.split('"') if part.startswith("/parcels/P")).split("/")[2]
        return number, parcel, stub


async def test_a_porter_prints_all_that_belongs_to_a_parcel(halls: Halls) -> None:
    number, parcel, stub = await sent(halls)
    async with halls.at(ACCEPTING, "porter") as porter:
        label = await pdf(porter, f"/print/parcels/{parcel}/label")
        assert set(codes_on(label, 150)) == {("QRCode", stub), ("Code128", parcel)}
        assert "SEAL-0001" in said(label)
        assert await pdf(porter, f"/print/parcels/{parcel}/label") == label
        for path in (f"/print/parcels/{parcel}/items", f"/print/applications/{number}/items"):
            [(_, text)] = codes_on(await pdf(porter, path), 203)
            assert read_item_label(text).application == number
        one = await pdf(porter, f"/print/applications/{number}/items?original={read_item_label(text).original}")
        assert codes_on(one, 203) == [("QRCode", text)]
        assert codes_on(await pdf(porter, f"/print/parcels/{parcel}/manifest"), 150) == [("QRCode", parcel)]
        assert "接收" in said(await pdf(porter, "/print/commands"))
        for query in (f"parcel={parcel}", f"parcel=parcels/{parcel}&parcel={parcel}"):
            listed = await pdf(porter, f"/print/handover?{query}")
            assert codes_on(listed, 150) == [("QRCode", parcel)]
            assert "EB123456785CN" in said(listed)
            assert "邮政特快EMS" in said(listed)


async def test_a_receiver_prints_no_label_of_anothers_parcel_but_its_manifest(halls: Halls) -> None:
    _, parcel, _ = await sent(halls)
    async with halls.at(HOME, "porter") as porter:
        assert (await porter.get(f"/print/parcels/{parcel}/label")).status == 403
        assert codes_on(await pdf(porter, f"/print/parcels/{parcel}/manifest"), 150) == [("QRCode", parcel)]


async def test_a_waybill_bears_the_addresses_and_nothing_keeps_them(
    halls: Halls, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    _, parcel, _ = await sent(halls)
    ends = {
        f"{end}.{part}": value
        for end in ("sender", "receiver")
        for part, value in {"name": "林䶮", "phone": "0768-1234567", "city": "潮州市", "address": "枫春路 1 号"}.items()
    }
    async with halls.at(ACCEPTING, "porter") as porter:
        path = f"/print/parcels/{parcel}/waybill"
        page = await porter.get(path)
        assert page.unlabelled == []
        assert page.says("EB123456785CN")
        form = page.form(path)
        values = {**{name: value[0] for name, value in form.values.items()}, **ends}
        async with porter.http.post(path, data=values) as answer:
            assert answer.content_type == "application/pdf", await answer.text()
            made = await answer.read()
        assert "林䶮" in said(made)
        assert {text for _, text in codes_on(made, 150)} == {"EB123456785CN"}
        rare = await porter.send(form, **{**ends, "receiver.name": "欧阳𠀀"})
        assert rare.status == 422
        assert rare.says("𠀀(U+20000)")
        assert rare.says("收件方")
        assert rare.form(path).values["receiver.name"] == ["欧阳𠀀"], "what was typed stays"
        empty = await porter.send(form, **{**ends, "sender.phone": ""})
        assert empty.status == 400
        assert empty.says("电话")
    assert "林䶮" not in caplog.text
    assert "欧阳" not in caplog.text
    assert "枫春路" not in caplog.text


async def test_what_cannot_be_printed_is_said_on_a_page(halls: Halls) -> None:
    number, parcel, _ = await sent(halls)
    async with halls.at(ACCEPTING, "porter") as porter:
        for path, status in {
            "/print/parcels/P44510020261122000100000042A/label": 404,
            "/print/parcels/x/manifest": 400,
            "/print/applications/44510020261122000100009999X/items": 404,
            f"/print/applications/{number}/items?original=none": 400,
            "/print/handover": 400,
            "/print/handover?parcel=x": 400,
            f"/print/handover?{'&'.join(f'parcel={n}' for n in range(151))}": 413,
        }.items():
            page = await porter.get(path)
            assert page.status == status, (path, page.status, page.text)
        headers = {"Accept": "application/json"}
        async with porter.http.get("/print/handover", headers=headers) as answer:
            assert json.loads(await answer.text())["status"] == 400
    async with halls.at(ACCEPTING, "approver") as approver:
        for path in (f"/print/parcels/{parcel}/label", f"/print/parcels/{parcel}/items", "/print/handover"):
            page = await approver.get(path)
            assert page.status == 403, path
    async with Browser(halls.ports[ACCEPTING]) as guest:
        assert (await guest.get(f"/print/parcels/{parcel}/label")).path == "/sign-in"


async def test_the_sheet_of_a_stocktake_has_what_lies_here(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        number = (await file_one(clerk)).path.split("/")[2]
        await halls.federation.settled()
        sheet = said(await pdf(clerk, "/print/stocktake"))
        assert number in sheet
        assert "盘点单" in sheet
