"""A legal officer at the console: drafts, talks, signs, amends, suspends and ends, and is told what does not go."""

from __future__ import annotations

import datetime as dt

import pytest

from agreements import data
from agreements.domain.days import day_of
from agreements.items import items_of
from tests.nodes.console.browser import Browser, Sight
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tongban.clock import SystemClock
from tongban.v1 import lifecycle_pb2

pytestmark = pytest.mark.federation
NAME = "agreements/second"
ITEM: str = next(each.name for each in items_of(data.load(), f"nodes/{HOME}") if ".zz-x-" in each.name)
TODAY = day_of(SystemClock().now())
TEXT = f"""\
协议编号: second
标题: 漳州市—潮州市第二份协议
参与方:
  - 节点: {HOME}
  - 节点: {ACCEPTING}
生效日: 2025-01-01
失效日: {TODAY.year + 1}-12-31
顺延月数: 12
提前声明日数: 30
条款:
  - 编号: c1
    业务属地: {HOME}
    事项: [{ITEM.removeprefix("items/")}]
    办理方式: [异地代收代办]
    决定机关: 收件地
    承诺工作日数: 3
"""


async def draft(chief: Browser, text: str) -> Sight:
    page = await chief.get("/agreements/~draft")
    return await chief.send(page.form("/agreements/~draft"), text=text)


async def propose(halls: Halls, chief: Browser, text: str) -> Sight:
    checked = await draft(chief, text)
    assert checked.says("检查通过"), checked.text
    assert checked.unlabelled == []
    proposed = await chief.send(checked.form("/agreements/~draft"))
    assert proposed.path == f"/{NAME}", proposed.text
    await halls.federation.settled()
    return proposed


async def sign(halls: Halls, region: str, query: str = "") -> None:
    async with halls.at(region, "chief") as chief:
        page = await chief.get(f"/{NAME}{query}")
        signed = await chief.send(page.form(f"/{NAME}/sign"), read="yes")
        assert signed.status == 200, signed.text
    await halls.federation.settled()


async def step(halls: Halls, chief: Browser, path: str, **filled: str | list[str]) -> Sight:
    page = await chief.get(f"/{NAME}/{path}")
    assert page.status == 200, page.text
    assert page.unlabelled == []
    done = await chief.send(page.form(f"/{NAME}/{path}"), sure="yes", **filled)
    await halls.federation.settled()
    return done


