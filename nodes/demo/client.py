"""A node's services as any program calls them: the contract's generated stubs, and a bearer token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from nodes.demo.cast import Text
from nodes.demo.processes import DemoFailed
from tongban import errors
from tongban.rpc.client import call, open_channel
from tongban.v1 import (
    approval_pb2_grpc,
    catalogue_pb2_grpc,
    mailroom_pb2_grpc,
    negotiation_pb2_grpc,
    registry_pb2_grpc,
    window_pb2,
    window_pb2_grpc,
)

POLL_SECONDS = 0.03
PATIENCE_SECONDS = 30.0
_Answer = TypeVar("_Answer")
_Found = TypeVar("_Found")


class Caller:
    """One member of staff, signed in, with the services of their node."""

    def __init__(self, channel: grpc.aio.Channel, session: str, post: str, peer: str) -> None:
        self.window = window_pb2_grpc.WindowStub(channel)
        self.approval = approval_pb2_grpc.ApprovalStub(channel)
        self.mailroom = mailroom_pb2_grpc.MailroomStub(channel)
        self.registry = registry_pb2_grpc.RegistryStub(channel)
        self.catalogue = catalogue_pb2_grpc.CatalogueStub(channel)
        self.negotiation = negotiation_pb2_grpc.NegotiationStub(channel)
        self.post = post
        self._metadata = (("authorization", f"Bearer {session}"),)
        self._peer = peer

    async def __call__(self, method: Callable[..., Awaitable[_Answer]], request: object) -> _Answer:
        """One call in this person's name; what the node refuses comes as its named error."""

        async def in_name(request: Any, timeout: float) -> _Answer:  # noqa: ASYNC109  # as a stub's method takes it
            return await method(request, timeout=timeout, metadata=self._metadata)

        return await call(in_name, request, seconds=PATIENCE_SECONDS, peer=self._peer)


class NodeClient:
    """A channel to one node, and whoever signed in over it."""

    def __init__(self, address: str, password: str) -> None:
        self.address = address
        self._password = password
        self._channel = open_channel(address)
        self._callers: dict[str, Caller] = {}

    async def staff(self, user: str) -> Caller:
        """A member of staff, signed in once."""
        if user not in self._callers:
            stub = window_pb2_grpc.WindowStub(self._channel)
            request = window_pb2.SignInRequest(user=user, password=self._password)
            answer = await call(stub.SignIn, request, seconds=PATIENCE_SECONDS, peer=self.address)
            self._callers[user] = Caller(self._channel, answer.session, answer.post, self.address)
        return self._callers[user]

    async def close(self) -> None:
        """Let the channel go."""
        await self._channel.close(None)


async def serving(address: str) -> bool:
    """Whether the health service at an address says SERVING."""
    channel = open_channel(address)
    try:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await call(stub.Check, health_pb2.HealthCheckRequest(), seconds=2.0, peer=address)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
    except errors.TongbanError:
        return False
    finally:
        await channel.close(None)


async def until(look: Callable[[], Awaitable[_Found | None]], what: Text) -> _Found:
    """Look again and again until there is something; what is not there yet is no error."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    found = await look()
                except errors.NotFound:
                    found = None
                if found:
                    return found
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise DemoFailed(
            Text(
                f"等了 {PATIENCE_SECONDS:.0f} 秒仍未等到:{what.zh}",
                f"Still waiting after {PATIENCE_SECONDS:.0f} s: {what.en}",
            )
        ) from None
