from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import grpc
import pytest_asyncio

from tests.tongban.rpc.service import Desk, Echo, serve
from tongban.clock import SeededEntropy
from tongban.rpc.client import open_channel
from tongban.rpc.server import RpcServer
from tongban.v1 import federation_pb2_grpc, window_pb2_grpc


@dataclass(frozen=True, slots=True)
class Line:
    """A real server on a port of the system's choice, and a channel to it."""

    servicer: Echo
    server: RpcServer
    address: str
    channel: grpc.aio.Channel
    federation: federation_pb2_grpc.FederationAsyncStub


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    servicer = Echo()
    server = serve(servicer, entropy=SeededEntropy(1), max_message_bytes=64 * 1024)
    server.add(window_pb2_grpc.add_WindowServicer_to_server, cast("Any", Desk()), refuse_unknown=True)
    port = server.add_port("127.0.0.1:0")
    await server.start()
    address = f"127.0.0.1:{port}"
    channel = open_channel(address)
    federation = federation_pb2_grpc.FederationStub(channel)
    yield Line(servicer, server, address, channel, federation)
    await channel.close(None)
    await server.stop(0)
