"""The exchange's link over gRPC, both ends."""

from __future__ import annotations

import asyncio
from typing import Any, Generic, TypeVar

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tongban import errors
from tongban.exchange.tasks import first_to_end
from tongban.rpc.client import ClientTls, call, open_channel, translated
from tongban.rpc.probe import LIMITS, Limits, Probed, probe
from tongban.v1 import federation_pb2, federation_pb2_grpc

_aio: Any = grpc.aio
_END = _aio.EOF
_ANSWERS_SECONDS = 3.0

Out = TypeVar("Out")
In = TypeVar("In")


class ServedLink(Generic[Out, In]):
    """The serving end: a handler's context."""

    def __init__(self, context: grpc.aio.ServicerContext[In, Out], peer: str) -> None:
        self._context: Any = context
        self._peer = peer

    async def send(self, frame: Out) -> None:
        """Write a frame; waits while the peer does not read."""
        try:
            await self._context.write(frame)
        except (grpc.RpcError, grpc.aio.UsageError, RuntimeError) as error:
            raise errors.Unavailable(what=self._peer) from error

    async def receive(self) -> In | None:
        """The next frame; None at the end."""
        try:
            frame = await self._context.read()
        except (grpc.RpcError, grpc.aio.UsageError, RuntimeError) as error:
            raise errors.Unavailable(what=self._peer) from error
        return None if frame is _END else frame

    async def close(self) -> None:
        """The handler's return closes it."""


class DialledLink:
    """The dialling end: one Exchange call on a channel."""

    def __init__(self, channel: grpc.aio.Channel, peer: str) -> None:
        stub: Any = federation_pb2_grpc.FederationStub(channel)
        self._call = stub.Exchange()
        self._peer = peer

    async def send(self, frame: federation_pb2.ExchangeRequest) -> None:
        """Write a frame; waits while the peer does not read."""
        try:
            await self._call.write(frame)
        except grpc.aio.UsageError as error:
            raise errors.Unavailable(what=self._peer) from error
        except grpc.RpcError:
            # The reason why the call ended says more than that it did.
            with translated(self._peer):
                await self._call.read()
            raise

    async def receive(self) -> federation_pb2.ExchangeResponse | None:
        """The next frame; None when the peer ended the call in good order."""
        with translated(self._peer):
            try:
                frame = await self._call.read()
            except grpc.aio.UsageError as error:
                raise errors.Unavailable(what=self._peer) from error
        return None if frame is _END else frame

    async def close(self) -> None:
        """End the call."""
        self._call.cancel()


class GrpcLine:
    """The way to a gateway over one channel, which reconnects by itself."""

    def __init__(self, address: str, tls: ClientTls, limits: Limits = LIMITS) -> None:
        self._address = address
        self._tls = tls
        self._limits = limits
        self._channel: grpc.aio.Channel | None = None
        self._fresh = asyncio.Event()

    def use(self, tls: ClientTls) -> None:
        """Show another certificate from the next connection on; one that stands is not broken."""
        self._tls = tls
        self._fresh.set()

    async def connect(self) -> DialledLink:
        """A new call on the channel."""
        if self._fresh.is_set():
            self._fresh.clear()
            # Small questions that are under way over the old one get their answer; they have short limits.
            await self.close(_ANSWERS_SECONDS)
        return DialledLink(self._opened(), self._address)

    def _opened(self) -> grpc.aio.Channel:
        if self._channel is None:
            self._channel = open_channel(self._address, self._tls)
        return self._channel

    async def answers(self) -> None:
        """Returns once the channel goes from failing to ready, or there is another certificate to show."""
        channel = self._channel
        if channel is not None:
            await first_to_end(_ready_again(channel), _set(self._fresh))

    async def alive(self, seconds: float) -> None:
        """Ask a small question over the channel that the stream uses; raises Unavailable when late."""
        request = health_pb2.HealthCheckRequest()
        await call(health_pb2_grpc.HealthStub(self._opened()).Check, request, seconds=seconds, peer=self._address)

    async def knock(self, seconds: float) -> None:
        """Ask over a connection of its own, with the certificate; raises what the other side says."""
        channel = open_channel(self._address, self._tls)
        try:
            stub: Any = federation_pb2_grpc.FederationStub(channel)
            await call(stub.ListLinks, federation_pb2.ListLinksRequest(), seconds=seconds, peer=self._address)
        finally:
            await channel.close(None)

    async def links(self, seconds: float) -> federation_pb2.ListLinksResponse:
        """How the partners' links are, asked over the channel that the stream uses; raises Unavailable when late."""
        stub: Any = federation_pb2_grpc.FederationStub(self._opened())
        answer: federation_pb2.ListLinksResponse = await call(
            stub.ListLinks, federation_pb2.ListLinksRequest(), seconds=seconds, peer=self._address
        )
        return answer

    async def probe(self) -> Probed:
        """Which step of the way fails now."""
        return await probe(self._address, self._tls, self._limits)

    async def close(self, grace: float | None = None) -> None:
        """Let the channel go; calls under way get `grace` seconds."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close(grace)


async def _ready_again(channel: grpc.aio.Channel) -> None:
    state = channel.get_state(try_to_connect=True)
    seen_failing = state != grpc.ChannelConnectivity.READY
    while True:
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
        if state == grpc.ChannelConnectivity.READY and seen_failing:
            return
        seen_failing = True


async def _set(event: asyncio.Event) -> None:
    await event.wait()
