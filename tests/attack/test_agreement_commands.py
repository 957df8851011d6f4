"""An agreement's whole life by commands at two nodes in service; nobody signs what they have not seen."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from agreements import data
from agreements.domain.days import day_of
from agreements.items import items_of
from tests.attack.conftest import ACCEPTING, HOME, PASSWORD, Town
from tongban.cli import tongban
from tongban.clock import SystemClock
from tongban.v1 import lifecycle_pb2

pytestmark = pytest.mark.federation
NAME = "agreements/second"
TODAY = day_of(SystemClock().now())


def text(**changes: str) -> str:
    """A text as a legal officer writes it."""
    lines = {
        "标题": "漳州—潮州第二份协议",
        "失效日": f"{TODAY.year + 1}-12-31",
        "顺延月数": "12",
        "提前声明日数": "30",
        **changes,
    }
    return (
        "协议编号: second\n"
        + "".join(f"{key}: {value}\n" for key, value in lines.items())
        + f"参与方:\n  - 节点: {HOME}\n  - 节点: {ACCEPTING}\n生效日: 2025-01-01\n"
        f"条款:\n  - 编号: c1\n    业务属地: {HOME}\n    事项: [{item()}]\n"
        "    办理方式: [异地代收代办]\n    决定机关: 业务属地\n    承诺工作日数: 3\n"
    )


def item() -> str:
    """One of 漳州's items, as a text names it."""
    found: str = next(each.name for each in items_of(data.load(), f"nodes/{HOME}") if ".zz-x-" in each.name)
    return found.removeprefix("items/")


