"""Commands given a home, a file or a setting that is not good: a sentence and exit code 1, never a traceback."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from tongban.cli import tongban
from tongban.clock import SystemEntropy
from tongban.keys import NodeKeys


def run(*arguments: str, stdin: str = "", **environment: str) -> str:
    """What a refused command says."""
    done = CliRunner().invoke(tongban, ["--lang", "zh", *arguments], input=stdin, env=environment)
    assert done.exit_code == 1, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "?" not in done.output
    return done.output


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "网关 甲"
    done = CliRunner().invoke(tongban, ["gateway", "init", "--home", str(made)])
    assert done.exit_code == 0, done.output
    return made


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{broken", "不是 JSON(第 1 行)"),
        (b"\xff\xfe", "不是 JSON(编码)"),
        (b"[1]", "应为 JSON 对象"),
        (b'{"bogus": 1}', "没有此项设置"),
        (b'{"join_port": 99999}', "不能大于 65535"),
        (b'{"name": "Bad Name"}', "不符合"),
    ],
)
def test_a_settings_file_that_is_none(home: Path, content: bytes, says: str) -> None:
    (home / "gateway.json").write_bytes(content)
    assert says in run("gateway", "serve", "--home", str(home))


@pytest.mark.parametrize("content", [b"{broken", b'"x"', b"{}"])
def test_a_nodes_settings_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "node.json").write_bytes(content)
    assert "CONFIGURATION_INVALID" in run("node", "serve", "--home", str(tmp_path))


def test_homes_that_cannot_be(tmp_path: Path, home: Path) -> None:
    (tmp_path / "file").touch()
    assert "不能使用" in run("gateway", "init", "--home", str(tmp_path / "file" / "sub"))
    assert "请先运行 serve" in run("gateway", "invite", "--home", str(home), "--node", "nodes/1", "--region", "1")
    (home / "addresses.json").write_text("{", "utf-8")
    assert "重新启动一次" in run("gateway", "invite", "--home", str(home), "--node", "nodes/1", "--region", "1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in ("page_port", "join_port"):
            environment = {f"TONGBAN_GATEWAY_{port.upper()}": str(taken.getsockname()[1])}
            assert "已被占用" in run("gateway", "serve", "--home", str(home), **environment)
    assert "数据库" in run("gateway", "init", "--home", str(tmp_path / "b"), "--database", "mysql://u:secret@h/d")
    assert "JSON" in run("gateway", "serve", "--home", str(home), TONGBAN_GATEWAY_PUBLIC_NAMES="no json")


def test_invitations_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bin").write_bytes(b"\xff")
    for given in (f"@{tmp_path / 'none'}", f"@{tmp_path / 'bin'}", f"@{tmp_path}", "hello", ""):
        said = run(
            *("node", "join", "--home", str(tmp_path / "n"), "--invitation", given),
            *("--title", "甲", "--region", "1", "--post", "window-1=窗"),
        )
        assert "不能读取文件" in said if given.startswith("@") else "INVITATION_INVALID" in said
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "[1]",
        "{}",
        "{}x",
        '[{"user": "q", "password": 12345678, "title": "t", "roles": ["window"], "post": "window-1"}]',
    ],
)
def test_lists_of_staff_that_are_none(tmp_path: Path, given: str) -> None:
    assert "不是人员名单" in run("node", "staff", "load", "--home", str(tmp_path), stdin=given)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"user": "a b"}, "user"), ({"user": "x" * 41}, "user"), ({"title": ""}, "title"), ({"post": "Win Dow"}, "post")],
)
def test_staff_who_could_not_sign_in(tmp_path: Path, change: dict[str, str], field: str) -> None:
    NodeKeys.generate(SystemEntropy()).store(tmp_path / "keys")
    (tmp_path / "node.json").write_text('{"name": "nodes/1", "federation_address": "127.0.0.1:1"}', "utf-8")
    member = {"user": "q", "password": "12345678", "title": "t", "roles": ["window"], "post": "window-1", **change}
    assert f"“{field}”" in run("node", "staff", "load", "--home", str(tmp_path), stdin=json.dumps([member]))
