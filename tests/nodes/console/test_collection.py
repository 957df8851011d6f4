"""Collection by the pages alone: a locker, an agent, the old certificate, originals back, a permit given back."""

from __future__ import annotations

import re

import pytest

from tests.nodes.console.browser import Browser, Sight
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import ITEM, file_one, receive, send_parcel
from tests.nodes.test_answering import HERE, agreed
from tongban.v1 import agreement_pb2

SEAL = agreement_pb2.SealTerms(title="全域通办审批专用章(1)")


async def issued(halls: Halls, clerk: Browser, approver: Browser, **changes: str | list[str]) -> str:
    """An application whose licence 潮州 may print; its number."""
    await agreed(halls.federation, item=f"items/{ITEM}", seal=SEAL, printing=[HERE])
    number = (await file_one(clerk)).path.split("/")[2]
    await halls.federation.settled()
    page = await approver.get(f"/applications/{number}")
    for step in ("accept", "start-review"):
        page = await approver.send(page.form(f"/applications/{number}/{step}"))
    await approver.send((await approver.get(f"/applications/{number}/approve")).form())
    issuing = await approver.get(f"/applications/{number}/issue")
    files = {"electronic": (b"the licence as a file", "application/pdf")}
    done = await approver.send(issuing.form(), files, kinds=["paper", "electronic"], **changes)
    assert done.says("已出证"), done.text
    await halls.federation.settled()
    return number


def code_of(page: Sight) -> str:
    """The code that a page shows."""
    found = re.search(r"number huge\">(\d{4}) (\d{4})<", page.text)
    assert found is not None, page.text
    return found[1] + found[2]


@pytest.mark.federation
async def test_a_locker_and_the_electronic_document(halls: Halls) -> None:
    async with (
        halls.at(ACCEPTING, "clerk") as clerk,
        halls.at(ACCEPTING, "box") as box,
        halls.at(HOME, "approver") as approver,
    ):
        number = await issued(halls, clerk, approver)
        page = await clerk.get(f"/applications/{number}")
        assert page.says("电子证照现在就可以领")
        asked = await clerk.get(f"/applications/{number}/electronic")
        given = await clerk.send(asked.form())
        saved = await clerk.send(given.form())
        assert saved.text == "the licence as a file"
        assert "attachment" in saved.headers["Content-Disposition"]
        shown = await clerk.send((await clerk.get(f"/applications/{number}/ready")).form(), locker="box-3")
        assert shown.says("box-3")
        code = code_of(shown)
        page = await clerk.get(f"/applications/{number}")
        assert page.says("柜格 box-3")
        assert page.says("待取证")
        locker = await box.get("/locker")
        wrong = await box.send(locker.form(), locker="box-3", pickup_code="00000000")
        assert wrong.status == 422
        assert wrong.form().values["pickup_code"] == [""], "a code does not stay on a public screen"
        opened = await box.send(locker.form(), locker="BOX-3", pickup_code=code)
        assert opened.says("柜门已开"), opened.text
        assert code not in opened.text
        assert (await clerk.get(f"/applications/{number}")).says("已取证")


@pytest.mark.federation
async def test_an_agent_with_the_old_certificate(halls: Halls) -> None:
    settled = halls.federation.settled
    async with (
        halls.at(ACCEPTING, "clerk") as clerk,
        halls.at(ACCEPTING, "porter") as porter,
        halls.at(HOME, "approver") as approver,
        halls.at(HOME, "porter") as home_porter,
    ):
        number = await issued(halls, clerk, approver, surrenders=["old-licence"])
        code = code_of(await clerk.send((await clerk.get(f"/applications/{number}/ready")).form()))
        page = await clerk.get(f"/applications/{number}/collect")
        assert page.says("须先收回旧证")
        assert (await clerk.get(f"/applications/{number}/handover")).says("交回旧证")
        filled = {"pickup_code": code, "proof": "2", "identity_kind": "passport", "full_name": "林小妹"}
        person: dict[str, str | list[str]] = {**filled, "mandate_kind": "power-of-attorney"}
        mandate = {"mandate": (b"scan", "image/png"), "signature": (b"ink", "image/png")}
        documents = ["licence", "e-licence"]
        without = await clerk.send(page.form(), mandate, documents=documents, **person)
        assert without.status == 422
        assert without.says("原证照") or without.says("old-licence")
        taken = await clerk.send((await clerk.get(f"/applications/{number}/surrender")).form(), serial="闽 0099")
        assert taken.says("原证照"), taken.text
        page = await clerk.get(f"/applications/{number}/collect")
        unsigned = await clerk.send(page.form(), documents=documents, **person)
        assert unsigned.says("须附委托书扫描件")
        done = await clerk.send(page.form(), mandate, documents=documents, **person)
        assert done.says("已取证"), done.text
        assert "林小妹" not in done.text
        await settled()
        back = await clerk.get(f"/applications/{number}/return")
        seen = await clerk.send(back.form(), originals="application-original", identity_kind="resident_id")
        assert seen.says("退还原件"), seen.text
        assert not (await clerk.get(f"/applications/{number}/return")).says("逐件退还")
        stub = await send_parcel(porter, number, "SEAL-0001")
        await settled()
        await receive(home_porter, stub, "SEAL-0001")
        await settled()
        voiding = await home_porter.get(f"/applications/{number}/void")
        void = await home_porter.send(voiding.form(), original="old-licence", reason_code="surrendered")
        assert void.says("已缴销"), void.text
        opened = await approver.send(
            (await approver.get(f"/applications/{number}")).form(f"/applications/{number}/open")
        )
        assert opened.says("林小妹")
        assert opened.says("闽 0099")


@pytest.mark.federation
async def test_a_permit_goes_back_and_another_prints(halls: Halls) -> None:
    settled = halls.federation.settled
    async with (
        halls.at(ACCEPTING, "clerk") as clerk,
        halls.at(HOME, "approver") as approver,
        halls.at(ACCEPTING, "chief") as chief,
    ):
        number = await issued(halls, clerk, approver)
        page = await clerk.get(f"/applications/{number}/print")
        assert page.says("签发机关")
        assert page.says("漳州"), "the authority's place, at 潮州's window"
        assert page.says(SEAL.title)
        elsewhere = await approver.get(f"/applications/{number}/print")
        assert 'class="card no-print"' in elsewhere.text, "who has no permit has no page that prints"
        released = await clerk.send(page.form(), step="release", reason_code="printer-broken")
        assert released.path == f"/applications/{number}", released.text
        await settled()
        granting = await approver.get(f"/applications/{number}/print")
        done = await approver.send(granting.form(), step="grant", to=HERE)
        assert done.path == f"/applications/{number}", done.text
        await settled()
        printed = await clerk.send((await clerk.get(f"/applications/{number}/print")).form(), step="printed")
        assert printed.says("综合窗口"), printed.text
        await clerk.send((await clerk.get(f"/applications/{number}/ready")).form())
        given_up = await chief.send((await chief.get(f"/applications/{number}/give-up")).form())
        assert given_up.says("无人领取"), given_up.text
        assert (await clerk.get(f"/applications/{number}")).says("正在退回决定机关")
