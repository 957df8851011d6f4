"""`tongban relay …`: the mailroom relay, which hears carriers, orders waybills and minds the legs that name it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from nodes.cli import read_letter
from nodes.doctor import examine, read_finding, report_of
from nodes.joining import join as join_federation
from nodes.joining import profile
from nodes.relay import accounts, health
from nodes.relay import settings as settings_module
from nodes.relay.settings import RelaySettings
from nodes.store import QUERIES
from tongban import errors
from tongban.cli import language, run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.doctor import PATIENCE, Check, is_good, show
from tongban.doctor import as_json as report_json
from tongban.invitations import Invitation
from tongban.keys import NodeKeys
from tongban.logs import configure
from tongban.private_files import read_private, write_file
from tongban.serving import (
    is_held,
    only_process,
    started,
    stop_requests,
    stopped_in_time,
    until_stopped,
    unusable_home,
    write_addresses,
)
from tongban.storage.base import Transaction
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="中继目录 · the relay's directory",
)
POST = "relay"


@click.group(short_help="收发室中继:听取承运方消息 · the mailroom relay: hears carriers")
def relay() -> None:
    """收发室中继:接收和查询快递消息,代订运单,盯住时限。

    The mailroom relay: it hears carriers, orders waybills, and minds the legs that name it.
    """


@relay.command("init", short_help="准备目录和承运方账户 · prepare the directory and the carriers' accounts")
@HOME
@click.option("--push-port", type=click.IntRange(0, 65535), help="接收推送的端口 · port for pushes")
@click.option("--public-url", help="承运方推送所用网址 · where carriers reach it, https://…")
def init(home: Path, push_port: int | None, public_url: str | None) -> None:
    """准备目录,把推送的端口和网址写入 carriers.json(仅本人可读);已填的不动。可重复运行。

    承运方账户由管理员填入同一文件,如 {"shunfeng": {"customer": "顾客编码", "key": "校验码"}},另有 kuaidi100、ems。没有
    账户也能运行,那时只有人工登记的消息。

    Prepare the directory, and write port and address of the pushes to carriers.json (0600); what is there stays. The
    administrator fills the accounts into the same file. Without any account only what people type in is heard.
    """
    _private(home)
    path = home / accounts.FILE
    stored = json.loads(read_private(path)) if path.exists() else {}
    stored |= {k: v for k, v in (("push_port", push_port), ("public_url", public_url)) if v is not None}
    write_file(path, (json.dumps(stored, ensure_ascii=False, indent=2) + "\n").encode())
    accounts.load(home)
    click.echo(f"{home}: 已就绪 · ready\n{path}")


def _private(home: Path) -> None:
    """Make the directory, or close it to others: the carriers' credentials lie in it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
    except OSError as error:
        raise unusable_home(home, error) from error


@relay.command("join", short_help="凭邀请加入联邦 · join a federation by invitation")
@HOME
@click.option("--invitation", required=True, help="邀请文字,或 @文件 · the invitation's text, or @file")
@click.option("--title", default="收发室中继", show_default=True, help="名称 · its name for people")
def join(home: Path, invitation: str, title: str) -> None:
    """用一次性邀请加入:本机生成密钥,换取证书。中断后原样再运行即可。

    Join with a one-time invitation: keys are made here, a certificate comes back. Run it again if it was interrupted.
    """
    invited = Invitation.decode(read_letter(Path(invitation[1:])) if invitation.startswith("@") else invitation)
    post = directory_pb2.PostEntry(id=POST, title=title, time_zone="Asia/Shanghai")
    _private(home)
    content = profile(region=invited.region, title=title, posts=[post], relay=True)
    joined = join_federation(home, invited, content, SystemClock(), SystemEntropy(), RelaySettings)
    settings = run_async(joined)
    fingerprint = NodeKeys.load(home / "keys").fingerprint
    click.echo(f"{settings.name} 已加入 · has joined\n根密钥指纹 root fingerprint: {fingerprint}")


@relay.command("run", short_help="运行中继 · run the relay")
@HOME
@click.option("--with-stdin", is_flag=True, help="标准输入关闭时停止 · stop when standard input closes")
def run(home: Path, with_stdin: bool) -> None:
    """运行中继,直到收到停止信号。断网时照常听取承运方,联网后补报。

    Run the relay until it is told to stop. Without a line it goes on hearing carriers, and catches up afterwards.
    """
    settings = settings_module.load(home)
    configure()
    with only_process(home):
        run_async(_run(settings, with_stdin))


async def _run(settings: RelaySettings, with_stdin: bool) -> None:
    from nodes.relay.runtime import Relay

    stopped = stop_requests(with_stdin=with_stdin)
    running = Relay(settings, SystemClock(), SystemEntropy())
    if not await started(running.start, stopped):
        return
    addresses = {"push": running.push_address} if running.push_address else {}
    write_addresses(settings.home, **addresses)
    click.echo(json.dumps({"relay": settings.name, **addresses}))
    try:
        await until_stopped(stopped)
    finally:
        await stopped_in_time(running.stop())


