"""S06 “跨省通办”统一清单与办事指南(600多项).

Works when: changing 时限 or 材料 on one node raises a drift alert; the clerk sees the 属地 version.  Here: 漳州 and
潮州 publish the same item of the basic catalogue, word for word; then 漳州 changes it.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import CHAOZHOU, WENCHENG, ZHANGZHOU, Place, Text
from nodes.demo.client import until
from nodes.demo.setting import Setting
from tests.scenarios import acting
from tongban import errors
from tongban.v1 import catalogue_pb2, directory_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

BASE, TWIN_BASE = "000123456001", "000123456002"
AGREEMENT = "agreements/s06-same-item"
BEFORE, AFTER = 10, 5
CHANGED = {"promised_working_days", "materials"}


def item_at(home: Place, code: str = "s06-certificate", base: str = BASE) -> directory_pb2.ItemDocument:
    return acting.item_of(
        home,
        code,
        "个体工商户登记(演练)",
        [types_pb2.MODE_AGENT],
        base_code=base,
        promised_working_days=BEFORE,
        department=f"{home.title}市场监督管理局",
    )


HERE, THERE = item_at(ZHANGZHOU), item_at(CHAOZHOU)
TWINS = [item_at(place, "s06-twin", TWIN_BASE) for place in (ZHANGZHOU, CHAOZHOU)]


async def drifts(
    setting: Setting, at: Place, *, own: bool = True, agreed: bool = False, base: str = BASE
) -> dict[str, catalogue_pb2.ItemDrift]:
    """The alerts of this item at a node, by element."""
    caller = await setting.clients[at.region].staff("window")
    asked = catalogue_pb2.ListDriftRequest(own=own, agreed=agreed)
    found = (await caller(caller.catalogue.ListDrift, asked)).drifts
    return {each.element: each for each in found if each.base_code == base}


async def until_drift(setting: Setting, at: Place, elements: set[str]) -> dict[str, catalogue_pb2.ItemDrift]:
    async def look() -> bool:
        return (await drifts(setting, at)).keys() == elements

    await until(look, Text(f"{at.title}的差异提示 {elements}", f"alerts at {at.english}: {elements}"))
    return await drifts(setting, at)


async def revise(setting: Setting, **changes: object) -> directory_pb2.ItemDocument:
    """漳州 publishes a new version."""
    made = directory_pb2.ItemDocument()
    made.CopyFrom(HERE)
    made.promised_working_days = AFTER
    made.materials.add(code="premises", title="经营场所证明", forms=[acting.ELECTRONIC], required=True)
    made.MergeFrom(directory_pb2.ItemDocument(**changes))  # type: ignore[arg-type]  # fields by name
    await setting.publish(ZHANGZHOU.region, made)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def revised(setting: Setting) -> None:
    """Both have published and agreed, with the same words; then 漳州 has revised its item, and both know."""
    await acting.publish(setting, [HERE, THERE, *TWINS])
    clauses = [
        acting.clause_of("zhangzhou", ZHANGZHOU, [CHAOZHOU], [HERE, TWINS[0]]),
        acting.clause_of("chaozhou", CHAOZHOU, [ZHANGZHOU], [THERE, TWINS[1]]),
    ]
    await acting.agree(setting, AGREEMENT, "同一事项两地通办", [ZHANGZHOU, CHAOZHOU], clauses)
    assert [await drifts(setting, place) for place in (ZHANGZHOU, CHAOZHOU)] == [{}, {}]
    await revise(setting)
    for place in (ZHANGZHOU, CHAOZHOU):
        await until_drift(setting, place, CHANGED)


async def test_the_same_words_raise_no_alert(setting: Setting) -> None:
    # The departments differ, as they must.
    assert TWINS[0].department != TWINS[1].department
    for place in (ZHANGZHOU, CHAOZHOU):
        assert await drifts(setting, place, base=TWIN_BASE) == {}
        assert await drifts(setting, place, base=TWIN_BASE, own=False, agreed=True) == {}


async def test_a_changed_limit_and_material_alert_both_sides(setting: Setting) -> None:
    for place in (ZHANGZHOU, CHAOZHOU):
        found = await drifts(setting, place)
        assert found.keys() == CHANGED
        limits = {tuple(each.homes): list(each.lines) for each in found["promised_working_days"].variants}
        assert limits == {(ZHANGZHOU.name,): [str(AFTER)], (CHAOZHOU.name,): [str(BEFORE)]}
        assert found["promised_working_days"].element_zh == "承诺时限(工作日)"
        more = [len(each.lines) for each in found["materials"].variants if list(each.homes) == [ZHANGZHOU.name]]
        assert more == [3]


async def test_whom_it_does_not_concern_is_not_alerted(setting: Setting) -> None:
    assert await drifts(setting, WENCHENG) == {}

    async def look() -> bool:
        return (await drifts(setting, WENCHENG, own=False)).keys() == CHANGED

    await until(look, Text("全部差异", "all differences"))


async def test_the_clerk_sees_the_home_s_version_and_what_changed(setting: Setting) -> None:
    there = await acting.route(setting, CHAOZHOU, HERE.name)
    assert there.item.document.promised_working_days == AFTER
    assert "premises" in {each.code for each in there.item.document.materials}
    told = {each.element: (list(each.before), list(each.after)) for each in there.changes if each.element}
    assert told["promised_working_days"] == ([str(BEFORE)], [str(AFTER)])
    assert len(told["materials"][1]) == len(told["materials"][0]) + 1
    window = await setting.clients[CHAOZHOU.region].staff("window")
    listed = await window(window.window.ListItems, window_pb2.ListItemsRequest(query="个体工商户登记(演练)"))
    found = {each.item.name: each for each in listed.items}
    mine, theirs = found[THERE.name], found[HERE.name]
    assert mine.item.document.promised_working_days == BEFORE
    assert theirs.item.document.promised_working_days == AFTER
    assert {each.element for each in theirs.changes} >= CHANGED


async def test_what_the_home_asks_for_now_is_asked_for_at_the_window(setting: Setting) -> None:
    before = await acting.listed(setting, CHAOZHOU)
    with pytest.raises(errors.FieldInvalid) as refusal:
        await acting.submit(setting, CHAOZHOU, HERE)
    assert "经营场所证明" in refusal.value.text("zh")
    assert await acting.listed(setting, CHAOZHOU) == before
    premises = window_pb2.MaterialContent(content=b"x")
    premises.material.code, premises.material.form = "premises", acting.ELECTRONIC
    filed = await acting.submit(setting, CHAOZHOU, HERE, materials=[premises])
    asked = await acting.route(setting, CHAOZHOU, HERE.name)
    assert filed.route.item_version == asked.item.version == 2
    await acting.until_state(setting, ZHANGZHOU, filed.name, "SUBMITTED")
    # 潮州's own item is untouched by what 漳州 asks.
    own = await acting.submit(setting, ZHANGZHOU, THERE)
    assert own.route.home == CHAOZHOU.name


async def test_a_difference_that_is_agreed_alerts_nobody(setting: Setting) -> None:
    await revise(setting, agreed_differences=sorted(CHANGED))
    for place in (ZHANGZHOU, CHAOZHOU):
        await until_drift(setting, place, set())
        kept = await drifts(setting, place, agreed=True)
        assert kept.keys() == CHANGED
        assert all(each.agreed for each in kept.values())
