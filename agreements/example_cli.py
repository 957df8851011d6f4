"""`tongban agreement example`: the agreements that the sources name, as files to begin with."""

from __future__ import annotations

import datetime as dt

import click

from agreements import data, library, written
from agreements.domain.days import SHANGHAI
from agreements.library import Basis, Omission
from agreements.library.expected import draft, expected_nodes
from agreements.seed import Seed
from tongban import errors
from tongban.clock import SystemClock

_HEAD = """\
# 本文本由来源所载的事实拟成,不是已签署文件的副本。“待明确事项”逐条确定后再提出。
# 节点按默认编号列出;地区、指纹和版本由节点补足:tongban agreement check 文件
# Made from what the sources say, no copy of a signed document.  Settle the open questions before you propose it.
# Nodes have their default names; the node fills in regions, fingerprints and the version.
"""


@click.command("example", short_help="来源所载的协议 · agreements that the sources name")
@click.argument("name", required=False)
@click.option(
    "--partner",
    "partners",
    multiple=True,
    metavar="NODE",
    help="来源未列名而拟稿人所知的参与方,可多个 · a party that the source does not name",
)
@click.option("--absent", multiple=True, metavar="NODE", help="尚未接入的节点,可多个 · a node that has not joined")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="来源未载日期时的生效日,默认今日 · the first day where the source names none; today",
)
def example(name: str | None, partners: tuple[str, ...], absent: tuple[str, ...], first: dt.datetime | None) -> None:
    """列出来源所载的协议和方案;给出其编号则输出拟好的文本(YAML),供修改、检查和提出。

    List the agreements and schemes that the sources name; with an id, print its text (YAML) to change, check, propose.
    """
    seed = data.load()
    day = first.date() if first is not None else SystemClock().now().astimezone(SHANGHAI).date()
    known = tuple(map(_node, partners))
    nodes = expected_nodes(seed, known, map(_node, absent))
    if name is None:
        _list(Basis(seed, nodes, day))
        return
    agreement = _found(seed, name)
    made = library.build(Basis(seed, nodes, day, {agreement: known}), agreement)
    if isinstance(made, Omission):
        why = made.reason.removesuffix("。")
        raise errors.FieldInvalid(
            field="name",
            problem=f"“{made.title}”没有可签署的文本:{why};来源未列名的参与方用 --partner 给出",
            problem_en="there is no text to sign for it; a party that the source does not name is given by --partner",
        )
    click.echo(_HEAD + written.write(draft(made)), nl=False)


def _list(basis: Basis) -> None:
    for made, id in zip(library.build_all(basis), basis.seed.agreements, strict=True):
        if isinstance(made, Omission):
            click.echo(f"{id:<14} {made.title}\n{'':<14} 无文本 · no text:{made.reason}")
        else:
            click.echo(f"{id:<14} {made.title}")


def _found(seed: Seed, name: str) -> str:
    if name not in seed.agreements:
        known = "、".join(seed.agreements)
        raise errors.FieldInvalid(field="name", problem=f"没有 {name};有:{known}", problem_en=f"one of: {known}")
    return name


def _node(name: str) -> str:
    return f"nodes/{name.removeprefix('nodes/')}"