@relay.command("status", short_help="当前情况 · how it is now")
@HOME
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
@click.pass_context
def status(ctx: click.Context, home: Path, as_json: bool) -> None:
    """线路、监听的段数、待上传的步数,以及哪家承运方出了什么问题。

    The line, how many legs are listened for, how many steps wait, and which carrier fails and why.
    """
    settings = settings_module.load(home)
    said = health.read(home) if is_held(home) else None
    waiting = run_async(_waiting(settings))
    found = {"relay": settings.name, "running": said is not None, "waiting_events": waiting, **(said or {})}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(_told(found, language(ctx)))


async def _waiting(settings: RelaySettings) -> int:
    database = await open_database(settings.database_url, readers=1)

    def work(tx: Transaction) -> int:
        row = tx.fetch_one(QUERIES.count_waiting)
        return int(row["events"]) if row is not None else 0

    try:
        return await database.run(work, read_only=True)
    finally:
        await database.close()


def _told(found: dict[str, Any], chosen: str) -> str:
    """The state for a person."""
    english = chosen == "en"
    if not found["running"]:
        return f"{found['relay']}: " + ("not running" if english else "没有运行")
    line = found["connected"]
    if english:
        first = f"{found['relay']}: running, line {'up' if line else 'down'}"
        counts = f"listening for {found['listening']} legs; {found['planned']} parcels with a date; "
        counts += f"{found['waiting_events']} steps to be sent"
    else:
        first = f"{found['relay']}:运行中,{'已连上网关' if line else '未连上网关'}"
        counts = f"监听 {found['listening']} 段,盯住时限 {found['planned']} 件,{found['waiting_events']} 步待上传"
    checks = carrier_checks(found)
    pushes = [_crowd(found)[english]] if "pushes" in found else []
    return "\n".join([first, counts, *pushes, *([show(checks, chosen, {})] if checks else [])])


def _crowd(said: dict[str, Any]) -> tuple[str, str]:
    """How full the push port is."""
    pushes = said["pushes"]
    zh = f"推送端口:{pushes['connections']} 个连接(至多 {pushes['limit']}),"
    zh += f"为腾位切断 {pushes['cut']} 个,拒绝 {pushes['refused']} 个"
    en = f"push port: {pushes['connections']} connections of {pushes['limit']}; "
    en += f"{pushes['cut']} cut to make room, {pushes['refused']} refused"
    return zh, en


def carrier_checks(said: dict[str, Any]) -> list[Check]:
    """What a running relay says of its carriers, one check for each trouble."""
    checks = []
    for each in said.get("troubles", []):
        about = f" {each['leg']}" if each["leg"] else ""
        checks.append(Check((f"承运方 {each['feed']}{about}", f"carrier {each['feed']}{about}"), read_finding(each)))
    return checks


@relay.command("doctor", short_help="查找故障:谁的问题、怎么办 · find who failed and what to do")
@HOME
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
@PATIENCE
@click.pass_context
def doctor(ctx: click.Context, home: Path, as_json: bool, patience: float) -> None:
    """从本机磁盘到网关和承运方逐步检查,说出谁的问题、出在哪一段、怎么办。中继运行与否都可以用。

    Check every step from this machine's disk to the gateway and the carriers, and say who failed, where, and what to
    do; the relay may run or not. Exit codes: 0 all is well, 1 something is wrong.
    """
    try:
        settings = settings_module.load(home)
        found = run_async(examine(settings, SystemClock(), SystemEntropy(), patience))
        checks = [*found.checks, *_carriers(settings)]
    except errors.ConfigurationInvalid as error:
        found = report_of(error)
        checks = list(found.checks)
    if as_json:
        click.echo(json.dumps(report_json(checks), ensure_ascii=False))
    else:
        click.echo(show(checks, language(ctx), found.titles))
    ctx.exit(0 if is_good(checks) else 1)


def _carriers(settings: RelaySettings) -> list[Check]:
    """The accounts that are there, where pushes arrive, and what the running relay says of its carriers."""
    chosen = accounts.load(settings.home)
    names = ", ".join(chosen.accounts())
    pushing = ", ".join(name for name, each in chosen.accounts().items() if each.push_secret.get_secret_value())
    notes = [
        Check(
            ("承运方账户", "accounts at carriers"),
            note=(names or "未填写,只有人工登记的消息", names or "none: only what people type in is heard"),
        ),
        Check(
            ("推送接收", "pushes"),
            note=(pushing or "未开,仅靠查询", pushing or "off: asking does alone"),
        ),
    ]
    said = (health.read(settings.home) if is_held(settings.home) else None) or {}
    if "pushes" in said:
        notes.append(Check(("推送端口", "push port"), note=_crowd(said)))
    return [*notes, *carrier_checks(said)]
