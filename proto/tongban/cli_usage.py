"""What is wrong with a command line, in Chinese: click itself says it in English only."""

from __future__ import annotations

from typing import IO, Any

import click


class SaidInChinese(click.UsageError):
    """A usage error that shows itself as a Chinese sentence, with where to read on; exit code 2 as ever."""

    def __init__(self, error: click.UsageError) -> None:
        super().__init__(_sentence(error), error.ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence and where help is, on standard error."""
        click.secho(f"用法不对:{self.message}", fg="red", bold=True, err=True, file=file)
        path = self.ctx.command_path if self.ctx is not None else "tongban"
        click.echo(f"  用法见:{path} --help", err=True, file=file)


def _sentence(error: click.UsageError) -> str:
    match error:
        case click.MissingParameter():
            return f"缺少{_name(error)}。"
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}。{_meant(error.possibilities)}"
        case click.NoSuchCommand():
            return f"没有命令 {error.command_name}。{_meant(error.possibilities)}"
        case click.BadOptionUsage():
            return f"选项 {error.option_name} 后面的值不对或缺少。"
        case click.BadParameter():
            return f"{_name(error)} 的值不对{_expected(error)}。"
    return f"有多余或认不出的内容({error.message})"


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return f"选项 {' / '.join(error.param.opts)}"
    if error.param is not None:
        return f"参数 {error.param.make_metavar(error.ctx) if error.ctx is not None else error.param.name}"
    return f"{error.param_hint or '参数'}"


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    match kind:
        case click.Choice():
            return f",可选:{'、'.join(map(str, kind.choices))}"
        case click.IntRange():
            low, high = kind.min if kind.min is not None else "…", kind.max if kind.max is not None else "…"
            return f",应为 {low} 至 {high} 的整数"
        case _ if kind is click.INT:
            return ",应为整数"
        case click.DateTime():
            timed = any("%H" in each for each in kind.formats)
            return f",应为日期,如 2026-01-31{' 或 “2026-01-31 09:00”' if timed else ''}"
        case click.Path() | click.File():
            return ":没有这个文件或目录,或不能读写"
    return f":{error.message}"


def _meant(possibilities: Any) -> str:
    return f"是否指 {next(iter(possibilities))}?" if possibilities else ""
