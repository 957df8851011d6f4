"""The command: help in both languages, commands loaded when asked for, refusals as sentences."""

from __future__ import annotations

import asyncio
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from tongban import cli
from tongban.errors import EventIdReused, FieldInvalid, TongbanError


@click.command("refuse", short_help="拒绝 · refuse")
@click.option("--field", default="")
def refuse(field: str) -> None:
    """Refuses."""
    if field:
        raise FieldInvalid(field=field, problem="不能为空", problem_en="it must not be empty")
    raise EventIdReused(event="0198c0de")


@click.group("nested")
def nested() -> None:
    """A group."""


nested.add_command(refuse)


@click.command("tell")
def tell() -> None:
    """Tells the language."""
    click.echo(cli.language())


@click.command("crash")
def crash() -> None:
    """Crashes."""
    raise RuntimeError("a fault of the program")


LOADED: list[str] = []


def entry(name: str) -> importlib.metadata.EntryPoint:
    return importlib.metadata.EntryPoint(name, f"tests.tongban.test_cli:{name}", cli.GROUP)


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This file's commands instead of the installed ones, one of them broken."""
    points = {name: entry(name) for name in ("refuse", "nested", "tell", "crash")}
    points["broken"] = importlib.metadata.EntryPoint("broken", "tests.no_such_module:x", cli.GROUP)
    points["odd"] = importlib.metadata.EntryPoint("odd", "tests.tongban.test_cli:LOADED", cli.GROUP)
    monkeypatch.setattr(cli, "_entry_points", lambda: points)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return iter(())


def run(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli.tongban, list(arguments), env=environment)


def test_help_is_in_both_languages_and_lists_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "异地受理、属地审批、就近取证" in result.output
    assert "apply at any window" in result.output
    for name in ("refuse", "nested", "tell", "broken"):
        assert name in result.output


def test_the_version() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert importlib.metadata.version("tongban") in result.output


@pytest.mark.parametrize("arguments", [["refuse"], ["nested", "refuse"]])
def test_a_refusal_is_a_sentence_and_exit_code_1(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert "EVENT_ID_REUSED" in result.stderr
    assert "已用于另一内容" in result.stderr
    assert "请由发出该内容的节点或程序处理" in result.stderr
    assert "Traceback" not in result.output


def test_the_language_is_asked_for_or_the_locales() -> None:
    assert "不能为空" in run("refuse", "--field", "name").stderr
    english = run("--lang", "en", "refuse", "--field", "name").stderr
    assert english.isascii()
    assert "must not be empty" in english
    assert run("refuse", environment={"LANG": "en_GB.UTF-8"}).stderr.isascii()
    assert run("tell", environment={"LANG": "en_GB.UTF-8"}).output == "en\n"
    assert run("tell", environment={"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}).output == "zh\n"
    assert run("tell", environment={"LANG": "C.UTF-8"}).output == "zh\n"
    assert run("--lang", "zh", "tell", environment={"LANG": "en_GB.UTF-8"}).output == "zh\n"


@pytest.mark.parametrize("arguments", [["nope"], ["--lang", "it", "tell"], ["refuse", "--nope"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.exit_code == 2
    assert "用法不对" in said.stderr
    assert "--help" in said.stderr
    assert "Error:" not in said.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "没有命令 nope。"),
        (["--lang", "it", "tell"], "选项 --lang 的值不对,可选:zh、en。"),
        (["refuse", "--fiel", "x"], "没有选项 --fiel。是否指 --field?"),
        (["refuse", "--field"], "选项 --field 后面的值不对或缺少。"),
    ],
)
def test_wrong_usage_is_said_in_chinese(arguments: list[str], sentence: str) -> None:
    assert sentence in run(*arguments).stderr


def test_wrong_usage_is_said_in_english_where_that_is_asked() -> None:
    said = run("--lang", "en", "refuse", "--nope")
    assert said.exit_code == 2
    assert said.stderr.isascii()


def test_a_broken_command_breaks_nothing_else() -> None:
    for name in ("broken", "odd"):
        result = run(name, "start", "--now")
        assert result.exit_code == 1
        assert "无法加载" in result.output
    assert run("tell").exit_code == 0


def test_a_fault_of_the_program_is_not_hidden() -> None:
    assert isinstance(run("crash").exception, RuntimeError)


def test_a_command_is_imported_only_when_it_is_asked_for() -> None:
    code = (
        "import sys; from tongban import cli\n"
        "try: cli.tongban(['--version'])\n"
        "except SystemExit: pass\n"
        "assert not {'gateway', 'nodes', 'grpc', 'aiohttp'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_coroutine_is_run_to_its_end() -> None:
    async def answer() -> str:
        await asyncio.sleep(0)
        return type(asyncio.get_running_loop()).__module__

    assert "uvloop" in cli.run_async(answer())

    async def refusal() -> None:
        raise EventIdReused(event="x")

    with pytest.raises(TongbanError):
        cli.run_async(refusal())
