"""`tongban item …`: a region's list of items, from and to files, through a running node."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from agreements.catalogue.files import FORMATS, write_file
from agreements.catalogue.importing import import_file
from agreements.catalogue.report import OUTCOME_WORDS, Line, Outcome
from agreements.domain.days import SHANGHAI
from agreements.door import NODE, USER, Door, at_node
from agreements.item_text import change_text, drift_text, item_line, item_text
from tongban import errors
from tongban.ids import item_name
from tongban.v1 import catalogue_pb2, directory_pb2


async def _items(door: Door, home: str) -> list[directory_pb2.Item]:
    """All items of a region, or of all regions."""
    found: list[directory_pb2.Item] = []
    request = catalogue_pb2.ListCatalogueRequest(home=home)
    while True:
        page: catalogue_pb2.ListCatalogueResponse = await door.ask(door.catalogue.ListCatalogue, request)
        found.extend(page.items)
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


@click.group(short_help="事项:导入、导出、查看、比对 · items: import, export, read, compare")
def item() -> None:
    """事项清单:导入、导出、查看、比对。密码取自环境变量 TONGBAN_PASSWORD,否则提示输入。

    Lists of items: import, export, read, compare. The password comes from TONGBAN_PASSWORD, or is asked for.
    """


@item.command("import", short_help="导入清单 · import a list")
@NODE
@USER
@click.option("--check", "check_only", is_flag=True, help="只检查,不发布 · only check, publish nothing")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_list(address: str, user: str, check_only: bool, file: Path) -> None:
    """导入清单(.xlsx、.csv、.yaml),逐行报告;有错的行不影响其他行,有一行未导入时退出码为 1。

    Import a list (.xlsx, .csv, .yaml) with a report line by line; a row that is wrong harms no other. The exit code is
    1 where a row was not imported.
    """
    raw = file.read_bytes()

    async def work(door: Door) -> list[Line]:
        current = {each.name: each.document for each in await _items(door, door.node)}

        async def publish(request: catalogue_pb2.PublishItemsRequest) -> catalogue_pb2.PublishItemsResponse:
            answer: catalogue_pb2.PublishItemsResponse = await door.ask(door.catalogue.PublishItems, request)
            return answer

        return await import_file(raw, file.name, door.node, current, publish, check_only=check_only)

    report = at_node(address, user, work)
    for line in report:
        click.echo(line.text())
    counts = [(words, sum(line.outcome is outcome for line in report)) for outcome, words in OUTCOME_WORDS.items()]
    said = ";".join(f"{zh} {en} {count}" for (zh, en), count in counts)
    click.echo(f"{'检查 check' if check_only else '导入 import'}: {said}")
    if any(line.outcome is Outcome.REFUSED for line in report):
        raise SystemExit(1)


@item.command("export", short_help="导出清单 · export a list")
@NODE
@USER
@click.option("--format", "kind", type=click.Choice(FORMATS), help="格式,默认看文件名 · format, by the file's name")
@click.option("--encoding", default="utf-8", show_default=True, help="CSV 编码:utf-8 或 gb18030 · of CSV")
@click.option("--home", default="", help="哪个节点的清单,默认本节点 · whose list, by default this node's")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export_list(address: str, user: str, kind: str | None, encoding: str, home: str, file: Path) -> None:
    """导出在用的清单,供填写、核对或他人导入。

    Export the list in force, to be filled in, checked or imported elsewhere.
    """
    form = kind or {".yml": "yaml"}.get(file.suffix.lower(), file.suffix.lower().removeprefix("."))

    async def work(door: Door) -> list[directory_pb2.Item]:
        return await _items(door, home or door.node)

    listed = [each.document for each in at_node(address, user, work) if each.state == 1]
    file.write_bytes(write_file(listed, form, encoding))
    click.echo(f"{file}: {len(listed)} 个事项 · items")


@item.command("list", short_help="列出事项 · list items")
@NODE
@USER
@click.option("--home", default="", help="只列此节点的 · of this node only")
def list_items(address: str, user: str, home: str) -> None:
    """列出各地发布的事项。

    List the items that regions publish.
    """
    for found in at_node(address, user, lambda door: _items(door, home)):
        click.echo(item_line(found))


@item.command("show", short_help="查看事项 · read an item")
@NODE
@USER
@click.argument("name")
def show(address: str, user: str, name: str) -> None:
    """显示一个事项的全部要素。

    Show every element of an item.
    """

    async def work(door: Door) -> catalogue_pb2.ListCatalogueResponse:
        request = catalogue_pb2.ListCatalogueRequest(name=_name(door.node, name))
        page: catalogue_pb2.ListCatalogueResponse = await door.ask(door.catalogue.ListCatalogue, request)
        return page

    listed = at_node(address, user, work).items
    if not listed:
        raise errors.ItemNotFound(field="name", name=name, region=address)
    click.echo(item_text(listed[0]))


@item.command("withdraw", short_help="取消事项 · withdraw an item")
@NODE
@USER
@click.argument("name")
def withdraw(address: str, user: str, name: str) -> None:
    """取消本地区的一个事项:此后不能再据此收件;重新发布即恢复。

    Withdraw an item of this region: nothing more is filed under it, until it is published again.
    """

    async def work(door: Door) -> directory_pb2.Item:
        request = catalogue_pb2.WithdrawItemRequest(name=_name(door.node, name))
        found: directory_pb2.Item = await door.ask(door.catalogue.WithdrawItem, request)
        return found

    click.echo(item_line(at_node(address, user, work)))


@item.command("drift", short_help="同事同标比对 · where regions differ")
@NODE
@USER
@click.option("--all", "everything", is_flag=True, help="也列出约定的差异 · agreed differences too")
@click.option("--own", is_flag=True, help="只列与本节点有关的 · only what concerns this node")
def drift(address: str, user: str, everything: bool, own: bool) -> None:
    """列出基本编码相同而要素不一致的事项。

    List the items of one base code whose elements differ between regions.
    """

    async def work(door: Door) -> catalogue_pb2.ListDriftResponse:
        request = catalogue_pb2.ListDriftRequest(agreed=everything, own=own)
        answer: catalogue_pb2.ListDriftResponse = await door.ask(door.catalogue.ListDrift, request)
        return answer

    found = at_node(address, user, work).drifts
    for each in found:
        click.echo(drift_text(each))
    if not found:
        click.echo("没有不一致 · no differences")


@item.command("changes", short_help="事项有哪些变化 · what changed in items")
@NODE
@USER
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="自哪天起,默认昨天 · from this day on, by default yesterday"
)
@click.argument("name", default="")
def changes(address: str, user: str, since: dt.datetime | None, name: str) -> None:
    """列出各地对事项的改动,最近的在前。

    List what regions have changed in their items, the latest first.
    """

    async def work(door: Door) -> catalogue_pb2.ListItemChangesResponse:
        request = catalogue_pb2.ListItemChangesRequest(name=_name(door.node, name) if name else "")
        if since is not None:
            request.since_time.FromDatetime(since.replace(tzinfo=SHANGHAI).astimezone(dt.UTC))
        answer: catalogue_pb2.ListItemChangesResponse = await door.ask(door.catalogue.ListItemChanges, request)
        return answer

    found = at_node(address, user, work).changes
    for each in found:
        click.echo(change_text(each, SHANGHAI))
    if not found:
        click.echo("没有变化 · no changes")


def _name(node: str, name: str) -> str:
    """An item's whole name; its code alone is one of this node's."""
    return name if name.startswith("items/") else item_name(node.removeprefix("nodes/"), name)
