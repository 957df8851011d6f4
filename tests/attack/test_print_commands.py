"""Printing over the wire: the command asks a node in service, and what it wrote verifies without it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.attack.conftest import ACCEPTING, HOME, PASSWORD, Town
from tongban.cli import tongban

pytestmark = pytest.mark.federation
NAME = "agreements/zhangzhou-chaozhou-shantou"


async def command(town: Town, *arguments: str) -> tuple[int, str]:
    """A command at the node of the accepting region, as its clerk."""
    at = f"127.0.0.1:{town.nodes[ACCEPTING].grpc_port}"
    called = ["--lang", "zh", "agreement", arguments[0], "--node", at, "--user", "clerk", *arguments[1:]]
    environment = {"TONGBAN_PASSWORD": PASSWORD}
    done = await asyncio.to_thread(CliRunner().invoke, tongban, called, env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


async def test_a_print_is_written_and_verifies_without_the_node(town: Town, tmp_path: Path) -> None:
    sheet, alone = tmp_path / "协议.pdf", tmp_path / "proof.tongban"
    assert (await command(town, "pdf", NAME, "--out", str(sheet)))[0] == 0
    assert (await command(town, "pdf", NAME, "--out", str(alone), "--proof"))[0] == 0
    for path in (sheet, alone):
        done = CliRunner().invoke(tongban, ["--lang", "zh", "agreement", "verify", str(path)])
        assert done.exit_code == 0, done.output
        assert f"nodes/{HOME} 于" in done.output


async def test_what_cannot_be_printed_or_compared_is_refused_in_words(town: Town, tmp_path: Path) -> None:
    out = str(tmp_path / "x.pdf")
    for arguments, says in (
        (("pdf", "agreements/none", "--out", out), "AGREEMENT_NOT_FOUND"),
        (("pdf", NAME, "--out", str(tmp_path / "none" / "x.pdf")), "CONFIGURATION_INVALID"),
        (("pdf", NAME, "--out", out, "--digest", "00" * 32), "没有摘要为"),
        (("pdf", NAME, "--out", out, "--digest", "zz"), "64 位十六进制"),
        (("diff", NAME), "没有其他版本"),
        (("diff", NAME, "--to", "9"), "第 9 版"),
        (("diff", "agreements/none"), "AGREEMENT_NOT_FOUND"),
    ):
        code, said = await command(town, *arguments)
        assert code == 1
        assert says in said