async def test_an_agreement_lives_at_the_console(halls: Halls) -> None:
    async with halls.at(HOME, "chief") as chief, halls.at(ACCEPTING, "chief") as other:
        # A draft that is wrong says where; nothing is kept, and what was typed stays.
        wrong = await draft(chief, TEXT.replace("业务属地: ", "业务属地2: "))
        assert wrong.status == 400
        assert wrong.says("第 12 行")
        assert wrong.says("没有“业务属地2”这个键")
        assert "业务属地2" in wrong.form("/agreements/~draft").values["text"][0]
        unknown = await draft(chief, TEXT.replace(ITEM.removeprefix("items/"), f"{HOME}.none"))
        assert unknown.status == 404
        assert unknown.says("第 13 行 条款[1].事项[1]")
        assert halls.federation.nodes[HOME].core.shared.agreement(NAME) is None

        # Checked: what is filled in, whose signatures it needs, what it contradicts.
        checked = await draft(chief, TEXT)
        assert checked.says("生效后将与下列有效协议的约定不同")
        assert checked.says("已代填")
        stale = checked.form("/agreements/~draft")
        again = await chief.send(stale, text=TEXT.replace("第二份", "另一份"))
        assert again.path == "/agreements/~draft"  # another text than the one that was checked is checked anew
        assert again.says("检查通过")
        await propose(halls, chief, TEXT)

        # The other side talks about a clause; the text is revised, and the page that was open signs nothing any more.
        page = await other.get(f"/{NAME}")
        assert page.says("这份文本等待本节点签署")
        form = next(f for f in page.forms if f.action == f"/{NAME}/comment" and f.values["clause"] == ["c1"])
        empty = await other.send(form)
        assert empty.status == 400
        said = await other.send(form, comment="可否改为两个工作日")
        assert said.says("可否改为两个工作日")
        await halls.federation.settled()
        await propose(halls, chief, TEXT.replace("承诺工作日数: 3", "承诺工作日数: 2"))
        late = await other.send(page.form(f"/{NAME}/sign"), read="yes")
        assert late.status in {409, 422}, late.text
        assert late.says("等待签署的不是这份文本")
        assert (await other.get("/agreements")).says("待本节点签署")
        assert (await other.get("/")).says("待本节点签署的协议")

        await sign(halls, ACCEPTING)
        await sign(halls, HOME)
        for browser in (chief, other):  # both are warned, on the list, at home and on the page
            assert (await browser.get("/agreements")).says("为准")
            assert (await browser.get("/")).says("处约定不同")
            assert (await browser.get(f"/{NAME}")).says("为准")

        # An amendment begins with the present text, is withdrawn, comes again and is signed.
        page = await chief.get(f"/{NAME}")
        begun = await chief.get(page.links["提出修订"])
        text = begun.form("/agreements/~draft").values["text"][0].strip()
        assert "根密钥指纹" in text
        amended = text.replace("承诺工作日数: 2", "承诺工作日数: 4")
        proposed = await propose(halls, chief, amended)
        assert proposed.says("承诺工作日数:由「2」改为「4」")
        withdrawn = await other.send((await other.get(f"/{NAME}?text=amendment")).form(f"/{NAME}/withdraw"))
        assert withdrawn.status == 200, withdrawn.text
        await halls.federation.settled()
        await propose(halls, chief, amended)
        await sign(halls, HOME, "?text=amendment")
        await sign(halls, ACCEPTING, "?text=amendment")
        assert (await chief.get(f"/{NAME}")).says("第 2 版")
        assert (await chief.get(f"/{NAME}/difference")).says("由「2」改为「4」")

        # Suspended: some items, then the whole; resumed.
        none = await step(halls, chief, "suspend-part", what="items")
        assert none.says("请选择事项")
        part = await step(halls, chief, "suspend-part", what="items", items=[ITEM], comment="系统升级")
        assert part.says("系统升级")
        assert (await other.get("/agreements")).says("部分中止")
        assert "恢复本方中止的部分" not in (await other.get(f"/{NAME}")).links
        unchosen = await step(halls, chief, "resume-part", suspension="")  # must not resume the whole
        assert unchosen.status == 400
        assert (await other.get(f"/{NAME}/resume-part")).says("不能作出这一步")
        back = await step(halls, chief, "resume-part")
        assert not back.says("系统升级")
        assert (await step(halls, other, "suspend", effect_time="")).says("中止")
        assert (await step(halls, chief, "resume")).says("有效")

        # Its end.
        ended = await step(halls, other, "decline")
        assert ended.says(f"{TODAY.year + 1}-12-31 止")
        soon = (TODAY + dt.timedelta(days=3)).isoformat()
        early = await step(halls, chief, "terminate", day=soon)
        assert early.says("提前 30 日")
        assert early.form(f"/{NAME}/terminate").values["day"] == [soon]
        unsure = await chief.send((await chief.get(f"/{NAME}/terminate")).form(f"/{NAME}/terminate"))
        assert unsure.says("请勾选确认")
        over = await step(halls, chief, "terminate")
        assert over.says(f"{TODAY + dt.timedelta(days=30)} 起终止")
        state = halls.federation.nodes[ACCEPTING].core.shared.agreement(NAME)
        assert state is not None
        assert state.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED


async def test_a_file_is_uploaded_and_samples_are_taken(halls: Halls) -> None:
    async with halls.at(HOME, "chief") as chief:
        page = await chief.get("/agreements/~draft?sample=alliance")
        assert "在签署者之间生效" in page.form("/agreements/~draft").values["text"][0]
        async with chief.http.get("/agreements/~sample?kind=mandate") as answer:
            assert answer.status == 200
            assert "授权清单" in await answer.text()
        assert (await chief.get("/agreements/~sample?kind=../x")).status == 404
        file = {"file": (TEXT.encode(), "text/yaml")}
        empty = await chief.get("/agreements/~draft")
        sent = await chief.send(empty.form("/agreements/~draft"), file, text="")
        assert sent.says("检查通过"), sent.text
        nothing = await chief.send(empty.form("/agreements/~draft"), text="")
        assert nothing.says("请粘贴文本或选择文件")
        rough = await chief.send(empty.form("/agreements/~draft"), {"file": (b"\xff\x00\x01" * 50, "x/y")}, text="")
        assert rough.status == 400
        assert (await chief.get("/agreements/none/suspend")).status == 404
    async with halls.at(HOME, "clerk") as clerk:
        for path in ("/agreements/~draft", f"/{NAME}", "/agreements/zhangzhou-chaozhou-shantou/terminate"):
            assert (await clerk.get(path)).status == 403
