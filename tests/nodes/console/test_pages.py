"""Every page for every role: it renders, is labelled, and says no in words where it is not for them."""

from __future__ import annotations

import json

import aiohttp
import pytest

from gateway.operator import Operator
from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, HOME, STAFF, Halls
from tests.nodes.console.test_journey import ITEM, file_one, send_parcel
from tongban.v1 import agreement_pb2, registry_pb2

EVERYONE = frozenset({"window", "approval", "mailroom", "supervisor"})
PAGES = {
    "/": EVERYONE,
    "/applications": EVERYONE,
    "/applications?state=1&role=1": EVERYONE,
    "/custody": EVERYONE,
    "/custody?number={number}": EVERYONE,
    "/custody/then": EVERYONE,
    "/custody/then?number={number}": EVERYONE,
    "/ledger": EVERYONE,
    "/ledger?post=mailroom-1": EVERYONE,
    "/statistics": EVERYONE,
    "/file": EVERYONE,
    f"/file/{ITEM}": EVERYONE,
    f"/file/{ITEM}/form?applicant_kind=1": {"window", "supervisor"},
    "/applications/{number}": EVERYONE,
    "/applications/{number}/timeline": EVERYONE,
    "/applications/{number}/receipt": EVERYONE,
    "/applications/{number}/withdraw": EVERYONE,
    "/applications/{number}/correct": EVERYONE,
    "/applications/{number}/ready": EVERYONE,
    "/applications/{number}/collect": EVERYONE,
    "/collect": EVERYONE,
    **{
        f"/applications/{{number}}/{page}": EVERYONE
        for page in ("handover", "electronic", "give-up", "surrender", "return", "void", "print")
    },
    "/approval": EVERYONE,
    "/parcels": EVERYONE,
    "/parcels?show=send": EVERYONE,
    "/parcels/{parcel}": EVERYONE,
    "/parcels/{parcel}/dispatch": EVERYONE,
    "/parcels/{parcel}/open": EVERYONE,
    "/parcels/{parcel}/check": EVERYONE,
    "/parcels/{parcel}/label": {"mailroom"},
    "/parcels/{parcel}/now": EVERYONE,
    **{f"/parcels/{{parcel}}/{step}": {"mailroom"} for step in ("offer", "cancel-leg", "waybill-photo", "observe")},
    "/parcels/{parcel}/redirect": {"mailroom"},
    "/scan": {"mailroom"},
    "/scan/help": {"mailroom"},
    "/shelf": {"mailroom", "window", "supervisor"},
    "/parcels/pack": {"mailroom"},
    "/parcels/take-in": {"mailroom"},
    "/cases": EVERYONE,
    "/cases?show=all": EVERYONE,
    "/cases/now": EVERYONE,
    "/cases/escalated": EVERYONE,
    "/parcels/{parcel}/cases": EVERYONE,
    "/parcels/{parcel}/cases/raise": EVERYONE,
    "/parcels/{parcel}/cases/resolve?code=lost": EVERYONE,
    "/parcels/{parcel}/cases/trace": EVERYONE,
    "/agreements": EVERYONE,
    "/agreements/zhangzhou-chaozhou-shantou": {"supervisor"},
    "/agreements/~draft": {"supervisor"},
    "/agreements/~draft?sample=alliance": {"supervisor"},
    **{
        f"/agreements/zhangzhou-chaozhou-shantou/{step}": {"supervisor"}
        for step in ("suspend", "resume", "suspend-part", "resume-part", "leave", "decline", "terminate")
    },
    "/nodes": EVERYONE,
    "/items": EVERYONE,
    "/items?home=nodes/350600": EVERYONE,
    f"/items/{ITEM}": EVERYONE,
    "/items/changes": EVERYONE,
    "/items/drift": EVERYONE,
    "/status": EVERYONE,
    "/line": EVERYONE,
    "/line/now": EVERYONE,
    "/applications/{number}/waiting": EVERYONE,
    "/staff": {"supervisor"},
    **{
        f"/applications/{{number}}/{step}": EVERYONE
        for step in ("accept", "start-review", "approve", "close", "decline", "refuse", "require-correction", "issue")
    },
}


