"""An agreement's print and the difference of its versions, as a supervisor takes them from the console."""

from __future__ import annotations

import pytest

from agreements.domain import proof
from agreements.paper.reader import proof_in
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tongban.v1 import agreement_pb2, registry_pb2

NAME = "agreements/zhangzhou-chaozhou-shantou"
pytestmark = pytest.mark.federation


async def _amended(halls: Halls) -> agreement_pb2.AgreementDocument:
    home = halls.federation.nodes[HOME]
    known = home.core.shared.agreement(NAME)
    assert known is not None
    document = agreement_pb2.AgreementDocument()
    document.CopyFrom(known.document)
    document.document_version = 2
    document.clauses[0].promised_working_days = 5
    raw = document.SerializeToString()
    await home.desks.agreements.propose_agreement(home.staff(), registry_pb2.ProposeAgreementRequest(document=raw))
    await halls.federation.settled()
    return document


async def test_a_supervisor_takes_the_print_and_it_verifies(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "chief") as chief:
        page = await chief.get(f"/{NAME}")
        link = page.links["打印件(PDF)"]
        assert "版本比较" not in page.links
        async with chief.http.get(link) as answer:
            assert (answer.status, answer.content_type) == (200, "application/pdf")
            assert answer.headers["Content-Disposition"] == 'attachment; filename="zhangzhou-chaozhou-shantou.pdf"'
            verdict = proof.verify(proof.from_file(proof_in(await answer.read())))
        assert verdict.whole
        assert verdict.printed is not None
        assert verdict.printed.statement.printer == f"nodes/{ACCEPTING}"


async def test_an_amendment_is_read_whole_compared_and_signed(halls: Halls) -> None:
    await _amended(halls)
    async with halls.at(ACCEPTING, "chief") as chief:
        present = await chief.get(f"/{NAME}")
        assert present.says("总时限未承诺")
        page = await chief.get(present.links["阅读修订"])
        assert page.says("承诺工作日数:由「0」改为「5」")
        assert page.says("自受理起 5 个工作日")
        assert page.unlabelled == []
        async with chief.http.get(page.links["修订的打印件(PDF)"]) as answer:
            assert answer.status == 200
            waiting = proof.verify(proof.from_file(proof_in(await answer.read())))
        assert set(waiting.missing) == {f"nodes/{HOME}", f"nodes/{ACCEPTING}"}
        compared = await chief.get(page.links["版本比较"])
        assert compared.says("较早的版本 1 → 较晚的版本 2")
        assert compared.unlabelled == []
        back = await chief.send(compared.form(), **{"from": "2", "to": "1"})
        assert back.says("由「5」改为「0」")
        signed = await chief.send(page.form(f"/{NAME}/sign"), read="yes")
        assert signed.status == 200, signed.text
        assert (await chief.get(f"/{NAME}?text=amendment")).says("本节点已签署此修订")


async def test_what_cannot_be_printed_or_compared_is_said_on_a_page(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "chief") as chief:
        for path, status in {
            "/agreements/none/pdf": 404,
            "/agreements/none/difference": 404,
            f"/{NAME}/difference": 400,
            f"/{NAME}/difference?from=x": 400,
            f"/{NAME}/difference?to=99999999999999999999": 400,
            f"/{NAME}/difference?from=1&to=7": 400,
            f"/{NAME}/pdf?digest=zz": 400,
            f"/{NAME}/pdf?digest={'00' * 32}": 400,
        }.items():
            page = await chief.get(path)
            assert page.status == status, (path, page.text)
            assert page.text.count("<html") == 1
    async with halls.at(ACCEPTING, "clerk") as clerk:
        assert (await clerk.get(f"/{NAME}/difference")).status == 403
