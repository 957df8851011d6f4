"""通办命令行 · the `tongban` command.

Each package brings its own commands under the entry-point group `tongban.commands`; one is imported only when it
is asked for, so that `tongban node status` starts fast and a part that is broken breaks nothing else.

    exit code 0   done
    exit code 1   refused: what happened, in the reader's language, and who can mend it
    exit code 2   the command itself was wrong: which part, and where the help is (`cli_usage`)

A `TongbanError` from any command is printed as a sentence, never as a stack trace.  The language is `--lang`, or
else what LC_ALL, LC_MESSAGES or LANG say, or else Chinese.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from tongban.cli_usage import SaidInChinese
from tongban.errors import ConfigurationInvalid, TongbanError
from tongban.problem import advice, title

GROUP = "tongban.commands"
LANGUAGE_KEY = "tongban.language"
REFUSED = 1
UNUSABLE = 2
HOMES = {"gateway.json": "gateway", "node.json": "node"}
"""Whose directory it is, by the file of settings that lies in it."""
ResultT = TypeVar("ResultT")


class TongbanGroup(click.Group):
    """A group whose refused commands speak in sentences, and whose subcommands come from entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, installed and built in."""
        return sorted({*super().list_commands(ctx), *_entry_points()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None where nobody offers it."""
        built_in = super().get_command(ctx, cmd_name)
        entry = _entry_points().get(cmd_name)
        if built_in is not None or entry is None:
            return built_in
        try:
            command = entry.load()
        except (ImportError, AttributeError) as error:
            return _broken(cmd_name, error)
        if not isinstance(command, click.Command):
            return _broken(cmd_name, TypeError(f"{entry.value} is not a command"))
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse what stands before the command; what is wrong is said in the reader's language."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _said(error, language()) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal is printed and ends with exit code 1."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _said(error, language(ctx)) from error
        except TongbanError as error:
            report(error, language(ctx))
            ctx.exit(REFUSED)


@click.group(
    cls=TongbanGroup,
    name="tongban",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="退出码 exit codes: 0 完成 done · 1 被拒绝 refused · 2 用法错误 usage",
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default=None,
    help="提示语言(默认按 LANG,否则中文)· language of messages (by LANG, else Chinese)",
)
@click.version_option(
    importlib.metadata.version("tongban"), "--version", prog_name="tongban", help="显示版本 · show the version"
)
@click.pass_context
def tongban(ctx: click.Context, lang: str | None) -> None:
    """通办:异地受理、属地审批、就近取证。

    Tongban: apply at any window, approved where the authority lies, collected nearby.
    """
    ctx.meta[LANGUAGE_KEY] = lang or language_of_environment(os.environ)


@tongban.command("fsck", short_help="核对一个网关或节点的全部记录 · check every record of a gateway or node")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="网关或节点的目录 · directory of a gateway or a node",
)
@click.option("--json", "as_json", is_flag=True, help="末行输出 JSON · the last line is JSON")
@click.pass_context
def fsck(ctx: click.Context, home: Path, as_json: bool) -> None:
    """从日志重算全部内容,核对每个签名和回执,指出第一条有误的记录。运行中也可核对,只读。

    Derive everything from the journal again, check every signature and receipt, and name the first bad record.
    It only reads, also while the server runs. Exit codes: 0 sound, 1 not sound, 2 could not be read.
    """
    kind = next((name for file, name in HOMES.items() if (home / file).exists()), None)
    if kind is None or ctx.parent is None:
        problem, problem_en = f"{home} 不是网关或节点的目录", f"{home} is no directory of a gateway or a node"
        report(ConfigurationInvalid(field="home", problem=problem, problem_en=problem_en), language(ctx))
        ctx.exit(UNUSABLE)
    group = tongban.get_command(ctx.parent, kind)
    command = group.get_command(ctx.parent, "fsck") if isinstance(group, click.Group) else None
    if command is None:
        raise click.ClickException(f"{kind}: 此命令无法加载 · this command cannot be loaded")
    ctx.invoke(command, home=home, as_json=as_json)


def main() -> NoReturn:
    """The console script."""
    tongban(prog_name="tongban")
    raise AssertionError("click exits by itself")


def language(ctx: click.Context | None = None) -> str:
    """`zh` or `en`: the language of this invocation, for whatever a command prints."""
    context = ctx or click.get_current_context(silent=True)
    found = context.meta.get(LANGUAGE_KEY) if context else None
    return found or language_of_environment(os.environ)


def language_of_environment(environment: Mapping[str, str]) -> str:
    """`en` where the locale begins with it, else `zh`; the first variable that is set decides, as in POSIX."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


def report(error: TongbanError, language: str = "zh") -> None:
    """Print what was refused, why, and who can mend it, on standard error."""
    click.secho(f"{title(error, language)}  {error.wire_reason}", fg="red", bold=True, err=True)
    click.echo(f"  {error.text(language)}", err=True)
    click.echo(f"  {advice(error, language)}", err=True)


def run_async(main_coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a command's coroutine to its end, on uvloop where it is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main_coroutine)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main_coroutine)


def _said(error: click.UsageError, language: str) -> click.UsageError:
    return SaidInChinese(error) if language == "zh" and not isinstance(error, SaidInChinese) else error


def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    return {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}


def _broken(name: str, error: Exception) -> click.Command:
    """Stands in for a command that cannot be imported: the others, and the help, still work."""

    def fail() -> None:
        raise click.ClickException(f"{name}: 此命令无法加载 · this command cannot be loaded ({error})")

    return click.Command(
        name,
        callback=fail,
        short_help="(无法加载 · cannot be loaded)",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
