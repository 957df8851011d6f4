"""A session at a node, for the commands of `tongban agreement` and `tongban item`."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from tongban import errors
from tongban.cli import language, run_async
from tongban.rpc.client import call, open_channel
from tongban.v1 import (
    agreement_pb2,
    catalogue_pb2_grpc,
    directory_pb2,
    negotiation_pb2_grpc,
    onboarding_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
    window_pb2,
    window_pb2_grpc,
)

T = TypeVar("T")
PASSWORD_VARIABLE = "TONGBAN_PASSWORD"  # noqa: S105  # the variable's name

NODE = click.option(
    "--node",
    "address",
    required=True,
    envvar="TONGBAN_NODE",
    help="节点服务地址,也可用环境变量 TONGBAN_NODE · the node's gRPC address, host:port",
)
USER = click.option(
    "--user", required=True, envvar="TONGBAN_USER", help="用户名,也可用环境变量 TONGBAN_USER · user name"
)


@dataclass(frozen=True, slots=True)
class Door:
    """A session: what is asked through it is asked by whoever signed in."""

    registry: Any
    negotiation: Any
    session: Callable[[Any], Any]
    onboarding: Any
    catalogue: Any
    node: str
    """The node that was signed in to, `nodes/…`."""
    metadata: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What `session` adds to a call, for calls that answer more than once."""

    async def ask(self, method: Any, request: Message) -> Any:
        """One call."""
        return await call(self.session(method), request)

    async def agreements(self) -> list[agreement_pb2.Agreement]:
        """All that the node knows."""
        found: list[agreement_pb2.Agreement] = []
        token = ""
        while True:
            request = registry_pb2.ListAgreementsRequest(page_size=500, page_token=token)
            page = await self.ask(self.registry.ListAgreements, request)
            found.extend(page.agreements)
            token = page.next_page_token
            if not token:
                return found

    async def agreement(self, name: str) -> agreement_pb2.Agreement:
        """One of them."""
        for found in await self.agreements():
            if found.name == name:
                return found
        raise errors.AgreementNotFound(field="name", name=name)

    async def nodes(self) -> dict[str, directory_pb2.Node]:
        """The directory."""
        found: dict[str, directory_pb2.Node] = {}
        token = ""
        while True:
            page = await self.ask(
                self.registry.ListNodes, registry_pb2.ListNodesRequest(page_size=500, page_token=token)
            )
            found.update((each.name, each) for each in page.nodes)
            token = page.next_page_token
            if not token:
                return found

    async def titles(self, name: str) -> dict[str, str]:
        """What an agreement's nodes and items are called; nothing where the node cannot say yet."""
        try:
            request = registry_pb2.GetAgreementProofRequest(name=name)
            given = await self.ask(self.registry.GetAgreementProof, request)
        except errors.TongbanError:
            return {each.name: each.profile.title for each in (await self.nodes()).values()}
        return {each.name: each.title for each in given.titles}


async def with_door(address: str, user: str, work: Callable[[Door], Awaitable[T]]) -> T:
    """Sign in, do the work, and leave."""
    password = os.environ.get(PASSWORD_VARIABLE) or str(click.prompt("密码 password", hide_input=True, err=True))
    channel = open_channel(address)
    try:
        window: Any = window_pb2_grpc.WindowStub(channel)
        signed_in = await call(window.SignIn, window_pb2.SignInRequest(user=user, password=password), peer=address)
        metadata = (("authorization", f"Bearer {signed_in.session}"),)

        def session(method: Any) -> Any:
            async def called(request: Any, **options: Any) -> Any:
                return await method(request, metadata=metadata, **options)

            return called

        registry: Any = registry_pb2_grpc.RegistryStub(channel)
        negotiation: Any = negotiation_pb2_grpc.NegotiationStub(channel)
        onboarding: Any = onboarding_pb2_grpc.OnboardingStub(channel)
        catalogue: Any = catalogue_pb2_grpc.CatalogueStub(channel)
        return await work(Door(registry, negotiation, session, onboarding, catalogue, signed_in.node, metadata))
    finally:
        await channel.close(None)


def at_node(address: str, user: str, work: Callable[[Door], Awaitable[T]]) -> T:
    """`with_door` from a command."""
    return run_async(with_door(address, user, work))


def say(zh: str, en: str) -> None:
    """One line in the reader's language."""
    click.echo(en if language() == "en" else zh)


def full(name: str) -> str:
    """An agreement's whole name; the part after the slash is enough to type."""
    return name if "/" in name else f"agreements/{name}"
