"""`tongban node …`: join a federation, run a node, look after its staff."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from agreements.door import PASSWORD_VARIABLE
from nodes import settings as settings_module
from nodes.backup import backup, restore
from nodes.core import NodeCore
from nodes.desk.staff import ROLES, StaffDesk
from nodes.joining import bring_certificate, profile
from nodes.joining import join as join_federation
from nodes.settings import NodeSettings
from nodes.store import QUERIES
from tongban import errors
from tongban.cli import language, run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.doctor import PATIENCE, is_good, show
from tongban.doctor import as_json as report_json
from tongban.invitations import Invitation
from tongban.keys import NodeKeys
from tongban.logs import configure
from tongban.serving import only_process, started, stop_requests, stopped_in_time, until_stopped, write_addresses
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="节点目录 · the node's directory",
)
POSTS = ("window-1=综合窗口", "approval-1=审批科", "mailroom-1=收发室")
"""The posts of a region that names none."""
PEM = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(short_help="节点:窗口、审批、收发室 · a node: windows, approval, mailroom")
def node() -> None:
    """节点:一个地区的窗口、审批和收发室。

    A node: a region's windows, approval and mailroom.
    """


node.add_command(backup)
node.add_command(restore)


@node.command("join", short_help="加入联邦 · join a federation")
@HOME
@click.option("--invitation", required=True, help="邀请文字,或 @文件 · the invitation's text, or @file")
@click.option("--title", required=True, help="地区名称 · the region's name")
@click.option("--region", default="", help="地区代码,默认取自邀请 · the region's code, by default the invitation's")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="时区 · time zone")
@click.option(
    "--post",
    "posts",
    multiple=True,
    default=POSTS,
    show_default=True,
    help="窗口或收发室“编号=名称[@时区]”,可多个 · windows and mailrooms, id=name[@zone]",
)
@click.option("--abroad", is_flag=True, help="整个节点在境外 · the whole node lies abroad")
@click.option(
    "--superior",
    default="",
    metavar="NODE",
    help="上级节点,其授权清单对本节点有效,如 350000 · the node above, whose mandates bind this one",
)
@click.option("--user", default="", help="同时添加一名全部职责的人员 · also add a member of staff with every role")
@click.option("--grpc-port", type=click.IntRange(0, 65535), help="本地服务端口,记入设置 · port of its services, kept")
@click.option("--console-port", type=click.IntRange(0, 65535), help="控制台端口,记入设置 · port of the console, kept")
@click.option("--serve", "serving", is_flag=True, help="加入后接着运行 · go on and run the node")
@click.option("--with-stdin", is_flag=True, help="标准输入关闭时停止 · stop when standard input closes")
def join(
    home: Path,
    invitation: str,
    title: str,
    region: str,
    time_zone: str,
    posts: tuple[str, ...],
    abroad: bool,
    superior: str,
    user: str,
    grpc_port: int | None,
    console_port: int | None,
    serving: bool,
    with_stdin: bool,
) -> None:
    """用一次性邀请加入:本机生成密钥,换取证书。中断后原样再运行即可。

    --user 的密码取自环境变量 TONGBAN_PASSWORD,否则提示输入。

    Join with a one-time invitation: keys are made here, a certificate comes back. Run it again if it was interrupted.
    The password of --user comes from TONGBAN_PASSWORD, or is asked for.
    """
    text = read_letter(Path(invitation[1:])) if invitation.startswith("@") else invitation
    invited = Invitation.decode(text)
    first = _first_member(user, posts) if user else None
    content = profile(
        region=region or invited.region,
        title=title,
        time_zone=time_zone,
        posts=[_post(post, time_zone) for post in posts],
        abroad=abroad,
        superior=f"nodes/{superior.removeprefix('nodes/')}" if superior else "",
    )
    settings = run_async(join_federation(home, invited, content, SystemClock(), SystemEntropy()))
    ports = {"grpc_port": grpc_port, "console_port": console_port}
    settings_module.save(settings.model_copy(update={key: port for key, port in ports.items() if port is not None}))
    if first is not None:
        run_async(_staff_add(settings, [first]))
    fingerprint = NodeKeys.load(home / "keys").fingerprint
    click.echo(f"{settings.name} 已加入 · has joined\n根密钥指纹 root fingerprint: {fingerprint}")
    if serving:
        _run(settings_module.load(home), with_stdin)


def _first_member(user: str, posts: tuple[str, ...]) -> _Member:
    """Who sets the node up: every role, at its first post."""
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = str(click.prompt("密码 password", hide_input=True, confirmation_prompt=True, err=True))
    _check_password(password)
    return _Member(user, password, user, ROLES, posts[0].partition("=")[0])


def read_letter(path: Path) -> str:
    """The invitation in a file."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise errors.FieldInvalid(
            field="invitation", problem=f"不能读取文件 {path}({why}) / the file {path} cannot be read: {why}"
        ) from error


