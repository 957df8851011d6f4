"""`Federation` over gRPC: thin doors to joining, sessions and admission."""

from __future__ import annotations

from typing import Any

import grpc.aio

from gateway.core import GatewayCore
from gateway.joining import Joining
from gateway.session import Session
from tongban.rpc.links import ServedLink
from tongban.rpc.server import require_peer_node
from tongban.v1 import federation_pb2, federation_pb2_grpc

DEFAULT_PAGE = 100


class FederationServicer(federation_pb2_grpc.FederationServicer):
    """The gateway's service.  Everything but Join asks for the node's certificate."""

    def __init__(self, core: GatewayCore, joining: Joining) -> None:
        self._core = core
        self._joining = joining

    async def Join(self, request: federation_pb2.JoinRequest, context: Any) -> federation_pb2.JoinResponse:
        """Enrol a node."""
        return await self._joining.join(request)

    async def Exchange(self, request_iterator: Any, context: Any) -> None:  # type: ignore[override]  # reads and writes
        """Keep a node's stream."""
        peer = require_peer_node(context)
        await Session(self._core, peer, ServedLink(context, peer)).run()

    async def Publish(
        self, request: federation_pb2.PublishRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> federation_pb2.PublishResponse:
        """Admit events of a simple partner."""
        answers = await self._core.admit(require_peer_node(context), request.events, sound=True)
        return federation_pb2.PublishResponse(admissions=answers.admissions, outcomes=answers.outcomes)

    async def Fetch(
        self, request: federation_pb2.FetchRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> federation_pb2.FetchResponse:
        """A page of a channel."""
        channel = self._core.channel_of(require_peer_node(context), request.channel)
        page = await self._core.read(channel, request.after_position, request.page_size or DEFAULT_PAGE)
        page.channel = request.channel
        return federation_pb2.FetchResponse(
            epoch=self._core.admitter.epoch,
            deliveries=page,
            head_position=self._core.heads.get(channel, 0),
        )
