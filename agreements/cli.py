"""`tongban agreement …`: read, propose and sign agreements through a running node."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from agreements import print_cli
from agreements.domain.documents import document_digest, parse
from agreements.text import agreement_text
from tongban import errors
from tongban.cli import run_async
from tongban.rpc.client import call, open_channel
from tongban.v1 import agreement_pb2, registry_pb2, registry_pb2_grpc, window_pb2, window_pb2_grpc

T = TypeVar("T")
PASSWORD_VARIABLE = "TONGBAN_PASSWORD"  # noqa: S105  # the variable's name

NODE = click.option("--node", "address", required=True, help="节点服务地址 · the node's gRPC address, host:port")
USER = click.option("--user", required=True, help="用户名 · user name")


@click.group(short_help="协议:查看、提出、签署 · agreements: read, propose, sign")
def agreement() -> None:
    """协议:查看、提出、签署。密码取自环境变量 TONGBAN_PASSWORD,否则提示输入。

    Agreements: read, propose, sign. The password comes from TONGBAN_PASSWORD, or is asked for.
    """


@agreement.command("list", short_help="列出协议 · list agreements")
@NODE
@USER
def list_agreements(address: str, user: str) -> None:
    """列出本节点所知的协议。

    List the agreements that the node knows.
    """

    async def work(registry: Any, session: Any) -> list[agreement_pb2.Agreement]:
        request = registry_pb2.ListAgreementsRequest(page_size=500)
        return list((await call(session(registry.ListAgreements), request)).agreements)

    for found in run_async(_with_node(address, user, work)):
        signed = ", ".join(s.node for s in found.signatures) or "-"
        click.echo(
            f"{found.name}\t{found.document.title}\t{len(found.signatures)}/{len(found.document.parties)}\t{signed}"
        )


@agreement.command("show", short_help="阅读协议 · read an agreement")
@NODE
@USER
@click.argument("name")
def show(address: str, user: str, name: str) -> None:
    """显示协议全文和摘要。

    Show an agreement's text and digest.
    """
    found = run_async(_with_node(address, user, lambda registry, session: _find(registry, session, name)))
    click.echo(agreement_text(found))
    click.echo(f"\n文本摘要 digest: {found.document_digest.hex()}")


@agreement.command("propose", short_help="提出协议 · propose an agreement")
@NODE
@USER
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def propose(address: str, user: str, file: Path) -> None:
    """提出协议:文件为序列化的 AgreementDocument。

    Propose an agreement; the file holds a serialised AgreementDocument.
    """
    raw = file.read_bytes()
    document = parse(raw)

    async def work(registry: Any, session: Any) -> agreement_pb2.Agreement:
        request = registry_pb2.ProposeAgreementRequest(document=raw)
        proposed: agreement_pb2.Agreement = await call(session(registry.ProposeAgreement), request)
        return proposed

    run_async(_with_node(address, user, work))
    click.echo(f"{document.name}: 已提出 · proposed, {document_digest(raw).hex()}")


@agreement.command("sign", short_help="签署协议 · sign an agreement")
@NODE
@USER
@click.option("--digest", required=True, help="所读文本的摘要(见 show)· digest of the text that was read (see show)")
@click.argument("name")
def sign(address: str, user: str, digest: str, name: str) -> None:
    """以本节点的名义签署所读的文本。

    Sign, for this node, the text that was read.
    """
    try:
        raw = bytes.fromhex(digest)
    except ValueError:
        raw = b""
    if len(raw) != hashlib.sha256().digest_size:
        raise errors.FieldInvalid(field="digest", problem="应为 64 位十六进制", problem_en="64 hexadecimal digits")

    async def work(registry: Any, session: Any) -> agreement_pb2.Agreement:
        request = registry_pb2.SignAgreementRequest(name=name, document_digest=raw)
        signed: agreement_pb2.Agreement = await call(session(registry.SignAgreement), request)
        return signed

    found = run_async(_with_node(address, user, work))
    click.echo(f"{found.name}: {len(found.signatures)}/{len(found.document.parties)} 已签署 · signed")


async def _find(registry: Any, session: Any, name: str) -> agreement_pb2.Agreement:
    request = registry_pb2.ListAgreementsRequest(page_size=500)
    listed: registry_pb2.ListAgreementsResponse = await call(session(registry.ListAgreements), request)
    for found in listed.agreements:
        if found.name == name:
            return found
    raise errors.AgreementNotFound(field="name", name=name)


async def _with_node(address: str, user: str, work: Callable[[Any, Any], Awaitable[T]]) -> T:
    password = os.environ.get(PASSWORD_VARIABLE) or str(click.prompt("密码 password", hide_input=True))
    channel = open_channel(address)
    try:
        window: Any = window_pb2_grpc.WindowStub(channel)
        signed_in = await call(window.SignIn, window_pb2.SignInRequest(user=user, password=password), peer=address)
        metadata = (("authorization", f"Bearer {signed_in.session}"),)

        def session(method: Any) -> Any:
            async def called(request: Any, **options: Any) -> Any:
                return await method(request, metadata=metadata, **options)

            return called

        return await work(registry_pb2_grpc.RegistryStub(channel), session)
    finally:
        await channel.close(None)


print_cli.register(agreement, (USER, NODE), _with_node, _find)