class Office:
    """Somebody at a console of a town."""

    def __init__(self, town: Town, region: str) -> None:
        self.at = {
            "TONGBAN_NODE": f"127.0.0.1:{town.nodes[region].grpc_port}",
            "TONGBAN_USER": "clerk",
            "TONGBAN_PASSWORD": PASSWORD,
        }
        self.town = town

    async def run(self, *arguments: str, code: int = 0, typed: str = "", lang: str = "zh") -> str:
        """A command and what it said; everything has settled after it."""
        called = ["--lang", lang, "agreement", *arguments]
        done = await asyncio.to_thread(CliRunner().invoke, tongban, called, env=self.at, input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code == code, done.output
        await self.town.until()
        return str(done.output)


def digest_in(said: str) -> str:
    found = re.findall(r"\b[0-9a-f]{64}\b", said)
    assert found, said
    return str(found[-1])


async def test_the_whole_life_of_an_agreement(town: Town, tmp_path: Path) -> None:
    home, accepting = Office(town, HOME), Office(town, ACCEPTING)
    file = tmp_path / "协议.yaml"
    before = town.rows()

    # Checked: nothing is stored; what is wrong is told with its line.
    file.write_text(text().replace("决定机关: 业务属地", "决定机关: 谁"), "utf-8")
    assert "第 15 行 条款[1].决定机关" in await home.run("check", str(file), code=1)
    file.write_text(text().replace(item(), f"{HOME}.no-such"), "utf-8")
    refused = await home.run("check", str(file), code=1)
    assert "第 13 行 条款[1].事项[1]" in refused
    assert "ITEM_NOT_FOUND" in refused
    file.write_text(text(), "utf-8")
    checked = await home.run("check", str(file))
    assert "根密钥指纹" in checked
    assert "首次提出" in checked
    assert f"需要签署:{HOME}(nodes/{HOME})、{ACCEPTING}(nodes/{ACCEPTING})" in checked
    assert "注意,与有效协议不同" in checked  # the first agreement promises no limit
    assert "承诺时限" in checked
    assert town.rows() == before

    proposed = await home.run("propose", str(file))
    digest = digest_in(proposed)
    assert digest == digest_in(checked)
    assert "待签署" in await accepting.run("list")

    # A comment, and a revision that makes the first digest worthless.
    await accepting.run("comment", NAME, "承诺时限可否改为两个工作日", "--clause", "c1")
    assert "两个工作日" in await home.run("comments", "second")
    file.write_text(text().replace("承诺工作日数: 3", "承诺工作日数: 2"), "utf-8")
    assert "修改待签署的文本" in await home.run("propose", str(file))
    assert "NOT_THE_TEXT_PENDING" in await accepting.run("sign", NAME, "--digest", digest, code=1)

    # Signed after reading, and not otherwise.
    unread = await accepting.run("sign", NAME, code=1, typed="\n")
    assert "未签署" in unread
    assert "承诺时限" in unread
    assert "未签署" in await accepting.run("sign", NAME, code=1, typed="00000000\n")
    shown = digest_in(await accepting.run("show", NAME))
    assert "1/2 已签署" in await accepting.run("sign", NAME, typed=f"{shown[:8]}\n")
    assert "2/2 signed" in await home.run("sign", NAME, "--digest", shown, lang="en")
    assert "有效" in await home.run("list")
    assert "以《" in await accepting.run("conflicts")

    # Amended: written out as YAML, changed, proposed as the next version, withdrawn; again, and signed.
    drafted = await home.run("show", NAME, "--yaml")
    assert "版本:" not in drafted
    file.write_text(drafted.replace("承诺工作日数: 2", "承诺工作日数: 4"), "utf-8")
    assert "第 2 版:提出修订" in await home.run("propose", str(file))
    assert "由「2」改为「4」" in await accepting.run("diff", "second")
    await home.run("withdraw", NAME, "--comment", "改日再议")
    assert "NO_TEXT_PENDING" in await home.run("withdraw", NAME, code=1)
    assert "第 2 版:提出修订" in await home.run("propose", str(file))
    amendment = digest_in(await home.run("show", NAME, "--amendment"))
    assert "由「2」改为「4」" in await accepting.run("sign", NAME, typed=f"{amendment[:8]}\n")
    await home.run("sign", NAME, "--digest", amendment)
    assert "NO_TEXT_PENDING" in await home.run("sign", NAME, code=1)

    # The short name is enough for the print too; a wrong date is told in Chinese, with how it is written.
    await home.run("pdf", "second", "--proof", "--out", str(tmp_path / "second.proof"))
    wrong = await home.run("suspend", NAME, "--item", item(), "--honour-until", "2099-13-01", code=2)
    assert "应为日期,如 2026-01-31" in wrong

    # Suspended and resumed: an item, the part, the whole.
    one = await home.run("suspend", NAME, "--item", item(), "--honour-until", "2099-01-01", "--comment", "系统升级")
    suspension = re.findall(r"部分中止 ([0-9a-f-]{36})", one)[0]
    assert "部分中止" in await accepting.run("list")
    assert "只能中止本方的事项" in await accepting.run("suspend", NAME, "--item", item(), code=1)
    assert "不是本方现有的中止" in await accepting.run("resume", NAME, "--suspension", suspension, code=1)
    await home.run("resume", NAME, "--suspension", suspension)
    assert "起中止" in await accepting.run("suspend", NAME, "--from", "2098-01-01 09:00")
    assert "有效" in await accepting.run("resume", NAME)

    # Its end: no renewal, no leaving of the last two, notice kept.
    assert f"{TODAY.year + 1}-12-31 止" in await home.run("decline-renewal", NAME)
    assert "TOO_FEW_PARTIES_LEFT" in await accepting.run("leave", NAME, code=1)
    tomorrow = (TODAY + dt.timedelta(days=1)).isoformat()
    assert "NOTICE_TOO_SHORT" in await home.run("terminate", NAME, "--on", tomorrow, "--yes", code=1)
    earliest = TODAY + dt.timedelta(days=30)
    assert f"{earliest} 起终止" in await home.run("terminate", NAME, "--yes")
    file.write_text(text(标题="又一份"), "utf-8")
    assert "MOVE_NOT_ALLOWED" in await home.run("propose", str(file), code=1)

    told = await accepting.run("history", NAME)
    titles = [line.split("\t")[2] for line in told.splitlines()]
    assert titles[:2] == ["提出协议", "商议意见"]
    assert titles[-1] == "终止"
    assert len(titles) == 16
    state = town.nodes[ACCEPTING].core.shared.agreement(NAME)
    assert state is not None
    assert state.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED


async def test_a_sample_leads_to_a_text(town: Town, tmp_path: Path) -> None:
    home = Office(town, HOME)
    file = tmp_path / "样本.yaml"
    file.write_text((await home.run("template")).replace("350600.zz-x-001", item()), "utf-8")
    assert "检查通过" in await home.run("check", str(file), "--text")
    assert "协议编号" in await home.run("template", "--kind", "alliance")
    # A mandate of a node that does not exist here: the line of the party is told.
    file.write_text(await home.run("template", "--kind", "mandate"), "utf-8")
    refused = await home.run("check", str(file), code=1)
    assert "NODE_NOT_FOUND" in refused
    assert "参与方[1].节点" in refused
