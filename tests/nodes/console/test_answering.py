"""The pages name who answers for a decision and where to appeal, and let the collecting window print where it may."""

from __future__ import annotations

import pytest

from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import ITEM, file_one
from tests.nodes.test_answering import APPEAL, HERE, agreed
from tongban.v1 import agreement_pb2

SEAL = agreement_pb2.SealTerms(title="全域通办审批专用章(1)", appeal=APPEAL)


@pytest.mark.federation
async def test_the_receipt_and_the_record_say_where_to_appeal(halls: Halls) -> None:
    await agreed(halls.federation, item=f"items/{ITEM}", seal=SEAL, printing=[HERE])
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(HOME, "approver") as approver:
        receipt = await file_one(clerk)
        number = receipt.path.split("/")[2]
        await halls.federation.settled()
        for page in (
            receipt,
            await clerk.get(f"/applications/{number}"),
            await approver.get(f"/applications/{number}"),
        ):
            assert page.says("对决定负责"), page.text
            assert page.says(APPEAL), page.text
        assert (await approver.get(f"/applications/{number}")).says(SEAL.title)
        for step in ("accept", "start-review"):
            page = await approver.get(f"/applications/{number}")
            await approver.send(page.form(f"/applications/{number}/{step}"))
        refusing = await approver.get(f"/applications/{number}/refuse")
        assert refusing.says(APPEAL), "whoever writes the explanation has it at hand"
        await approver.send((await approver.get(f"/applications/{number}/approve")).form())
        issuing = await approver.get(f"/applications/{number}/issue")
        assert issuing.form().values["printing"] == [HERE]
        await approver.send(issuing.form())
        await halls.federation.settled()
        waiting = await clerk.get(f"/applications/{number}")
        assert not waiting.says("结果证照尚未到达本节点")
        code = await clerk.send((await clerk.get(f"/applications/{number}/ready")).form())
        assert code.says("取件码"), code.text


@pytest.mark.federation
async def test_where_the_clause_is_silent_the_decider_prints(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(HOME, "approver") as approver:
        number = (await file_one(clerk)).path.split("/")[2]
        await halls.federation.settled()
        page = await approver.get(f"/applications/{number}")
        assert page.says("向对决定负责的机关咨询")
        for step in ("accept", "start-review"):
            page = await approver.send(page.form(f"/applications/{number}/{step}"))
        await approver.send((await approver.get(f"/applications/{number}/approve")).form())
        issuing = await approver.get(f"/applications/{number}/issue")
        assert "printing" not in issuing.form().values
