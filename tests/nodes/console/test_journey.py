"""The whole way through two consoles, by the forms that the pages themselves hold."""

from __future__ import annotations

import html
import re

import pytest

from tests.nodes.console.browser import Browser, Sight
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tongban.v1 import lifecycle_pb2

ITEM = "350600.zz-x-company-set"
APPLICANT = {
    "f__applicant_name": "陈阿婆",
    "f__identity_kind": "resident_id",
    "f__identity_number": "350626199003070010",
    "f__phone": "13800000000",
    "f__address": "潮州市湘桥区某路 1 号",
}


async def file_one(clerk: Browser, **changes: str) -> Sight:
    """Take one in, with an original of three pages and an electronic identity document."""
    step = await clerk.get(f"/file/{ITEM}")
    form = await clerk.send(step.form(), applicant_kind="1", mode="2")
    assert form.says("可以收件"), form.text
    files = {"m-identity-document-file": (b"scan of the card", "image/png")}
    filled = {
        **APPLICANT,
        "m__identity-document__form": "3",
        "m__application-original__form": "1",
        "m__application-original__pages": "3",
        **changes,
    }
    return await clerk.send(form.form(), files, **filled)


async def send_parcel(porter: Browser, number: str, seal: str) -> str:
    """Pack what is here of an application, print the label, hand it over; the text of the parcel's code."""
    page = await porter.get(f"/parcels/pack?application={number}")
    label = await porter.send(page.form(), seals=seal.lower())
    assert label.path.endswith("/label"), label.text
    found = re.search(r"data-stub>([^<]+)<", label.text)
    assert found is not None
    stub = html.unescape(found[1])
    page = await porter.get(label.path.replace("/label", "/dispatch"))
    done = await porter.send(page.form(), stub=stub, seals=seal, carrier="ems", waybill="EB123456785CN")
    assert done.says("在途"), done.text
    return stub


async def receive(porter: Browser, stub: str, seal: str) -> Sight:
    """Take in, open, check."""
    page = await porter.get("/parcels/take-in")
    parcel = await porter.send(page.form(), stub=stub, seals=seal, waybill="EB123456785CN")
    assert parcel.says("已接收"), parcel.text
    page = await porter.get(f"{parcel.path}/open")
    page = await porter.send(page.form(), intact="yes", witness="everybody")
    assert page.path.endswith("/check")
    done = await porter.send(page.form(), o__0="1")
    assert done.says("已核对"), done.text
    return done