def _post(text: str, time_zone: str) -> directory_pb2.PostEntry:
    post, equals, rest = text.partition("=")
    title, _, zone = rest.partition("@")
    if not equals or not post or not title:
        raise click.BadParameter(f"{text}: 编号=名称[@时区] · id=name[@zone]", param_hint="--post")
    return directory_pb2.PostEntry(
        id=post,
        title=title,
        time_zone=zone or time_zone,
        collects=not post.startswith(("mailroom", "approval")),
        abroad=bool(zone) and not zone.startswith("Asia/"),
    )


@node.command("certificate", short_help="换用自带证书 · use a certificate of your own")
@HOME
@click.option("--certificate", type=PEM, required=True, help="证书文件(PEM)· certificate file, PEM")
@click.option("--key", type=PEM, required=True, help="私钥文件(PEM)· private key file, PEM")
def certificate(home: Path, certificate: Path, key: Path) -> None:
    """换用由网关管理员信任的其他机构签发的证书(主体须为节点名)。

    Use a certificate of another authority that the gateway's operator trusts; it names the node.
    """
    bring_certificate(settings_module.load(home), certificate.read_bytes(), key.read_bytes())
    click.echo("已换用,下次启动生效 · in use from the next start")


@node.command("serve", short_help="运行节点 · run the node")
@HOME
@click.option("--grpc-port", type=int, default=None, help="本地服务端口 · port of the node's own services")
@click.option("--console-port", type=int, default=None, help="控制台端口 · port of the console")
@click.option("--with-stdin", is_flag=True, help="标准输入关闭时停止 · stop when standard input closes")
def serve(home: Path, grpc_port: int | None, console_port: int | None, with_stdin: bool) -> None:
    """运行节点,直到收到停止信号。断网时照常办理,联网后自动上传。

    Run the node until it is told to stop. It works without a line, and catches up when the line is back.
    """
    _run(settings_module.load(home, grpc_port=grpc_port, console_port=console_port), with_stdin)


def _run(settings: NodeSettings, with_stdin: bool) -> None:
    configure()
    with only_process(settings.home):
        run_async(_serve(settings, with_stdin))


async def _serve(settings: NodeSettings, with_stdin: bool) -> None:
    from nodes.runtime import Node

    stopped = stop_requests(with_stdin=with_stdin)
    running = Node(settings, SystemClock(), SystemEntropy())
    if not await started(running.start, stopped):
        return
    addresses = {
        "grpc": f"{settings.host}:{running.grpc_port}",
        "console": f"{settings.host}:{running.console_port}",
    }
    write_addresses(settings.home, **addresses)
    click.echo(json.dumps({"node": settings.name, **addresses}))
    try:
        await until_stopped(stopped)
    finally:
        await stopped_in_time(running.stop())


@node.command("doctor", short_help="查找故障:谁的问题、怎么办 · find who failed and what to do")
@HOME
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · print JSON")
@PATIENCE
@click.pass_context
def doctor(ctx: click.Context, home: Path, as_json: bool, patience: float) -> None:
    """从本机磁盘到对方节点逐步检查,两秒内说出谁的问题、出在哪一段、怎么办。节点运行与否都可以用。

    Check every step from this machine's disk to the partners, and say within two seconds who failed, where, and
    what to do; the node may run or not. Exit codes: 0 all is well, 1 something is wrong.
    """
    from nodes.doctor import examine, report_of

    try:
        found = run_async(examine(settings_module.load(home), SystemClock(), SystemEntropy(), patience))
    except errors.ConfigurationInvalid as error:
        found = report_of(error)
    if as_json:
        click.echo(json.dumps(report_json(found.checks), ensure_ascii=False))
    else:
        click.echo(show(found.checks, language(ctx), found.titles))
    ctx.exit(0 if is_good(found.checks) else 1)


