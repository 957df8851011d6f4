"""`tongban item …` as a process, against a node's real door: an official's file, twice, changed, and broken."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from openpyxl import load_workbook

from nodes.demo.processes import tongban
from nodes.rpc.catalogue import CatalogueServicer
from nodes.rpc.window import WindowServicer
from tests.federation.journey import ITEM
from tests.nodes.kit import Address, Office, office
from tongban.clock import SystemEntropy
from tongban.passwords import Cost
from tongban.rpc.server import RpcServer
from tongban.v1 import catalogue_pb2_grpc, window_pb2_grpc

PASSWORD = "chief-password"
FEW = 3


class Door:
    """漳州's gRPC door, and commands sent to it."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port = port
        self.folder = folder

    async def run(self, command: str, *arguments: str) -> tuple[int, str]:
        """One command to its end: its exit code, and what it said."""
        process = await asyncio.create_subprocess_exec(
            tongban(),
            *("item", command, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env={
                **os.environ,
                "TONGBAN_NODE": f"127.0.0.1:{self._port}",
                "TONGBAN_USER": "chief",
                "TONGBAN_PASSWORD": PASSWORD,
            },
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return process.returncode, said.decode()


@asynccontextmanager
async def door(address: Address, folder: Path) -> AsyncIterator[tuple[Office, Door]]:
    async with office(address) as o:
        desks = o.home.desks
        await desks.staff.add(
            "chief",
            PASSWORD,
            title="主管",
            roles=frozenset({"supervisor"}),
            post="window-1",
            cost=Cost(ln=4, r=1, p=1),
        )
        server = RpcServer(entropy=SystemEntropy())
        windows = WindowServicer(desks.staff, desks.window, desks.surrender, desks.prints)
        server.add(window_pb2_grpc.add_WindowServicer_to_server, windows)
        server.add(
            catalogue_pb2_grpc.add_CatalogueServicer_to_server,
            CatalogueServicer(desks.staff, desks.catalogue),
            refuse_unknown=True,
        )
        port = server.add_port("127.0.0.1:0")
        await server.start()
        try:
            yield o, Door(port, folder)
        finally:
            await server.stop(None)


async def test_a_list_goes_out_is_filled_in_and_comes_back(sqlite: Address, tmp_path: Path) -> None:
    async with door(sqlite, tmp_path) as (o, at):
        code, said = await at.run("export", "list.xlsx")
        assert code == 0, said
        # Every line says that nothing changed, and nothing did.
        count = len([each for each in o.home.core.shared.items() if each.document.home == o.home.core.name])
        before = o.home.core.position.sequence
        code, said = await at.run("import", "list.xlsx")
        assert (code, said.count("无变化 · ")) == (0, count), said
        assert o.home.core.position.sequence == before

        book = load_workbook(tmp_path / "list.xlsx")
        sheet = book["事项"]
        heads: dict[Any, Any] = {cell.value: cell.column for cell in sheet[1]}
        rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
        mine, other = rows[ITEM.partition(".")[2]], next(r for c, r in rows.items() if c != ITEM.partition(".")[2])
        sheet.cell(mine, heads["承诺时限(工作日)"]).value = 9
        sheet.cell(other, heads["事项类型"]).value = "行政处罚"
        sheet.append(["new-one", "新事项"])
        sheet.cell(sheet.max_row, heads["办理方式"]).value = "全程网办"
        book.save(tmp_path / "list.xlsx")

        code, checked = await at.run("import", "--check", "list.xlsx")
        assert (code, o.home.core.position.sequence) == (1, before)
        code, said = await at.run("import", "list.xlsx")
        assert code == 1
        assert said.splitlines()[:-1] == checked.splitlines()[:-1]
        assert f"第 {mine} 行" in said
        assert "改动:承诺时限(工作日)" in said
        assert f"“事项”表第 {other} 行“事项类型”列" in said
        assert "请填:行政许可" in said
        assert o.home.core.position.sequence == before + 2
        await o.settled()

        code, said = await at.run("changes", "--since", "2020-01-01", ITEM)
        assert "承诺时限(工作日)" in said
        assert "    + 9" in said
        code, said = await at.run("show", "new-one")
        assert "新事项" in said
        code, said = await at.run("list")
        assert f"{ITEM}\t" in said
        code, said = await at.run("withdraw", "new-one")
        assert (code, "已取消" in said) == (0, True)
        code, said = await at.run("drift", "--all")
        assert (code, "没有不一致" in said) == (0, True)


async def test_other_files_and_what_is_refused(sqlite: Address, tmp_path: Path) -> None:
    async with door(sqlite, tmp_path) as (o, at):
        for name, more in (("a.csv", ()), ("b.csv", ("--encoding", "gb18030")), ("c.yaml", ())):
            assert (await at.run("export", *more, name))[0] == 0
            before = o.home.core.position.sequence
            code, said = await at.run("import", name)
            assert code == 0, said
            assert o.home.core.position.sequence == before
        assert len(yaml.safe_load((tmp_path / "c.yaml").read_text())["items"]) > FEW
        (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
        code, said = await at.run("import", "bad.xlsx")
        assert (code, "整个文件" in said) == (1, True)
        code, said = await at.run("show", "none")
        assert code != 0
        assert "没有发布事项" in said