@pytest.mark.federation
async def test_every_page_for_every_role(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        await send_parcel(porter, number, "SEAL-0001")
        parcel = (await porter.get("/parcels")).text.split('href="/parcels/P', 1)[1].split('"')[0]
    for user, (roles, _) in STAFF.items():
        async with halls.at(ACCEPTING, user) as browser:
            menu = await browser.get("/")
            assert ("/staff" in menu.links.values()) == ("supervisor" in roles)
            assert ("/parcels/pack" in menu.links.values()) == ("mailroom" in roles)
            for path in menu.links.values():
                assert (await browser.get(path)).status == 200, (user, path)
            for path, allowed in PAGES.items():
                page = await browser.get(path.format(number=number, parcel=f"P{parcel}"))
                assert page.status == (200 if roles & allowed else 403), (user, path, page.text)
                assert page.unlabelled == [], path
                assert len(page.ids) == len(set(page.ids)), path
                assert "<script>" not in page.text
                assert "style=" not in page.text


@pytest.mark.federation
async def test_a_lockers_screen_has_its_own_page_alone(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "box") as box:
        number = (await file_one(clerk)).path.split("/")[2]
        screen = await box.get("/")
        assert screen.path == "/locker"
        assert set(screen.links.values()) <= {"/", "#main", "/locker"}
        assert screen.unlabelled == []
        for path in PAGES:
            page = await box.get(path.format(number=number, parcel="P0000000000000000000000000"))
            assert page.status in {403, 404} or page.path == "/locker", path
            assert "企业设立登记" not in page.text, path
        assert (await clerk.get("/locker")).status == 403


@pytest.mark.federation
async def test_in_english(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        home = await clerk.get("/")
        switch = next(f for f in home.forms if f.action == "/language")
        english = await clerk.send(switch, language="en", next="/file")
        assert english.path == "/file"
        assert english.says("Home region")
        missing = await clerk.get("/applications/A1234567")
        assert missing.says("does not exist here")


@pytest.mark.federation
async def test_a_route_that_is_refused_shows_the_reason_before_any_form(halls: Halls) -> None:
    async with halls.at(HOME, "clerk") as clerk:
        page = await clerk.get("/file/445100.nothing")
        assert page.status == 404
    async with halls.at(ACCEPTING, "clerk") as clerk:
        page = await clerk.get(f"/file/{ITEM}/form?applicant_kind=1&mode=3")
        assert page.status == 422
        assert page.says("第一步:查询办理路径")
        assert page.says("不支持")
        assert "f-applicant_name" not in page.text


@pytest.mark.federation
async def test_bad_input_keeps_what_was_typed(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        page = await file_one(clerk, f__identity_number="350626199003070011", f__address='"><script>alert(1)</script>')
        assert page.status == 400
        assert page.says("“证件号码”不是有效的居民身份证号码")
        assert "resident identity card" not in page.text
        kept = page.form().values
        assert kept["f-applicant_name"] == ["陈阿婆"]
        assert kept["f-identity_number"] == ["350626199003070011"]
        assert kept["m-application-original-pages"] == ["3"]
        assert kept["f-address"] == ['"><script>alert(1)</script>']
        assert "<script>alert" not in page.text
        assert 'aria-invalid="true"' in page.text
        listed = await clerk.get("/applications")
        assert listed.says("没有符合的办件")
        for change, words in {
            "m__application-original__pages": "页数",
            "f__phone": "联系电话",
            "f__applicant_name": "申请人姓名或名称",
        }.items():
            page = await file_one(clerk, **{change: "x" if change == "f__phone" else ""})
            assert page.status == 400, change
            assert page.says(words), page.text
        page = await file_one(clerk, **{"m__application-original__pages": "many"})
        assert page.says("应为数字")


@pytest.mark.federation
async def test_what_was_typed_is_escaped_wherever_it_is_shown(halls: Halls) -> None:
    attack = "<img src=x onerror=alert(1)>"
    async with halls.at(ACCEPTING, "clerk") as clerk:
        receipt = await file_one(clerk, f__applicant_name=attack)
        page = await clerk.get(receipt.path.removesuffix("/receipt"))
        opened = await clerk.send(page.form(f"{page.path}/open"))
        assert "&lt;img src=x" in opened.text
        assert "<img" not in opened.text
        for path in (f"/applications?number={attack}", f"/file?q={attack}", f"/custody?number={attack}", f"/{attack}"):
            assert "<img" not in (await clerk.get(path)).text


@pytest.mark.federation
async def test_the_same_form_twice_is_one_application(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        first = await file_one(clerk, request_id="0190a0b0-0000-7000-8000-000000000001")
        second = await file_one(clerk, request_id="0190a0b0-0000-7000-8000-000000000001")
        assert first.path == second.path


@pytest.mark.federation
async def test_a_form_whose_filing_was_refused_says_so_and_gets_a_number_of_its_own(halls: Halls) -> None:
    spent = "0190a0b0-0000-7000-8000-000000000001"
    federation = halls.federation
    assert federation.gateway is not None
    operator = Operator(federation.gateway, federation.keys["gateway"], federation.entropy)
    await operator.suspend(f"nodes/{ACCEPTING}", "audit")
    await federation.settled()
    async with halls.at(ACCEPTING, "clerk") as clerk:
        first = await file_one(clerk, request_id=spent)
        await federation.settled()
        await operator.resume(f"nodes/{ACCEPTING}")
        await federation.settled()
        again = await file_one(clerk, request_id=spent)
        assert again.status == 422
        assert again.says("已被网关退回,没有生效")
        assert again.says("请先问主管")
        form = again.form()
        assert form.values["request_id"] != [spent]
        anew = await clerk.send(form, {"m-identity-document-file": (b"scan of the card", "image/png")})
        assert anew.path.endswith("/receipt"), anew.text
        assert anew.path != first.path


@pytest.mark.federation
async def test_too_much_is_refused_before_it_is_read(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        form = (await clerk.get(f"/file/{ITEM}/form?applicant_kind=1&mode=2")).form()
        file = {"m-identity-document-file": (b"x" * 196_609, "image/png")}
        page = await clerk.send(form, file, **{"f__applicant_name": "甲", "m__identity-document__form": "3"})
        assert page.status == 400
        assert page.says("申请人身份证件 文件")
        file = {"m-identity-document-file": (b"x" * (5 << 20), "image/png")}
        page = await clerk.send(form, file)
        assert page.status == 413
        assert page.says("超过上限")


@pytest.mark.federation
async def test_programs_get_problems(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk:
        headers = {"Accept": "application/json", "Accept-Language": "en"}
        async with clerk.http.get("/applications/A1234567", headers=headers) as answer:
            assert answer.status == 404
            assert answer.content_type == "application/problem+json"
            assert (await answer.json(content_type=None))["reason"] == "APPLICATION_NOT_FOUND"
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{halls.ports[ACCEPTING]}") as guest,
        guest.get("/applications", headers={"Accept": "application/json"}) as answer,
    ):
        assert answer.status == 401
        assert json.loads(await answer.text())["reason"] == "SIGN_IN_REQUIRED"


@pytest.mark.federation
async def test_a_supervisor_signs_what_was_read(halls: Halls) -> None:
    home = halls.federation.nodes[HOME]
    known = home.core.shared.agreement("agreements/zhangzhou-chaozhou-shantou")
    assert known is not None
    document = agreement_pb2.AgreementDocument()
    document.CopyFrom(known.document)
    document.name = "agreements/second"
    await home.desks.agreements.propose_agreement(
        home.staff(), registry_pb2.ProposeAgreementRequest(document=document.SerializeToString())
    )
    await halls.federation.settled()
    async with halls.at(ACCEPTING, "chief") as chief:
        assert (await chief.get("/agreements/zhangzhou-chaozhou-shantou")).says("本节点已签署")
        page = await chief.get("/agreements/second")
        assert page.says("待明确事项")
        form = page.form("/agreements/second/sign")
        unread = await chief.send(form)
        assert unread.status == 400
        assert unread.says("请先通读全文")
        other = await chief.send(form, read="yes", digest="00" * 32)
        assert other.status in {400, 409, 422}, other.text
        signed = await chief.send(form, read="yes")
        assert signed.says("本节点已签署"), signed.text


async def test_a_lost_page_is_a_page(halls: Halls) -> None:
    async with Browser(halls.ports[ACCEPTING]) as guest:
        page = await guest.get("/nowhere")
        assert page.status == 404
        assert page.says("没有找到")
