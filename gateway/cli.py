"""`tongban gateway …`: make, run and look after a gateway."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from gateway import settings as settings_module
from gateway.backup import backup, restore
from gateway.building import build_core
from gateway.epochs import RECOVERY, is_recovering, not_reported
from gateway.joining import Joining
from gateway.operator import Operator
from gateway.runtime import Gateway, initialise
from gateway.settings import GatewaySettings
from tongban import errors
from tongban.cli import language, run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.doctor import PATIENCE, is_good, show
from tongban.doctor import as_json as report_json
from tongban.keys import NodeKeys
from tongban.logs import configure
from tongban.pki import Identity
from tongban.serving import (
    only_process,
    read_addresses,
    started,
    stop_requests,
    stopped_in_time,
    until_stopped,
    write_addresses,
)
from tongban.storage.open import open_database

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="网关目录 · the gateway's directory",
)


@click.group(short_help="网关:接纳、记录、转送 · the gateway: admits, records, routes")
def gateway() -> None:
    """网关:接纳节点、记录事件、转送信件。

    The gateway: admits nodes, records events, routes them.
    """


gateway.add_command(backup)
gateway.add_command(restore)


@gateway.command("init", short_help="新建网关 · make a gateway")
@HOME
@click.option("--name", default="tongban", show_default=True, help="名称 · its name")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 · address to listen on")
@click.option("--join-port", default=0, help="加入端口(0 由系统选) · port for joining (0: chosen by the system)")
@click.option("--federation-port", default=0, help="联邦端口 · port for nodes")
@click.option("--page-port", default=0, help="管理页端口 · port of the operator's page")
@click.option("--public-name", "public_names", multiple=True, help="节点所用域名,可多个 · DNS names that nodes dial")
@click.option("--public-address", "public_addresses", multiple=True, help="节点所用 IP,可多个 · IPs that nodes dial")
@click.option("--database", default="", help="数据库,默认目录内 SQLite · database, by default SQLite within home")
def init(
    home: Path,
    name: str,
    host: str,
    join_port: int,
    federation_port: int,
    page_port: int,
    public_names: tuple[str, ...],
    public_addresses: tuple[str, ...],
    database: str,
) -> None:
    """生成网关的密钥、证书机构和设置。

    Make the gateway's keys, authority and settings.
    """
    settings = settings_module.load(
        home,
        name=name,
        host=host,
        join_port=join_port,
        federation_port=federation_port,
        page_port=page_port,
        public_names=list(public_names) or None,
        public_addresses=list(public_addresses) or None,
        database=database,
    )
    initialise(settings, SystemClock(), SystemEntropy())
    click.echo(f"{settings.home}: 网关“{name}”已就绪 · gateway {name} is ready")


@gateway.command("serve", short_help="运行网关 · run the gateway")
@HOME
@click.option("--with-stdin", is_flag=True, help="标准输入关闭时停止 · stop when standard input closes")
def serve(home: Path, with_stdin: bool) -> None:
    """运行网关,直到收到停止信号。

    Run the gateway until it is told to stop.
    """
    configure()
    settings = settings_module.load(home)
    with only_process(home):
        run_async(_serve(settings, with_stdin))


async def _serve(settings: GatewaySettings, with_stdin: bool) -> None:
    stopped = stop_requests(with_stdin=with_stdin)
    running = Gateway(settings, SystemClock(), SystemEntropy())
    if not await started(running.start, stopped):
        return
    addresses = {
        "join": f"{settings.host}:{running.join_port}",
        "federation": f"{settings.host}:{running.federation_port}",
        "page": f"{settings.host}:{running.page_port}",
    }
    write_addresses(settings.home, **addresses)
    settings_module.keep_ports(
        settings,
        join_port=running.join_port,
        federation_port=running.federation_port,
        page_port=running.page_port,
    )
    click.echo(json.dumps({"gateway": settings.name, **addresses}))
    try:
        await until_stopped(stopped)
    finally:
        await stopped_in_time(running.stop())


@gateway.command("invite", short_help="邀请节点 · invite a node")
@HOME
@click.option("--node", required=True, help="节点名,如 nodes/350600 · the node's name")
@click.option("--region", required=True, help="地区代码 · the region's code")
@click.option("--join-address", default="", help="加入地址,默认本机 · address for joining")
@click.option("--federation-address", default="", help="联邦地址,默认本机 · address for nodes")
def invite(home: Path, node: str, region: str, join_address: str, federation_address: str) -> None:
    """生成一次性邀请(一行文字),一周内有效。

    Make a one-time invitation, one line of text, good for a week.
    """
    addresses = read_addresses(home) if not (join_address and federation_address) else {}
    text = run_async(
        _invite(
            settings_module.load(home),
            node,
            region,
            join_address or addresses["join"],
            federation_address or addresses["federation"],
        )
    )
    click.echo(text)


async def _invite(settings: GatewaySettings, node: str, region: str, join_address: str, federation_address: str) -> str:
    clock, entropy = SystemClock(), SystemEntropy()
    database = await open_database(settings.database_url)
    try:
        keys = NodeKeys.load(settings.home / "keys")
        core = await build_core(database, name=settings.name, keys=keys, clock=clock, entropy=entropy)
        joining = Joining(core, Identity.load(settings.home / "authority"), entropy)
        invitation = await joining.invite(
            node=node, region=region, join_address=join_address, federation_address=federation_address
        )
        return invitation.encode()
    finally:
        await database.close()


@gateway.command("suspend", short_help="暂停节点 · suspend a node")
@HOME
@click.argument("node")
@click.option("--reason", default="operator", show_default=True, help="原因代码,小写字母 · the reason's code")
def suspend(home: Path, node: str, reason: str) -> None:
    """暂停一个节点:它仍能收到文书,但不能提交新业务,直到恢复。

    Suspend a node: it still receives, and submits nothing until it is resumed.
    """
    run_async(_operate(settings_module.load(home), lambda operator: operator.suspend(node, reason)))
    click.echo(f"{node}: 已暂停 · suspended")


@gateway.command("resume", short_help="恢复节点 · resume a node")
@HOME
@click.argument("node")
def resume(home: Path, node: str) -> None:
    """恢复一个暂停的节点。

    Resume a node that was suspended.
    """
    run_async(_operate(settings_module.load(home), lambda operator: operator.resume(node)))
    click.echo(f"{node}: 已恢复 · resumed")


async def _operate(settings: GatewaySettings, act: Callable[[Operator], Awaitable[None]]) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    database = await open_database(settings.database_url)
    try:
        keys = NodeKeys.load(settings.home / "keys")
        core = await build_core(database, name=settings.name, keys=keys, clock=clock, entropy=entropy)
        await act(Operator(core, keys, entropy))
        await core.admitter.close()
    finally:
        await database.close()


@gateway.command("doctor", short_help="查找故障:谁的问题、怎么办 · find who failed and what to do")
@HOME
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
@PATIENCE
@click.pass_context
def doctor(ctx: click.Context, home: Path, as_json: bool, patience: float) -> None:
    """检查网关的磁盘、数据、证书机构、队列、存证、停放的事件流和各节点连线,说出谁的问题、怎么办。网关运行与否都可以用。

    Check the gateway's disk, data, authority, queue, log and parked streams and its nodes' links, and say who failed
    and what to do; the gateway may run or not. Exit codes: 0 all is well, 1 something is wrong.
    """
    from gateway.doctor import examine, report_of

    try:
        found = run_async(examine(settings_module.load(home), SystemClock(), patience))
    except errors.ConfigurationInvalid as error:
        found = report_of(error)
    if as_json:
        click.echo(json.dumps(report_json(found.checks), ensure_ascii=False))
    else:
        click.echo(show(found.checks, language(ctx), found.titles))
    ctx.exit(0 if is_good(found.checks) else 1)


@gateway.command("fsck", short_help="核对全部记录 · check every record")
@HOME
@click.option("--json", "as_json", is_flag=True, help="末行输出 JSON · the last line is JSON")
def fsck(home: Path, as_json: bool) -> None:
    """从日志重算全部内容,核对每个签名和回执,指出第一条有误的记录。运行中也可核对,只读。

    Derive everything from the journal again, check every signature and receipt, and name the first bad record.
    It only reads, also while the gateway runs. Exit codes: 0 sound, 1 not sound, 2 could not be read.
    """
    from gateway.fsck import run_in

    raise SystemExit(run_in(home, as_json=as_json))


@gateway.command("status", short_help="网关概况 · how the gateway is")
@HOME
def status(home: Path) -> None:
    """列出节点、信箱和事件数。

    List nodes, mailboxes and counts.
    """
    click.echo(run_async(_status(settings_module.load(home))))


async def _status(settings: GatewaySettings) -> str:
    from gateway.store import QUERIES

    if not settings.database and not (settings.home / "gateway.db").exists():
        raise errors.ConfigurationInvalid(
            field="home",
            problem=f"{settings.home} 中没有数据库,请先运行 gateway serve / no database: run gateway serve first",
        )
    database = await open_database(settings.database_url)
    try:
        counts = await database.run(lambda tx: tx.fetch_one(QUERIES.count_journal), read_only=True)
        channels = await database.run(lambda tx: tx.fetch_all(QUERIES.list_channels), read_only=True)
        cursors = await database.run(lambda tx: tx.fetch_all(QUERIES.list_cursors), read_only=True)
        recovering = await database.run(is_recovering, read_only=True)
        awaited = await database.run(not_reported, read_only=True)
        forks = await database.run(lambda tx: tx.fetch_all(RECOVERY.list_forks), read_only=True)
    finally:
        await database.close()
    stored = {(row["node"], row["channel"]): row for row in cursors}
    lines = [f"{key}: {counts[key]}" for key in ("events", "admissions", "rejections", "streams") if counts]
    for row in channels:
        line = f"{row['name']}: {row['position']}"
        cursor = stored.get((row["name"], "mailbox"))
        if cursor is not None:
            when = dt.datetime.fromtimestamp(cursor["update_time"] / 1_000_000, dt.UTC)
            line += f"  ({cursor['position']} 已存 stored, {when.isoformat(timespec='seconds')})"
        lines.append(line)
    if recovering:
        lines.append(f"正由备份恢复,等节点报告 · recovers from a backup, waits for: {', '.join(awaited) or '-'}")
    for row in forks:
        what = "与节点所持回执不符,须人工核对 · is not what a node holds receipts for; settle it"
        lines.append(f"{row['stream']}@{row['version']}: {what} ({row['node']}, {row['events']})")
    return "\n".join(lines)
