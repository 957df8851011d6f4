"""The catalogue's pages: a list that goes out and comes back, a report, changes, and where regions differ."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from agreements.catalogue.files import write_file
from tests.nodes.console.browser import Seen, Sight
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import ITEM
from tongban.v1 import directory_pb2

pytestmark = pytest.mark.federation


def document(halls: Halls, region: str, code: str) -> directory_pb2.ItemDocument:
    """An item like the demonstration's, under another name."""
    item = halls.federation.nodes[HOME].core.shared.item(f"items/{ITEM}")
    assert item is not None
    made = directory_pb2.ItemDocument()
    made.CopyFrom(item.document)
    made.name, made.home, made.base_code = f"items/{region}.{code}", f"nodes/{region}", "442199806003"
    return made


def importing(page: Sight) -> Seen:
    """The form that takes a file."""
    return next(form for form in page.forms if form.action == "/items" and form.method == "post")


async def publish(halls: Halls, made: directory_pb2.ItemDocument) -> None:
    run = halls.federation.nodes[made.home.removeprefix("nodes/")]
    await run.desks.catalogue.publish(run.staff(), made)
    await halls.federation.settled()


async def test_a_supervisor_imports_a_list(halls: Halls) -> None:
    async with halls.at(HOME, "chief") as chief:
        async with chief.http.get("/items/export/xlsx") as answer:
            assert "attachment" in answer.headers["Content-Disposition"]
            book = load_workbook(io.BytesIO(await answer.read()))
        sheet = book["事项"]
        row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == ITEM.partition(".")[2])
        sheet.cell(row, next(c.column for c in sheet[1] if c.value == "承诺时限(工作日)") or 0).value = 6
        sheet.append(["bad row", "坏的一行"])
        out = io.BytesIO()
        book.save(out)
        page = await chief.get("/items")
        checked = await chief.send(importing(page), {"list": (out.getvalue(), "application/zip")}, check="yes")
        assert checked.says("检查结果"), checked.text
        assert checked.says("只检查了,没有发布")
        item = halls.federation.nodes[HOME].core.shared.item(f"items/{ITEM}")
        assert item is not None
        assert item.version == 1
        done = await chief.send(importing(page), {"list": (out.getvalue(), "application/zip")}, check="")
        assert done.says("导入结果"), done.text
        assert done.says("改动:承诺时限(工作日)")
        assert done.says("bad row")
        await halls.federation.settled()
        for wrong in ({}, {"list": (b"\xff\xfe", "text/csv")}):
            refused = await chief.send(importing(page), wrong)
            assert refused.says("请选择清单文件") or refused.says("整个文件"), refused.text
    async with halls.at(ACCEPTING, "clerk") as clerk:
        assert (await clerk.get("/file")).says("昨日起有变化")
        form = await clerk.get(f"/file/{ITEM}/form?applicant_kind=1&mode=2")
        assert form.says("业务属地自昨日起改了这些:")
        assert form.says("承诺时限(工作日)")
        assert (await clerk.get("/items/changes")).says("承诺时限(工作日)")
        detail = await clerk.get(f"/items/{ITEM}")
        assert detail.says("改动记录")
        assert (await clerk.get("/items/350600.none")).status == 404
        assert (await clerk.get("/items/export/pdf")).status == 404
        own = await clerk.get("/items")
        assert not [form for form in own.forms if form.action == "/items" and form.method == "post"]


async def test_only_a_supervisor_imports(halls: Halls) -> None:
    async with halls.at(HOME, "chief") as chief, halls.at(HOME, "clerk") as clerk:
        form = importing(await chief.get("/items"))
        own = (await clerk.get("/")).forms[0]
        form.values["csrf"] = own.values["csrf"]
        raw = write_file([document(halls, HOME, "one")], "csv")
        refused = await clerk.send(form, {"list": (raw, "text/csv")})
        assert refused.status == 403
        assert halls.federation.nodes[HOME].core.shared.item(f"items/{HOME}.one") is None


async def test_a_result_is_shown_as_recognised_or_not(halls: Halls) -> None:
    made = document(halls, HOME, "result")
    made.results.add(code="licence", title="某许可证", validity=directory_pb2.VALIDITY_AREA_HOME)
    await publish(halls, made)
    async with halls.at(HOME, "clerk") as here, halls.at(ACCEPTING, "clerk") as there:
        assert (await here.get(f"/items/{HOME}.result")).says("本地认可")
        assert (await there.get(f"/items/{HOME}.result")).says("本地不认可")


async def test_drift_appears_by_itself(halls: Halls) -> None:
    here, there = document(halls, HOME, "same"), document(halls, ACCEPTING, "same")
    there.promised_working_days = 9
    await publish(halls, here)
    async with halls.at(HOME, "clerk") as clerk:
        assert not (await clerk.get("/")).says("处要素与他地不一致")
        await publish(halls, there)
        assert (await clerk.get("/")).says("处要素与他地不一致")
        page = await clerk.get("/items/drift")
        assert page.says("承诺时限(工作日)")
        assert page.says("潮州")
        assert (await clerk.get(f"/items/{HOME}.same")).says("同事同标:与他地不一致的要素")
        there.agreed_differences.append("promised_working_days")
        await publish(halls, there)
        assert not (await clerk.get("/")).says("处要素与他地不一致")
        assert (await clerk.get("/items/drift?all=1")).says("约定差异")
