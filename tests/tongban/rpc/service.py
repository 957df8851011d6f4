"""A few lines that speak the real contract, so that the kit is tried over it and not over an invented one."""

# ruff: noqa: N802 -- the contract names its methods so

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import grpc

from tongban import deadlines
from tongban.errors import EventIdReused, Overloaded, TongbanError
from tongban.rpc.server import RpcServer, peer_node, require_peer_node
from tongban.v1 import federation_pb2, federation_pb2_grpc, window_pb2, window_pb2_grpc

SECRET = "阿明的身份证"
END: Any = vars(grpc.aio)["EOF"]


class Echo(federation_pb2_grpc.FederationServicer):
    """Fetch answers by position, Publish refuses, Exchange echoes credits; joining and renewing are left out."""

    def __init__(self) -> None:
        self.fetches = 0
        self.held = 0
        self.ended: list[str] = []
        self.failure: Exception = EventIdReused(field="events[0]", event="0198c0de")

    async def Fetch(self, request: federation_pb2.FetchRequest, context: Any) -> federation_pb2.FetchResponse:
        self.fetches += 1
        match request.after_position:
            case 1:
                raise ValueError(SECRET)
            case 2:
                raise ExceptionGroup("several", [ValueError(SECRET), self.failure])
            case 3:
                await asyncio.sleep(60)
            case 4 if self.fetches < 3:
                raise Overloaded(retry=0.01)
            case 5:
                require_peer_node(context)
            case 6:
                return federation_pb2.FetchResponse(epoch=round(deadlines.limited(60.0) * 1000))
        page = federation_pb2.Deliveries(channel=peer_node(context) or "")
        return federation_pb2.FetchResponse(epoch=7, head_position=request.after_position, deliveries=page)

    Join = federation_pb2_grpc.FederationServicer.Join
    BeginRenewal = federation_pb2_grpc.FederationServicer.BeginRenewal
    Renew = federation_pb2_grpc.FederationServicer.Renew

    async def ListLinks(
        self, request: federation_pb2.ListLinksRequest, context: Any
    ) -> federation_pb2.ListLinksResponse:
        return federation_pb2.ListLinksResponse()

    async def Publish(self, request: federation_pb2.PublishRequest, context: Any) -> federation_pb2.PublishResponse:
        raise self.failure

    async def Exchange(
        self, requests: AsyncIterator[federation_pb2.ExchangeRequest], context: Any
    ) -> AsyncIterator[federation_pb2.ExchangeResponse]:
        self.held += 1
        try:
            async for frame in requests:
                if frame.credit.events == 13:
                    raise self.failure
                if frame.credit.events == 14:
                    raise ValueError(SECRET)
                yield federation_pb2.ExchangeResponse(credit=frame.credit)
            self.ended.append("half-closed")
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        except TongbanError as error:
            self.ended.append(error.reason())
            raise
        finally:
            self.held -= 1


class Desk:
    """Lets everybody in; all else is left as generated."""

    def __getattr__(self, name: str) -> Any:
        return getattr(window_pb2_grpc.WindowServicer, name)

    async def SignIn(self, request: window_pb2.SignInRequest, context: Any) -> window_pb2.SignInResponse:
        return window_pb2.SignInResponse(node="nodes/445100", post=request.user)


def frame(events: int) -> federation_pb2.ExchangeRequest:
    """A frame with that credit."""
    return federation_pb2.ExchangeRequest(credit=federation_pb2.Credit(events=events, bytes=1))


def dial(stub: federation_pb2_grpc.FederationAsyncStub) -> Any:
    """An open stream to read and write; the stubs of grpc.aio know only the other way, with an iterator."""
    return cast("Any", stub).Exchange()


def serve(servicer: Echo, **settings: Any) -> RpcServer:
    """A server that offers it."""
    server = RpcServer(**settings)
    server.add(federation_pb2_grpc.add_FederationServicer_to_server, servicer)
    return server