@node.command("fsck", short_help="核对全部记录 · check every record")
@HOME
@click.option("--json", "as_json", is_flag=True, help="末行输出 JSON · the last line is JSON")
def fsck(home: Path, as_json: bool) -> None:
    """从日志重算全部内容,核对每个签名和回执,指出第一条有误的记录。运行中也可核对,只读。

    Derive everything from the journal again, check every signature and receipt, and name the first bad record.
    It only reads, also while the node runs. Exit codes: 0 sound, 1 not sound, 2 could not be read.
    """
    from nodes.fsck import run_in

    raise SystemExit(run_in(home, as_json=as_json))


@node.group("staff", short_help="人员 · staff")
def staff() -> None:
    """本节点的工作人员。

    The node's staff.
    """


@staff.command("add", short_help="添加人员或改密码 · add staff, or change a password")
@HOME
@click.option("--user", required=True, help="用户名 · user name")
@click.option("--title", required=True, help="姓名或称呼 · how to address the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(sorted(ROLES)), help="职责 · roles")
@click.option("--post", required=True, help="所在窗口或收发室 · window or mailroom")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码 · read the password from standard input")
def staff_add(home: Path, user: str, title: str, roles: tuple[str, ...], post: str, password_stdin: bool) -> None:
    """添加人员。密码不在命令行出现。

    Add a member of staff. The password never stands on the command line.
    """
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = str(click.prompt("密码 password", hide_input=True, confirmation_prompt=True))
    _check_password(password)
    run_async(_staff_add(settings_module.load(home), [_Member(user, password, title, frozenset(roles), post)]))
    click.echo(f"{user}: 已添加 · added")


@staff.command("load", short_help="批量添加人员 · add many members of staff")
@HOME
def staff_load(home: Path) -> None:
    """从标准输入读 JSON 名单:[{"user", "title", "roles": […], "post", "password"}, …]。

    Read a JSON list of staff from standard input: [{"user", "title", "roles": […], "post", "password"}, …].
    """
    try:
        members = [
            _Member(_text(m["user"]), _text(m["password"]), _text(m["title"]), _roles(m["roles"]), _text(m["post"]))
            for m in _list(json.load(sys.stdin))
        ]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise errors.FieldInvalid(
            field="stdin", problem="不是人员名单(JSON)", problem_en="not a JSON list of staff"
        ) from error
    for member in members:
        _check_password(member.password)
    run_async(_staff_add(settings_module.load(home), members))
    for member in members:
        click.echo(f"{member.user}: 已添加 · added")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _roles(value: object) -> frozenset[str]:
    return frozenset(_text(role) for role in _list(value))


@dataclass(frozen=True, slots=True)
class _Member:
    user: str
    password: str = field(repr=False)
    title: str
    roles: frozenset[str]
    post: str


def _check_password(password: str) -> None:
    if not 8 <= len(password) <= 200:
        raise errors.FieldInvalid(field="password", problem="应为 8 至 200 个字符 / 8 to 200 characters are expected")


async def _staff_add(settings: NodeSettings, members: Sequence[_Member]) -> None:
    database = await open_database(settings.database_url)
    try:
        keys = NodeKeys.load(settings.home / "keys")
        core = NodeCore(name=settings.name, database=database, keys=keys, clock=SystemClock(), entropy=SystemEntropy())
        for each in members:
            await StaffDesk(core).add(each.user, each.password, title=each.title, roles=each.roles, post=each.post)
    finally:
        await database.close()


@staff.command("list", short_help="人员名单 · list staff")
@HOME
def staff_list(home: Path) -> None:
    """列出人员。

    List the staff.
    """
    for line in run_async(_staff_list(settings_module.load(home))):
        click.echo(line)


async def _staff_list(settings: NodeSettings) -> list[str]:
    database = await open_database(settings.database_url)
    try:
        rows = await database.run(lambda tx: tx.fetch_all(QUERIES.list_staff), read_only=True)
    finally:
        await database.close()
    return [f"{row['user_name']}\t{row['title']}\t{row['roles']}\t{row['post']}" for row in rows]
