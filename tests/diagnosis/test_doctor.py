"""What the doctors print: a list that a person reads and a program parses, and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nodes.doctor import WORST, examine
from nodes.lookout import LINE_FILE
from tests.diagnosis.of_machines import joined
from tests.gateway.kit import world
from tongban import errors
from tongban.cli import tongban
from tongban.clock import SystemClock, SystemEntropy
from tongban.doctor import Check, as_json, is_good, show
from tongban.faults import Finding
from tongban.faults.reasons import CONDITIONS
from tongban.serving import only_process
from tongban.storage.checkup import checkup

_NEVER = CONDITIONS["PARTNER_NEVER_SEEN"]
CHECKS = [
    Check(("本机时钟", "clock")),
    Check(("到网关的线路", "line"), Finding(CONDITIONS["GATEWAY_NOT_RUNNING"])),
    Check(("网关放行", "door"), skipped=True),
    Check(
        ("对方 漳州市", "Zhangzhou"),
        Finding(CONDITIONS["PARTNER_NEVER_SEEN"], {"title": "漳州市"}, name="nodes/350600"),
    ),
]


def test_a_person_reads_who_where_what_and_whether_to_go_on() -> None:
    said = show(CHECKS, "zh", {"nodes/350600": "漳州市"}).splitlines()
    assert said == [
        "✓ 本机时钟",
        "✗ 到网关的线路:网关的机器开着,但网关程序没有运行。",
        "    该由谁处理:网关管理员    出在哪一段:网关    能否继续办理:能。其他业务照常办理。",
        "    怎么办:请网关管理员启动网关;本地线路没有问题。",
        "- 网关放行",
        "✗ 对方 漳州市:漳州市还没有连上过网关。",
        "    该由谁处理:对方节点 漳州市    出在哪一段:对方线路    能否继续办理:能。其他业务照常办理。",
        "    怎么办:请打电话告知漳州市的管理员启动节点。",
    ]
    english = show(CHECKS, "en", {})
    assert "who acts: the gateway's operator    where: gateway" in english
    assert "what to do: The gateway's operator starts the gateway" in english


def test_a_program_reads_the_same() -> None:
    said = as_json(CHECKS)
    assert json.loads(json.dumps(said)) == said
    assert said["good"] is False
    checks = said["checks"]
    assert isinstance(checks, list)
    assert (checks[1]["code"], checks[1]["party"], checks[1]["hop"]) == ("GATEWAY_NOT_RUNNING", "gateway", "gateway")
    assert checks[2]["skipped"] is True
    assert is_good([Check(("a", "a"))])


@pytest.mark.parametrize("group", ["node", "gateway"])
def test_a_home_that_is_none_is_a_fault_too(group: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(tongban, ["--lang", "zh", group, "doctor", "--home", str(tmp_path / "none")])
    assert ran.exit_code == 1
    assert "怎么办" in ran.output
    ran = CliRunner().invoke(tongban, [group, "doctor", "--home", str(tmp_path / "none"), "--json"])
    assert ran.exit_code == 1
    assert json.loads(ran.output)["checks"][0]["code"].endswith("_SETTINGS_WRONG")


@pytest.mark.federation
async def test_all_is_well_with_a_node_and_its_gateway(tmp_path: Path) -> None:
    async with joined(tmp_path) as (_, settings):
        with only_process(settings.home):
            found = await examine(settings, SystemClock(), SystemEntropy(), 20.0)
    assert WORST < 2.0
    assert is_good(found.checks), show(found.checks, "zh", {})
    assert [check.name[0] for check in found.checks if not check.skipped][:7] == [
        *("节点程序", "本机磁盘和数据", "本机时钟", "网关地址", "到网关的线路", "网关的证书", "网关放行")
    ]


async def test_a_database_is_tried_from_beside_its_owner(database_url: str) -> None:
    async with world(database_url):
        assert await checkup(database_url, 10.0) is None


async def test_no_database_is_there(tmp_path: Path) -> None:
    met = await checkup(f"sqlite:///{tmp_path / 'none.db'}", 1.0)
    assert isinstance(met, errors.Unavailable)
    assert not (tmp_path / "none.db").exists()
    assert isinstance(await checkup("mysql://nowhere", 1.0), errors.ConfigurationInvalid)


@pytest.mark.federation
async def test_what_the_running_node_alone_can_see_is_told_too(tmp_path: Path) -> None:
    async with joined(tmp_path) as (_, settings):
        told = {"code": "EPOCH_CHANGED", "party": "gateway", "zh": "网关换过数据。", "en": "Replaced.", "since": ""}
        stale = {**told, "code": "LINE_SILENT"}
        (settings.home / LINE_FILE).write_text(json.dumps({"findings": [told, stale]}), "utf-8")
        with only_process(settings.home):
            found = await examine(settings, SystemClock(), SystemEntropy(), 20.0)
        # The line it has just looked at itself; and nobody believes what a process that is gone had to say.
        assert [c.finding.fault.code for c in found.checks if c.finding] == ["EPOCH_CHANGED"]
        (settings.home / LINE_FILE).write_text("rubbish", "utf-8")
        found = await examine(settings, SystemClock(), SystemEntropy(), 20.0)
        assert [c.finding.fault.code for c in found.checks if c.finding] == ["OWN_NODE_STOPPED"]
