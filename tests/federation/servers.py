"""Real servers on ports that the system chooses, and partners who are nothing but generated stubs and keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

from gateway.runtime import Gateway, initialise
from gateway.settings import GatewaySettings
from nodes.joining import profile
from tests.gateway.kit import Author
from tongban.clock import Clock, SystemClock, SystemEntropy
from tongban.ids import UuidSequence
from tongban.invitations import Invitation
from tongban.keys import NodeKeys, private_pem
from tongban.pki import make_request
from tongban.registration import registration
from tongban.v1 import directory_pb2, envelope_pb2, federation_pb2, federation_pb2_grpc, types_pb2


@asynccontextmanager
async def gateway_at(home: Path, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway over sockets; made first where it is not there yet."""
    clock = clock or SystemClock()
    chosen = GatewaySettings(home=home, **settings)
    if not (home / "keys").exists():
        initialise(chosen, clock, SystemEntropy())
    gateway = Gateway(chosen, clock, SystemEntropy())
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop(0.2)


async def invite(gateway: Gateway, node: str) -> Invitation:
    """An invitation for a node."""
    return await gateway.joining.invite(
        node=node,
        region=node.removeprefix("nodes/"),
        join_address=f"127.0.0.1:{gateway.join_port}",
        federation_address=f"127.0.0.1:{gateway.federation_port}",
    )


class Member(Author):
    """An author with keys of its own, who joins and publishes over gRPC."""

    own: NodeKeys
    certificate: bytes

    def __init__(self, name: str, clock: Clock | None = None) -> None:
        entropy = SystemEntropy()
        super().__init__(name, clock or SystemClock(), UuidSequence(entropy))  # type: ignore[arg-type]
        self.own = NodeKeys.generate(entropy)
        self.certificate = b""

    @property
    def keys(self) -> NodeKeys:
        """Its own."""
        return self.own

    def join_request(self, invitation: Invitation, *, named: str = "") -> federation_pb2.JoinRequest:
        """What it asks with; `named` is whose certificate it wants."""
        posts = [directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai", collects=True)]
        content = profile(region=self.name.removeprefix("nodes/"), title="某地", posts=posts)
        wire = self.make(self.name, registration(self.own, self.name, content, self.clock.now())).wire
        return federation_pb2.JoinRequest(
            secret=invitation.secret,
            certificate_request=make_request(self.own.tls, named or self.name),
            registration=wire,
        )

    async def join(self, gateway: Gateway) -> Invitation:
        """Join; the invitation that was used."""
        invitation = await invite(gateway, self.name)
        async with joining_stub(invitation) as stub:
            response = await stub.Join(self.join_request(invitation))
        self.certificate = response.certificate_pem.encode()
        return invitation

    def credentials(self, invitation: Invitation) -> grpc.ChannelCredentials:
        """What it shows, and whom it trusts."""
        return grpc.ssl_channel_credentials(
            invitation.ca_pem.encode(), private_pem(self.own.tls), self.certificate or None
        )

    def item(self, number: int) -> envelope_pb2.SignedEvent:
        """A new item, published."""
        name = f"items/{self.name.removeprefix('nodes/')}.n{number}"
        document = directory_pb2.ItemDocument(
            name=name, home=self.name, title=f"事项 {number}", modes=[types_pb2.MODE_AGENT]
        )
        return self.make(name, directory_pb2.ItemPublished(document=document)).wire


@asynccontextmanager
async def joining_stub(invitation: Invitation) -> AsyncIterator[Any]:
    """The joining port, which trusts nobody and is trusted by the invitation's CA."""
    trust = grpc.ssl_channel_credentials(invitation.ca_pem.encode())
    async with grpc.aio.secure_channel(invitation.join_address, trust) as channel:
        yield federation_pb2_grpc.FederationStub(channel)


@asynccontextmanager
async def federation_stub(address: str, credentials: grpc.ChannelCredentials) -> AsyncIterator[Any]:
    """The federation port, over mutual TLS."""
    async with grpc.aio.secure_channel(address, credentials) as channel:
        yield federation_pb2_grpc.FederationStub(channel)


@dataclass(frozen=True, slots=True)
class Rich:
    """What any language's stub reads of an error."""

    code: str
    reason: str
    field: str
    zh: str
    en: str


def rich(error: grpc.aio.AioRpcError) -> Rich:
    """The google.rpc details of an error."""
    metadata: Any = error.trailing_metadata()
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    sentences: dict[str, str] = {}
    for detail in status.details:
        message = error_details_pb2.LocalizedMessage()
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(bad.DESCRIPTOR):
            detail.Unpack(bad)
        elif detail.Is(message.DESCRIPTOR):
            detail.Unpack(message)
            sentences[message.locale[:2]] = message.message
    field = bad.field_violations[0].field if bad.field_violations else ""
    assert info.domain == "tongban"
    return Rich(error.code().name, info.reason, field, sentences["zh"], sentences["en"])