@pytest.mark.federation
async def test_an_application_goes_all_the_way(halls: Halls) -> None:
    settled = halls.federation.settled
    async with (
        halls.at(ACCEPTING, "clerk") as clerk,
        halls.at(ACCEPTING, "porter") as porter,
        halls.at(HOME, "approver") as approver,
        halls.at(HOME, "porter") as home_porter,
    ):
        receipt = await file_one(clerk)
        assert receipt.path.endswith("/receipt"), receipt.text
        number = receipt.path.split("/")[2]
        assert receipt.says("<svg")
        assert "陈阿婆" not in receipt.text
        await settled()
        seen = await clerk.get(f"/applications/{number}")
        assert seen.says("已入账")
        assert "受理" not in {b for f in seen.forms for b in f.buttons}

        stub = await send_parcel(porter, number, "SEAL-0001")
        await settled()
        await receive(home_porter, stub, "SEAL-0001")
        await settled()

        listed = await approver.get("/approval")
        assert f"/applications/{number}" in listed.text
        page = await approver.get(f"/applications/{number}")
        opened = await approver.send(page.form(f"/applications/{number}/open"))
        assert opened.says("陈阿婆")
        file = await approver.send(next(f for f in opened.forms if "material" in f.values))
        assert file.text == "scan of the card"
        assert "attachment" in file.headers["Content-Disposition"]
        for step in ("accept", "start-review"):
            page = await approver.send(page.form(f"/applications/{number}/{step}"))
            assert page.path == f"/applications/{number}"
        for step in ("approve", "issue"):
            asked = await approver.get(f"/applications/{number}/{step}")
            page = await approver.send(asked.form())
            assert page.path == f"/applications/{number}", page.text
        assert page.says("已出证")
        await settled()

        waiting = await clerk.get(f"/applications/{number}")
        assert waiting.says("结果证照尚未到达本节点")
        stub = await send_parcel(home_porter, number, "SEAL-0002")
        await settled()
        await receive(porter, stub, "SEAL-0002")
        await settled()

        ask = (await clerk.get(f"/applications/{number}/ready")).form()
        code = await clerk.send(ask)
        again = await clerk.send(ask)
        assert again.says("取件码已生成过,仍然有效"), "a page that is loaded again takes nobody's code away"
        digits = re.search(r"number huge\">(\d{4}) (\d{4})<", code.text)
        assert digits is not None
        scan = await clerk.send((await clerk.get("/collect")).form(), scan=f"TBP1:{number}:{digits[1]}{digits[2]}")
        unseen = await clerk.send(scan.form())
        assert unseen.says("请逐件勾选交付的证照"), "what was forgotten costs no guess"
        unseen = await clerk.send(unseen.form(), documents="licence")
        assert unseen.says("请核验身份证件")
        empty = await clerk.send(unseen.form(), pickup_code="", identity_kind="resident_id")
        assert empty.says("须为 8 位数字"), "what cannot be a code costs no guess"
        wrong = await clerk.send(empty.form(), pickup_code="00000000")
        assert wrong.status == 422
        assert wrong.says("还可再试 4 次")
        done = await clerk.send(wrong.form(), pickup_code=f"{digits[1]} {digits[2]}")
        assert done.says("已取证"), done.text
        assert not done.says("结果证照尚未到达本节点")
        # Much of this happens within one second; the history tells it in the order in which it was done.
        steps = re.findall(r"<strong>(\S+)</strong>", done.text)
        told = [steps.index(step) for step in ("收件", "交出扫描", "接收扫描", "受理", "出证", "可取证", "取证")]
        assert told == sorted(told), steps
        assert max(place for place, step in enumerate(steps) if step == "拆封") < steps.index("可取证")
        await settled()

        page = await approver.get(f"/applications/{number}")
        page = await approver.send(page.form(f"/applications/{number}/close"))
        assert page.says("已办结")
        where = await approver.get(f"/custody?number={number}")
        assert where.says("申请人")
        assert where.says("寄递途中(邮包 P-")
        await settled()
        state = await halls.federation.nodes[ACCEPTING].core.state(f"applications/{number}")
        assert state.state == lifecycle_pb2.APPLICATION_STATE_CLOSED


@pytest.mark.federation
async def test_correction_and_withdrawal(halls: Halls) -> None:
    settled = halls.federation.settled
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(HOME, "approver") as approver:
        number = (await file_one(clerk)).path.split("/")[2]
        await settled()
        notice = await approver.get(f"/applications/{number}/require-correction")
        empty = await approver.send(notice.form(), explanation="请补交")
        assert empty.status == 400
        assert "请补交" in empty.text
        sent = await approver.send(
            empty.form(), d__application__original="", **{"d-form": "illegible", "explanation": "姓名看不清"}
        )
        assert sent.says("待补正"), sent.text
        await settled()
        page = await clerk.get(f"/applications/{number}/correct")
        assert page.says("看不清")
        nothing = await clerk.send(page.form())
        assert nothing.status == 400
        done = await clerk.send(
            page.form(),
            f__applicant_name="陈阿婆",
            **{"m-application-original-form": "1", "m-application-original-pages": "2"},
        )
        assert done.path == f"/applications/{number}", done.text
        assert done.says("已收件")
        await settled()
        again = await approver.get(f"/applications/{number}")
        assert "补正通知</a>" not in again.text
        page = await clerk.get(f"/applications/{number}/withdraw")
        gone = await clerk.send(page.form())
        assert gone.says("已撤回")


@pytest.mark.federation
async def test_work_goes_on_with_the_line_down(halls: Halls) -> None:
    halls.federation.nodes[ACCEPTING].line.cut()
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        receipt = await file_one(clerk)
        assert receipt.says("待上传")
        number = receipt.path.split("/")[2]
        home = await clerk.get("/")
        assert home.says("离线")
        assert home.says("步待上传")
        stub = await send_parcel(porter, number, "SEAL-9")
        async with halls.at(HOME, "porter") as taker:
            page = await taker.get("/parcels/take-in")
            early = await taker.send(page.form(), stub=stub, seals="SEAL-9")
            assert early.says("接收扫描已存下"), early.text
